//! Moving claims of earlier versions to keys of their claimants' own. It can stop anywhere and goes on
//! where it stopped; both forms are read meanwhile.

use chrono::{DateTime, Utc};
use store::seal;

use super::run::progress;
use super::{Kind, ROLLED_OUT, Running, USUAL, Work, order_once};
use crate::{App, Ctx, Result};

pub static KIND: Kind = Kind {
    key: "claims.seal",
    label: "Encrypting earlier claims with keys of their own",
    holds: &[],
    manner: USUAL,
    seen_at: "/jobs",
    run,
};

/// Claims that one transaction moves.
const PORTION: u64 = 100;

/// Orders it where claims of an earlier version are left.
pub async fn order(app: &App, now: DateTime<Utc>) -> Result<()> {
    if seal::some_unmoved(&app.store, 1).await?.is_empty() {
        return Ok(());
    }
    order_once(app, &KIND, now, now + ROLLED_OUT).await
}

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let of = seal::unmoved(ctx.store()).await?;
        let mut done = 0;
        loop {
            let some = seal::some_unmoved(ctx.store(), PORTION).await?;
            if some.is_empty() {
                return Ok(format!("{done} claims are encrypted with keys of their own."));
            }
            let tx = ctx.begin().await?;
            for claim in &some {
                seal::move_claim(&tx, *claim, ctx.id(), ctx.now).await?;
            }
            tx.commit_bookkeeping().await?;
            done += some.len() as u64;
            progress(ctx, done, of.max(done)).await?;
        }
    })
}
