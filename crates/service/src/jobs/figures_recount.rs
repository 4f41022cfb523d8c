//! Counting the figures anew, for a database whose earlier version kept none.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::{figures, seal};

use super::{Kind, Running, USUAL, Work, order_once};
use crate::{App, Ctx, Result};

pub static KIND: Kind =
    Kind { key: "figures.recount", label: "Counting figures anew", holds: &[], manner: USUAL, seen_at: "/jobs", run };

/// Orders it where there are claims and no figures.
pub async fn order(app: &App, now: DateTime<Utc>) -> Result<()> {
    if figures::are_counted(&app.store).await? {
        return Ok(());
    }
    order_once(app, &KIND, now, now).await
}

/// Fills in the days that earlier versions did not note, then counts.
pub async fn recount(ctx: &Ctx) -> Result<()> {
    loop {
        let tx = ctx.begin().await?;
        let filled = seal::fill_days(&tx).await?;
        tx.commit_bookkeeping().await?;
        if filled == 0 {
            break;
        }
    }
    let tx = ctx.begin().await?;
    figures::recount(&tx).await?;
    tx.commit(ctx.audit(None, "figures.recounted", "installation", "", json!({}))).await?;
    Ok(())
}

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        recount(ctx).await?;
        Ok("The figures are counted.".into())
    })
}
