//! The PDF of an issued invoice. Its hash is fixed when it is issued; its bytes are a file, drawn anew
//! from what was frozen where they are not filed yet.
//!
//! Whoever changes how an invoice looks keeps the old drawing for the invoices issued with it: bytes
//! that do not have the issued hash are never shown.

use billing::document;
use domain::policy::Permission;
use store::invoices::{self, Invoice};

use super::parties::parties;
use super::{invoices as steps, pdf, pdf_first};
use crate::secret::digest;
use crate::{Ctx, Error, Result, files};

/// File name and PDF of an issued invoice.
pub async fn download(ctx: &Ctx, id: &str) -> Result<(String, Vec<u8>)> {
    ctx.require(Permission::ReadInvoices)?;
    let invoice = steps::find(ctx, id).await?;
    let hash = invoice.pdf_hash.clone().ok_or(store::StoreError::NotFound)?;
    let name = format!("{}.pdf", invoice.number.clone().unwrap_or_default());
    if let Some(bytes) = files::get(&ctx.app, invoice.company, &hash).await? {
        return Ok((name, bytes));
    }
    let kept = invoices::kept_pdf(ctx.store(), invoice.id).await?;
    let drawn = match kept {
        Some(bytes) => vec![bytes],
        None => drawings(ctx, &invoice).await?,
    };
    match drawn.into_iter().find(|bytes| digest(bytes) == hash) {
        Some(bytes) => Ok((name, bytes)),
        None => Err(Error::internal(format!("the PDF of {} is not the one that was issued", invoice.id))),
    }
}

/// Draws the PDF of an issued invoice and puts it where files are.
pub async fn file(ctx: &Ctx, invoice: &Invoice) -> Result<()> {
    ctx.require(Permission::ReadInvoices)?;
    let drawn = drawings(ctx, invoice).await?;
    let Some(bytes) = drawn.into_iter().find(|bytes| invoice.pdf_hash.as_deref() == Some(&digest(bytes))) else {
        return Err(Error::internal(format!("the PDF of {} is drawn otherwise than it was issued", invoice.id)));
    };
    let file = files::put(&ctx.app, invoice.company, "invoice", &bytes).await?;
    let tx = ctx.begin().await?;
    store::files::name(&tx, &file, ctx.now).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}

/// The document as it is drawn now, and as it was before: one of them is what was issued.
async fn drawings(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Vec<u8>>> {
    let (Some(number), Some(on)) = (&invoice.number, invoice.issued_on) else {
        return Err(store::StoreError::NotFound.into());
    };
    let due = invoice.due_on.unwrap_or_else(|| document::due_date(on, invoice.payment_days));
    let parties = &parties(ctx.store(), invoice).await?;
    let lines = &invoices::lines(ctx.store(), invoice.id).await?[..];
    let original = match invoice.corrects {
        Some(id) => Some(invoices::find(ctx.store(), ctx.caller.reach, id).await?),
        None => None,
    };
    let now = pdf::draw(&pdf::Document { invoice, lines, parties, original: original.as_ref() })?;
    let before = pdf_first::draw(&pdf_first::Document { number, on, due, invoice, lines, parties })?;
    Ok(vec![now, before])
}
