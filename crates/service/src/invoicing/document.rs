//! The files of an issued document: its PDF, and its UBL. Their hashes are fixed when it is issued; their bytes are files,
//! drawn anew from what was frozen where they are not filed yet.
//!
//! Whoever changes how an invoice looks keeps the old drawing for the invoices issued with it: bytes
//! that do not have the issued hash are never shown.

use billing::document;
use domain::policy::Permission;
use store::invoices::{self, Invoice, Line};

use super::einvoice::{self, Written};
use super::parties::{Parties, parties};
use super::{invoices as steps, pdf, pdf_first};
use crate::secret::digest;
use crate::{Ctx, Error, Result, files};

/// As what an issued document is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it was issued. Since there are e-invoices it is the [`Format::Zugferd`].
    Pdf,
    /// UBL 2.1.
    Ubl,
    /// PDF/A-3 with the document as CII inside it.
    Zugferd,
}

impl Format {
    pub fn from_key(key: &str) -> Option<Format> {
        [("pdf", Format::Pdf), ("ubl", Format::Ubl), ("zugferd", Format::Zugferd)]
            .into_iter()
            .find_map(|(known, format)| (known == key).then_some(format))
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Pdf | Format::Zugferd => "application/pdf",
            Format::Ubl => "application/xml",
        }
    }
}

/// File name and bytes of an issued document.
pub async fn download(ctx: &Ctx, id: &str, format: Format) -> Result<(String, Vec<u8>)> {
    ctx.require(Permission::ReadInvoices)?;
    let invoice = steps::find(ctx, id).await?;
    let issued = invoice.pdf_hash.clone().ok_or(store::StoreError::NotFound)?;
    let number = invoice.number.clone().unwrap_or_default();
    let (name, hash) = match (format, &invoice.ubl_hash) {
        (Format::Ubl, Some(hash)) => (format!("{number}.xml"), hash.clone()),
        // What was issued before there were e-invoices is written as one of what was frozen.
        (Format::Ubl, None) => return Ok((format!("{number}.xml"), Source::of(ctx, &invoice).await?.written()?.ubl)),
        (Format::Zugferd, None) => {
            return Ok((format!("{number}.pdf"), Source::of(ctx, &invoice).await?.written()?.pdf));
        }
        (Format::Pdf, _) | (Format::Zugferd, Some(_)) => (format!("{number}.pdf"), issued),
    };
    if let Some(bytes) = files::get(&ctx.app, invoice.company, &hash).await? {
        return Ok((name, bytes));
    }
    let drawn = match invoices::kept_pdf(ctx.store(), invoice.id).await? {
        Some(bytes) if format != Format::Ubl => vec![bytes],
        _ => drawings(&Source::of(ctx, &invoice).await?, format)?,
    };
    match drawn.into_iter().find(|bytes| digest(bytes) == hash) {
        Some(bytes) => Ok((name, bytes)),
        None => Err(Error::internal(format!("the file of {} is not the one that was issued", invoice.id))),
    }
}

/// Draws the files of an issued document and puts them where files are.
pub async fn file(ctx: &Ctx, invoice: &Invoice) -> Result<()> {
    ctx.require(Permission::ReadInvoices)?;
    let source = Source::of(ctx, invoice).await?;
    let mut kept = Vec::new();
    for (format, hash) in [(Format::Pdf, &invoice.pdf_hash), (Format::Ubl, &invoice.ubl_hash)] {
        let Some(hash) = hash else { continue };
        let drawn = drawings(&source, format)?;
        let Some(bytes) = drawn.into_iter().find(|bytes| *hash == digest(bytes)) else {
            return Err(Error::internal(format!("a file of {} is drawn otherwise than it was issued", invoice.id)));
        };
        kept.push(files::put(&ctx.app, invoice.company, "invoice", &bytes).await?);
    }
    let tx = ctx.begin().await?;
    for file in &kept {
        store::files::name(&tx, file, ctx.now).await?;
    }
    tx.commit_bookkeeping().await?;
    Ok(())
}

/// What an issued document is drawn of.
struct Source {
    invoice: Invoice,
    lines: Vec<Line>,
    parties: Parties,
    original: Option<Invoice>,
}

impl Source {
    async fn of(ctx: &Ctx, invoice: &Invoice) -> Result<Source> {
        let original = match invoice.corrects {
            Some(id) => Some(invoices::find(ctx.store(), ctx.caller.reach, id).await?),
            None => None,
        };
        Ok(Source {
            lines: invoices::lines(ctx.store(), invoice.id).await?,
            parties: parties(ctx.store(), invoice).await?,
            invoice: invoice.clone(),
            original,
        })
    }

    fn document(&self) -> pdf::Document<'_> {
        let original = self.original.as_ref();
        pdf::Document { invoice: &self.invoice, lines: &self.lines, parties: &self.parties, original }
    }

    fn written(&self) -> Result<Written> {
        einvoice::write(&self.document())
    }
}

/// The file as it is drawn for a document of its time: what was issued before there were e-invoices is drawn as it was then.
fn drawings(source: &Source, format: Format) -> Result<Vec<Vec<u8>>> {
    let Source { invoice, lines, parties, .. } = source;
    if invoice.ubl_hash.is_some() {
        let written = source.written()?;
        return Ok(vec![if format == Format::Ubl { written.ubl } else { written.pdf }]);
    }
    let (Some(number), Some(on)) = (&invoice.number, invoice.issued_on) else {
        return Err(store::StoreError::NotFound.into());
    };
    let due = invoice.due_on.unwrap_or_else(|| document::due_date(on, invoice.payment_days));
    let first = pdf_first::draw(&pdf_first::Document { number, on, due, invoice, lines, parties })?;
    Ok(vec![first])
}
