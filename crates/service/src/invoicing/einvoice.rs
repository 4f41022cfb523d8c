//! An issued document for machines (story 58): UBL, and the PDF/A-3 that has it as CII inside.

use billing::Totals;
use einvoice::{Document, En16931, Refused, Writer};
use store::invoices::Invoice;

use super::credit::groups;
use super::pdf;
use crate::{Error, Result};

/// What is written of a document when it is issued.
pub(super) struct Written {
    /// PDF/A-3 with the document inside it (ZUGFeRD).
    pub pdf: Vec<u8>,
    pub ubl: Vec<u8>,
}

/// Writes a document that has its number; refused where it breaks a rule of EN 16931.
pub(super) fn write(document: &pdf::Document<'_>) -> Result<Written> {
    let of = of(document)?;
    let pages = pdf::draw(document)?;
    let told = |refused: Refused| Error::refused(contract::ErrorKind::Conflict, words(&refused));
    Ok(Written { pdf: En16931.hybrid(&of, &pages).map_err(told)?, ubl: En16931.ubl(&of).map_err(told)? })
}

/// What a draft would break, before anybody approves it.
pub(super) fn wrong(document: &pdf::Document<'_>, today: chrono::NaiveDate) -> Result<Option<String>> {
    // A draft has no number and no days yet: any will do.
    let mut invoice = document.invoice.clone();
    invoice.number.get_or_insert_with(|| invoice.kind.number(1));
    invoice.issued_on.get_or_insert(today);
    let document = pdf::Document { invoice: &invoice, ..*document };
    Ok(En16931.ubl(&of(&document)?).err().map(|refused| words(&refused)))
}

fn words(refused: &Refused) -> String {
    format!("It cannot be sent as an e-invoice. {refused}")
}

fn of<'a>(document: &pdf::Document<'a>) -> Result<Document<'a>> {
    let invoice: &Invoice = document.invoice;
    let (Some(number), Some(issued_on)) = (&invoice.number, invoice.issued_on) else {
        return Err(store::StoreError::NotFound.into());
    };
    let (seller, buyer) = document.parties.sides();
    let about = document.original.and_then(|original| Some((original.number.as_deref()?, original.issued_on?)));
    Ok(Document {
        kind: invoice.kind,
        number,
        issued_on,
        due_on: invoice.due_on,
        period: invoice.period,
        po_number: &invoice.po_number,
        reason: &invoice.reason,
        about,
        seller,
        buyer,
        pay_to: &document.parties.pay_to,
        lines: document.lines.iter().map(|line| (&line.component, line.tax)).collect(),
        totals: Totals { groups: groups(invoice, document.lines)?, ..invoice.totals.clone() },
    })
}
