//! Issuing: the number, the frozen parties, the PDF and the entry of the journal, all or nothing.

use billing::credit;
use billing::document::{self, DocumentKind, Step};
use billing::journal;
use domain::Money;
use domain::calendar::london_date;
use domain::policy::{Permission, Role};
use serde_json::json;
use store::invoices::{self, Invoice, Issue, Line, Settles};
use store::payments::{self, Payment};
use store::{Tx, companies, people, tax_rates};

use super::drafts::tax_of;
use super::invoices::{find, refusal};
use super::ledger::{Booked, book};
use super::parties::parties;
use super::review::{missing, still_approved};
use super::{allocations, einvoice, pdf, provider, sending, usage_statements};
use crate::account::tell::{Cause, Told};
use crate::secret::digest;
use crate::{Ctx, Error, Result, jobs};

/// Gives an approved document its number.
pub async fn issue(ctx: &Ctx, id: &str) -> Result<String> {
    ctx.require(Permission::PrepareInvoices)?;
    let found = find(ctx, id).await?;
    document::step(found.status, Step::Issue).map_err(refusal)?;
    let tx = ctx.begin().await?;
    // Two people may press the button at once: one of them goes on.
    invoices::begin_issue(&tx, found.id).await?;
    let mut invoice = invoices::find(&tx, ctx.caller.reach, found.id).await?;
    let lines = invoices::lines(&tx, invoice.id).await?;
    let parties = parties(&tx, &invoice).await?;
    if let Some(missing) = missing(&parties, &invoice).into_iter().next() {
        return Err(Error::refused(contract::ErrorKind::Conflict, missing));
    }
    if invoice.kind == DocumentKind::Periodic {
        usage_statements::settled(&tx, invoice.company, invoice.period).await?;
    }
    still_approved(&tx, &invoice, &lines, &parties).await?;
    let on = london_date(ctx.now);
    rates_hold(&tx, &invoice, &lines, on).await?;
    let number = invoices::next_number(&tx, invoice.kind).await?;
    let due = document::due_date(on, invoice.payment_days);
    (invoice.number, invoice.issued_on, invoice.due_on) = (Some(number.clone()), Some(on), Some(due));
    invoice.tax_point = Some(on);
    let original = match invoice.corrects {
        Some(original) => Some(invoices::find(&tx, ctx.caller.reach, original).await?),
        None => None,
    };
    // What breaks a rule is refused here, and its number is not spent.
    let document = pdf::Document { invoice: &invoice, lines: &lines, parties: &parties, original: original.as_ref() };
    let written = einvoice::write(&document)?;
    let (pdf_hash, ubl_hash) = (digest(&written.pdf), digest(&written.ubl));
    let owed = if invoice.kind.is_owed() { invoice.totals.gross } else { Money::ZERO };
    let issue = Issue {
        number: number.clone(),
        by: ctx.caller.actor.name(),
        at: ctx.now,
        on,
        due,
        parties: serde_json::to_string(&parties)?,
        pdf_hash: pdf_hash.clone(),
        ubl_hash: ubl_hash.clone(),
        open: owed,
    };
    invoices::issue(&tx, invoice.id, issue).await?;
    // Its bytes go out by a job: no network within a transaction.
    jobs::invoice_pdf::order(ctx, &tx, &invoice).await?;
    if provider::goes(ctx, &invoice) {
        jobs::provider_push::order(ctx, &tx, &invoice).await?;
    }
    booked(ctx, &tx, &invoice, original.as_ref(), &number).await?;
    (invoice.pdf_hash, invoice.ubl_hash) = (Some(pdf_hash), Some(ubl_hash));
    let company = companies::find(&tx, ctx.caller.reach, invoice.company).await?;
    if ctx.app.ports.mail.is_some() && !company.billing_email.is_empty() {
        sending::written(ctx, &tx, &invoice, &company, &company.billing_email).await?;
    }
    for user in people::with_role(&tx, invoice.company, Role::Manager).await? {
        let words =
            format!("{} {number} of {} was issued to your company.", invoice.kind.label(), invoice.totals.gross);
        let told = Told { user, company: invoice.company, cause: Cause::Document };
        told.of(ctx, &tx, &words, &format!("/invoices/{}", invoice.id)).await?;
    }
    let details = json!({ "number": number, "gross": invoice.totals.gross });
    tx.commit(ctx.audit(Some(invoice.company), "invoice.issued", "invoice", invoice.id, details)).await?;
    Ok(number)
}

/// The rates are those of the tax point, which is the day of issue.
async fn rates_hold(tx: &Tx, invoice: &Invoice, lines: &[Line], on: chrono::NaiveDate) -> Result<()> {
    // A credit note has the rates of what it corrects.
    if invoice.kind == DocumentKind::CreditNote {
        return Ok(());
    }
    let rates = tax_rates::rates(tx).await?;
    for line in lines {
        let now = tax_of(&rates, &line.component, on)?;
        if now != line.tax {
            let words = format!(
                "The VAT rate is {} on {}, the draft has {}. Discard it and draft it anew.",
                now.rate,
                on.format("%-d %B %Y"),
                line.tax.rate
            );
            return Err(Error::refused(contract::ErrorKind::Conflict, words));
        }
    }
    Ok(())
}

async fn booked(ctx: &Ctx, tx: &Tx, invoice: &Invoice, original: Option<&Invoice>, number: &str) -> Result<()> {
    let description = format!("{} {number}", invoice.kind.label());
    let about = Booked {
        company: invoice.company,
        source: format!("document:{}", invoice.id),
        on: london_date(ctx.now),
        period: Some(invoice.period),
        document: invoice.id.to_string(),
        description: &description,
    };
    match (invoice.kind, original) {
        (DocumentKind::CreditNote, Some(original)) => {
            // What is open of the invoice is what is open of it now, whatever was paid meanwhile.
            invoices::hold(tx, original.id).await?;
            let open = invoices::find(tx, ctx.caller.reach, original.id).await?.open;
            let (to_invoice, to_account) = credit::apply(invoice.totals.gross, open);
            let paid = invoices::find(tx, ctx.caller.reach, original.id).await?.against.paid;
            if to_account > paid {
                let words = "Part of the invoice was written off: this credit would pay out what was never paid.";
                return Err(Error::refused(contract::ErrorKind::Conflict, words));
            }
            book(ctx, tx, journal::credited(&invoice.totals, to_invoice), about).await?;
            credited(ctx, tx, invoice, original, (to_invoice, to_account), number).await
        }
        (DocumentKind::LateCharge, _) => book(ctx, tx, journal::late_charge(invoice.totals.gross), about).await,
        (DocumentKind::Periodic | DocumentKind::Manual | DocumentKind::CreditNote, _) => {
            book(ctx, tx, journal::issued(&invoice.totals), about).await
        }
    }
}

/// A credit lowers the invoice first; what is more stands on the company's account.
async fn credited(
    ctx: &Ctx,
    tx: &Tx,
    note: &Invoice,
    original: &Invoice,
    (to_invoice, to_account): (Money, Money),
    number: &str,
) -> Result<()> {
    if to_invoice > Money::ZERO {
        invoices::settle(tx, original.id, Settles::Credit, to_invoice, london_date(ctx.now)).await?;
        allocations::note(ctx, tx, note.company, note.id.to_string(), original.id, to_invoice).await?;
    }
    if to_account > Money::ZERO {
        let payment = Payment {
            id: ctx.id(),
            company: note.company,
            received_on: london_date(ctx.now),
            amount: to_account,
            left: to_account,
            method: "credit_note".into(),
            reference: number.to_owned(),
            source: format!("document:{}", note.id),
            recorded_by: ctx.caller.actor.name(),
            at: ctx.now,
            reversed_on: None,
            note: String::new(),
        };
        payments::record(tx, &payment).await?;
    }
    Ok(())
}
