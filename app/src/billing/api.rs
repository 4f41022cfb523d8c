//! Server functions of billing.

use contract::billing::{InvoiceView, InvoicesView};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "billing/invoices")]
pub async fn list_invoices(page: u64) -> Result<InvoicesView, Failure> {
    reply(service::invoicing::invoices::list(&ctx()?, page).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/invoice")]
pub async fn view_invoice(id: String) -> Result<InvoiceView, Failure> {
    reply(service::invoicing::invoices::view(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/generate_invoices")]
pub async fn generate_invoices(month: String) -> Result<u64, Failure> {
    reply(service::invoicing::drafts::generate(&ctx()?, &month).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/approve_invoice")]
pub async fn approve_invoice(id: String) -> Result<(), Failure> {
    reply(service::invoicing::invoices::approve(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/issue_invoice")]
pub async fn issue_invoice(id: String) -> Result<String, Failure> {
    reply(service::invoicing::invoices::issue(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/discard_invoice")]
pub async fn discard_invoice(id: String) -> Result<(), Failure> {
    reply(service::invoicing::invoices::discard(&ctx()?, &id).await)?;
    leptos_axum::redirect("/invoices");
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "billing/record_payment")]
pub async fn record_payment(id: String) -> Result<(), Failure> {
    reply(service::invoicing::invoices::record_payment(&ctx()?, &id).await)
}
