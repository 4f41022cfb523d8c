//! A company's fairness report: on the second of each month, and when asked.

use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::json;
use store::{Reach, Tx, companies};

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::{Ctx, Error, Result, fairness};

pub static ALL: Kind = Kind {
    key: "fairness.reports",
    label: "Ordering each company’s fairness report",
    holds: &[],
    manner: USUAL,
    seen_at: "/fairness",
    run: |ctx, _| Box::pin(all(ctx)),
};

pub static KIND: Kind = Kind {
    key: "fairness.report",
    label: "Making a fairness report",
    holds: &[Permission::AuditFairness],
    manner: Manner { slow: true, ..USUAL },
    seen_at: "/fairness",
    run,
};

/// `false` where one waits or runs already.
pub async fn order(ctx: &Ctx, tx: &Tx, company: CompanyId) -> Result<bool> {
    let order = Order {
        company: Some(company),
        payload: json!({}),
        dedupe_key: Some(format!("fairness.report:{company}")),
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
        let company = ctx.caller.company.ok_or_else(|| Error::internal("a report is a company’s"))?;
        fairness::run::make(ctx, company).await
    })
}
