//! Drafting a company's invoice of a period from its usage (story 56).

use billing::Month;
use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::json;
use store::Tx;

use super::{Kind, Order, Running, USUAL, Work, enqueue};
use crate::invoicing::drafts;
use crate::{Ctx, Error, Result};

pub static KIND: Kind = Kind {
    key: "invoice.draft",
    label: "Drafting an invoice",
    holds: &[Permission::PrepareInvoices],
    manner: USUAL,
    seen_at: "/invoices",
    run,
};

/// What the jobs of a month are ordered as.
pub fn batch(month: Month) -> String {
    format!("invoice.draft:{month}")
}

/// The month of which drafts were ordered last.
pub async fn newest(ctx: &Ctx) -> Result<Option<Month>> {
    let newest = store::jobs::newest(ctx.store(), KIND.key).await?;
    let payload: Option<serde_json::Value> = newest.and_then(|job| serde_json::from_str(&job.payload).ok());
    Ok(payload.and_then(|p| p["month"].as_str()?.parse().ok()))
}

/// Orders a company's draft.
pub async fn order(ctx: &Ctx, tx: &Tx, company: CompanyId, month: Month) -> Result<bool> {
    let order = Order {
        company: Some(company),
        payload: json!({ "month": month.to_string() }),
        dedupe_key: Some(format!("{}:{company}", batch(month))),
        batch: Some(batch(month)),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let month: Month = work.id("month")?;
        let company = ctx.caller.company.ok_or_else(|| Error::internal("a draft is a company's"))?;
        let drafted = drafts::draft(ctx, company, month).await?;
        Ok(drafted.words(month))
    })
}
