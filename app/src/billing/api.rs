//! Server functions of billing.

use contract::billing::InvoiceView;
use contract::page::Part;
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "billing/invoice")]
pub async fn view_invoice(id: String) -> Result<InvoiceView, Failure> {
    reply(service::invoicing::invoices::view(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/submit_invoice")]
pub async fn submit_invoice(id: String) -> Result<(), Failure> {
    reply(service::invoicing::review::submit(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/approve_invoice")]
pub async fn approve_invoice(id: String) -> Result<(), Failure> {
    reply(service::invoicing::review::approve(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/issue_invoice")]
pub async fn issue_invoice(id: String) -> Result<String, Failure> {
    reply(service::invoicing::issue::issue(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/discard_invoice")]
pub async fn discard_invoice(id: String) -> Result<(), Failure> {
    reply(service::invoicing::invoices::discard(&ctx()?, &id).await)?;
    leptos_axum::redirect("/invoices");
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/bank_file", input = MultipartFormData)]
pub async fn import_bank_file(data: MultipartData) -> Result<Vec<Part>, Failure> {
    /// Larger than any file of as many rows as are taken.
    const LIMIT: usize = 16 * 1024 * 1024;
    use service::invoicing::bank;
    let ctx = ctx()?;
    reply(ctx.require(domain::policy::Permission::RecordPayments))?;
    let (_, bytes, fields) = crate::server::context::upload(data, LIMIT).await?;
    let account = fields.get("account").map_or("", |a| a.trim());
    let account = if account.is_empty() { bank::MAIN } else { account };
    reply(bank::import(&ctx, account, bytes.as_slice()).await.map(|imported| bank::told(&imported)))
}
