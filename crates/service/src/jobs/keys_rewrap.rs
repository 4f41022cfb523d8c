//! Wrapping the companies' keys anew after a new master key was set.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::keyring;

use super::run::progress;
use super::{ATTEMPTS, Kind, Order, Running, Work, enqueue};
use crate::{App, Ctx, Result};

pub static KIND: Kind =
    Kind { key: "keys.rewrap", label: "Wrapping keys with the new master key", holds: &[], attempts: ATTEMPTS, run };

/// Keys that one transaction wraps.
const PORTION: u64 = 50;

/// Orders it where keys of an older master key are left.
pub async fn order(app: &App, now: DateTime<Utc>) -> Result<()> {
    if keyring::outdated(&app.store).await? == 0 {
        return Ok(());
    }
    let ctx = app.system(now);
    let tx = ctx.begin().await?;
    enqueue(&ctx, &tx, Order { dedupe_key: Some(KIND.key.into()), ..Order::of(&KIND) }).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}

/// Wraps every key anew; can stop anywhere and goes on where it stopped.
pub async fn rewrap(ctx: &Ctx) -> Result<u64> {
    let of = keyring::outdated(ctx.store()).await?;
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
        progress(ctx, done, of.max(done)).await?;
    }
}

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move { Ok(format!("{} keys are wrapped with the master key in force.", rewrap(ctx).await?)) })
}
