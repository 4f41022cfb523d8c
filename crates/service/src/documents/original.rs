//! The file as it came. It is recorded who took it away.

use domain::policy::Permission;
use serde_json::json;
use store::documents;

use super::{bytes, unharmful};
use crate::{Ctx, Result, id_from};

/// What it is called, and its bytes.
pub async fn original(ctx: &Ctx, id: &str) -> Result<(String, Vec<u8>)> {
    ctx.require(Permission::ReadClaims)?;
    let document = documents::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    unharmful(&document)?;
    let bytes = bytes(ctx, &document).await?;
    let tx = ctx.begin().await?;
    let details = json!({ "claim": document.claim });
    tx.commit(ctx.audit(Some(document.company), "document.downloaded", "document", document.id, details)).await?;
    Ok((document.name, bytes))
}
