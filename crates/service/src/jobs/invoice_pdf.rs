//! Putting the files of an issued document, PDF and UBL, where files are. Their hashes were fixed when it was issued; the
//! bytes are drawn anew from what was frozen then.

use domain::policy::Permission;
use serde_json::json;
use store::Tx;
use store::invoices::Invoice;

use super::{Kind, Order, Running, USUAL, Work, enqueue};
use crate::invoicing::document;
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    key: "invoice.pdf",
    label: "Filing an invoice’s PDF",
    holds: &[Permission::ReadInvoices],
    manner: USUAL,
    seen_at: "/invoices",
    run,
};

pub async fn order(ctx: &Ctx, tx: &Tx, invoice: &Invoice) -> Result<bool> {
    let order = Order {
        company: Some(invoice.company),
        payload: json!({ "invoice": invoice.id }),
        dedupe_key: Some(format!("invoice.pdf:{}", invoice.id)),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let invoice = store::invoices::find(ctx.store(), ctx.caller.reach, work.id("invoice")?).await?;
        document::file(ctx, &invoice).await?;
        Ok("The PDF is filed.".into())
    })
}
