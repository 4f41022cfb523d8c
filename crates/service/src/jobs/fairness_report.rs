//! A company's fairness report: on the second of each month, and when asked.

use domain::id::CompanyId;
use domain::policy::Permission;
use store::Tx;

use super::{Kind, Manner, Running, USUAL, Work, order_for, order_for_each};
use crate::{Ctx, Error, Result, fairness};

pub static ALL: Kind = Kind {
    key: "fairness.reports",
    label: "Ordering each company’s fairness report",
    holds: &[],
    manner: USUAL,
    seen_at: "/fairness",
    run: |ctx, _| Box::pin(order_for_each(ctx, &KIND)),
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
    order_for(ctx, tx, &KIND, company).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        if work.was_done(ctx, "fairness.reported").await? {
            return Ok("The report was made before an interruption.".into());
        }
        let company = ctx.caller.company.ok_or_else(|| Error::internal("a report is a company’s"))?;
        fairness::run::make(ctx, company).await
    })
}
