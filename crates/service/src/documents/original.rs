//! The file as it came. It is recorded who took it away.

use domain::policy::Permission;
use serde_json::json;

use super::{file, find, unharmful};
use crate::files::Opened;
use crate::{Ctx, Result, id_from};

/// What it is called, and the file. `further`: it is a further part of what was recorded when its beginning was taken.
pub async fn original(ctx: &Ctx, id: &str, further: bool) -> Result<(String, Opened)> {
    ctx.require(Permission::ReadClaims)?;
    let document = find(ctx, id_from(id)?).await?;
    unharmful(&document)?;
    let opened = file(ctx, &document).await?;
    if further {
        return Ok((document.name, opened));
    }
    let tx = ctx.begin().await?;
    let details = json!({ "claim": document.claim() });
    tx.commit(ctx.audit(Some(document.company), "document.downloaded", "document", document.id, details)).await?;
    Ok((document.name, opened))
}
