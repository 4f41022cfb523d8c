//! Telling the billing service of an issued document, so that it can be paid online.

use domain::policy::Permission;
use serde_json::json;
use store::Tx;
use store::invoices::Invoice;

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::invoicing::provider;
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    key: "provider.push",
    label: "Telling the billing service of a document",
    holds: &[Permission::PrepareInvoices],
    manner: Manner { attempts: 5, ..USUAL },
    seen_at: "/billing-service",
    run,
};

pub async fn order(ctx: &Ctx, tx: &Tx, invoice: &Invoice) -> Result<bool> {
    let order = Order {
        company: Some(invoice.company),
        payload: json!({ "invoice": invoice.id }),
        dedupe_key: Some(format!("provider.push:{}", invoice.id)),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move { provider::push(ctx, work.id("invoice")?).await })
}
