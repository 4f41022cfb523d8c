//! E-invoices of EN 16931, the semantic model that the United Kingdom's mandate of 2029 is expected to build on: UBL 2.1 for
//! machines, and ZUGFeRD (Factur-X), the same in CII inside the PDF/A-3 that people read.
//!
//! [`Document`] says what an issued document says, in billing's terms; [`Writer`] turns it into bytes. The one writer there
//! is, [`En16931`], stands behind the trait because the library it is made of is young: what it writes is checked by the
//! official rules and schemas in the tests (`tests/official.rs`).
//!
//! A document that breaks a rule is never written: [`Refused`] names each rule, so that it is mended before a number is spent.

mod model;
mod party;

use std::time::{Duration, SystemTime};

use billing::{DocumentKind, Span, Tax, Totals};
use chrono::NaiveDate;
use en16931::profiles;
use en16931::validation::profile::{Rejected, Validated};
use en16931_formats::zugferd::{self, EmbedOptions, Metadata};
use en16931_formats::{Syntax, write};

pub use party::{Endpoint, Party, PartyError, country, vat_identifier, vat_number};

/// An issued document, or one that is about to be.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    pub kind: DocumentKind,
    pub number: &'a str,
    pub issued_on: NaiveDate,
    pub due_on: Option<NaiveDate>,
    /// The days it is about.
    pub period: Span,
    pub po_number: &'a str,
    /// Why it was written; of credit notes.
    pub reason: &'a str,
    /// Number and day of the invoice it corrects or is about.
    pub about: Option<(&'a str, NaiveDate)>,
    pub seller: Party,
    pub buyer: Party,
    /// Where to pay, a line a line.
    pub pay_to: &'a [String],
    pub lines: Vec<(&'a billing::Component, Tax)>,
    /// With net and VAT of each category and rate.
    pub totals: Totals,
}

/// Why a document cannot be an e-invoice: each rule that it breaks, with its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct Refused(pub Vec<String>);

impl Refused {
    fn of(words: impl ToString) -> Refused {
        Refused(vec![words.to_string()])
    }
}

/// Writes e-invoices. The same document gives the same bytes.
pub trait Writer: Send + Sync {
    /// UBL 2.1, an `Invoice` or a `CreditNote`: Peppol BIS Billing 3.0 where the document meets it, else the core of EN 16931.
    fn ubl(&self, document: &Document<'_>) -> Result<Vec<u8>, Refused>;

    /// A PDF/A-3 with the document as CII inside it; `pages` is the PDF/A-3 that people read.
    fn hybrid(&self, document: &Document<'_>, pages: &[u8]) -> Result<Vec<u8>, Refused>;
}

/// By the library `en16931`.
pub struct En16931;

impl Writer for En16931 {
    fn ubl(&self, document: &Document<'_>) -> Result<Vec<u8>, Refused> {
        let invoice = model::invoice(document)?;
        let written = match Validated::<profiles::PeppolBis3>::new(model::for_peppol(invoice.clone())) {
            Ok(proof) => write(&proof, Syntax::Ubl),
            Err(_) => write(&core(invoice)?, Syntax::Ubl),
        };
        Ok(written.xml.into_bytes())
    }

    fn hybrid(&self, document: &Document<'_>, pages: &[u8]) -> Result<Vec<u8>, Refused> {
        let proof = core(model::invoice(document)?)?;
        let midnight = document.issued_on.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let what = document.kind.label();
        let seller = document.seller.name.clone();
        let options = EmbedOptions {
            modified: u64::try_from(midnight).ok().map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at)),
            metadata: Some(Metadata {
                title: format!("{seller}: {what} {}", document.number),
                subject: format!("{what} {} of {}", document.number, document.issued_on.format("%-d %B %Y")),
                author: seller,
            }),
            ..EmbedOptions::default()
        };
        zugferd::embed(pages, &proof, &options).map_err(Refused::of)
    }
}

fn core(invoice: en16931::Invoice) -> Result<Validated<profiles::En16931>, Refused> {
    let told = |rejected: Rejected| {
        let found = rejected.report();
        Refused(found.fatal().map(|f| format!("{}: {}", f.rule.as_str(), f.message)).collect())
    };
    Validated::new(invoice).map_err(told)
}
