//! Asking the billing service what was paid: of one document, because an event told of it, and of all of them each day.

use domain::policy::Permission;
use serde_json::json;
use store::Tx;
use store::providers::Document;

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::invoicing::provider;
use crate::{Ctx, Error, Result};

pub static KIND: Kind = Kind {
    key: "provider.settle",
    label: "Recording what was paid online",
    holds: &[Permission::RecordPayments],
    manner: Manner { attempts: 8, ..USUAL },
    seen_at: "/billing-service",
    run,
};

pub static ALL: Kind = Kind {
    key: "provider.reconcile",
    label: "Comparing with the billing service",
    holds: &[Permission::RecordPayments],
    manner: USUAL,
    seen_at: "/billing-service",
    run: run_all,
};

pub async fn order(ctx: &Ctx, tx: &Tx, document: &Document) -> Result<bool> {
    let order = Order { payload: json!({ "external": document.external }), ..Order::of(&KIND) };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let external = work.payload["external"].as_str().ok_or_else(|| Error::internal("no document is named"))?;
        provider::settle(ctx, external).await
    })
}

fn run_all<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move { provider::reconcile(ctx).await })
}
