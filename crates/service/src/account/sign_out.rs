//! Signing out.

use serde_json::json;
use store::sessions;

use crate::{Ctx, Result};

pub async fn sign_out(ctx: &Ctx) -> Result<()> {
    let (id, _, session) = ctx.caller.person()?;
    let tx = ctx.begin().await?;
    sessions::end(&tx, session).await?;
    tx.commit(ctx.audit(ctx.caller.company, "session.ended", "person", id, json!({}))).await?;
    Ok(())
}
