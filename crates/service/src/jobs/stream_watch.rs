//! Looking at a company's week of claims: whether they still are what the model learnt from.

use domain::id::CompanyId;
use serde_json::json;
use store::{Reach, Tx, companies};

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::{Ctx, Error, Result, monitoring};

/// Each Monday: orders the look at each company.
pub static ALL: Kind = Kind {
    key: "streams.watch",
    label: "Ordering the look at each stream of claims",
    holds: &[],
    manner: USUAL,
    seen_at: "/alerts",
    run: |ctx, _| Box::pin(all(ctx)),
};

pub static KIND: Kind = Kind {
    key: "stream.watch",
    label: "Watching a stream of claims for drift",
    holds: &[],
    manner: Manner { slow: true, ..USUAL },
    seen_at: "/alerts",
    run,
};

async fn order(ctx: &Ctx, tx: &Tx, company: CompanyId) -> Result<bool> {
    let order = Order {
        company: Some(company),
        payload: json!({}),
        dedupe_key: Some(format!("stream.watch:{company}")),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

async fn all(ctx: &Ctx) -> Result<String> {
    let mut insurers = companies::list(ctx.store(), Reach::Operator).await?;
    insurers.retain(|c| !c.operator);
    let tx = ctx.begin().await?;
    for company in &insurers {
        order(ctx, &tx, company.id).await?;
    }
    tx.commit_bookkeeping().await?;
    Ok(format!("Ordered for {} companies.", insurers.len()))
}

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let company = ctx.caller.company.ok_or_else(|| Error::internal("a stream is a company’s"))?;
        let came = monitoring::run::company(ctx, company, ctx.now).await?;
        Ok(format!("Looked at {} weeks; {} alerts opened.", came.windows, came.opened))
    })
}
