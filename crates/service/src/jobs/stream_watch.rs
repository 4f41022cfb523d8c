//! Looking at a company's week of claims: whether they still are what the model learnt from.

use super::{Kind, Manner, Running, USUAL, Work, order_for_each};
use crate::{Ctx, Error, monitoring};

/// Each Monday: orders the look at each company.
pub static ALL: Kind = Kind {
    key: "streams.watch",
    label: "Ordering the look at each stream of claims",
    holds: &[],
    manner: USUAL,
    seen_at: "/alerts",
    run: |ctx, _| Box::pin(order_for_each(ctx, &KIND)),
};

pub static KIND: Kind = Kind {
    key: "stream.watch",
    label: "Watching a stream of claims for drift",
    holds: &[],
    manner: Manner { slow: true, ..USUAL },
    seen_at: "/alerts",
    run,
};

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let company = ctx.caller.company.ok_or_else(|| Error::internal("a stream is a company’s"))?;
        let came = monitoring::run::company(ctx, company, ctx.now).await?;
        Ok(format!("Looked at {} weeks; {} alerts opened.", came.windows, came.opened))
    })
}
