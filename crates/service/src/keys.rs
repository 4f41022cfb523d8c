//! Wrapping the companies' keys anew after a new master key was set. It is done by command, once every
//! replica knows both keys: one that knew the old one alone could read nothing more.

use serde_json::json;
use store::keyring;

use crate::{Ctx, Result};

/// Keys that one transaction wraps.
const PORTION: u64 = 50;

/// Wraps every key anew and says how many; can stop anywhere and goes on where it stopped.
pub async fn rewrap(ctx: &Ctx) -> Result<u64> {
    let mut done = 0;
    loop {
        let tx = ctx.begin().await?;
        let wrapped = keyring::rewrap(&tx, PORTION).await?;
        if wrapped == 0 {
            tx.commit(ctx.audit(None, "keys.rewrapped", "installation", "", json!({ "keys": done }))).await?;
            return Ok(done);
        }
        tx.commit_bookkeeping().await?;
        done += wrapped;
    }
}
