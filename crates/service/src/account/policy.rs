//! Acknowledging the data-protection policy (story 81).

use contract::POLICY_VERSION;
use serde_json::json;
use store::people;

use crate::{Ctx, Error, Result};

pub async fn acknowledge(ctx: &Ctx, agreed: bool) -> Result<()> {
    let (id, _, _) = ctx.caller.person()?;
    if !agreed {
        return Err(Error::field("agreed", "tick the box to say that you have read it and will act on it"));
    }
    let tx = ctx.begin().await?;
    people::acknowledge_policy(&tx, id, POLICY_VERSION, ctx.now).await?;
    let event =
        ctx.audit(ctx.caller.company, "policy.acknowledged", "person", id, json!({ "version": POLICY_VERSION }));
    tx.commit(event).await?;
    Ok(())
}
