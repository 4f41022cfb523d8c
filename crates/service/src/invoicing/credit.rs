//! Credit notes (story 61): what of an invoice is taken back, with the VAT of each rate.

use billing::credit::{self, CreditError};
use billing::document::{self, DocumentKind};
use billing::{Component, ComponentKind, Tax, TaxGroup};
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use domain::Money;
use domain::policy::Permission;
use serde_json::json;
use store::Handle;
use store::invoices::{self, Invoice, Line, New};

use super::invoices::find;
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::{Ctx, Error, Result};

/// Why something is credited. The reason stands on the document.
const REASONS: [(&str, &str); 5] = [
    ("Charged in error", "Charged in error"),
    ("Service not delivered", "Service not delivered"),
    ("Price agreed afterwards", "Price agreed afterwards"),
    ("Goodwill", "Goodwill"),
    ("Billed again", "Billed again"),
];

/// Drafts a credit note. It is reviewed, approved and issued as every document is.
pub static CREDIT: Kind = Kind {
    name: "invoice.credit",
    needs: Some(Permission::CreditInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            let id = draft(ctx, entries).await?;
            Ok(Done::said("The credit note is drafted: send it for review.").leads_to(format!("/invoices/{id}")))
        })
    },
};

/// The groups of an invoice; of those issued before they were kept, reckoned from its lines.
pub(super) fn groups(invoice: &Invoice, lines: &[Line]) -> Result<Vec<TaxGroup>> {
    if !invoice.totals.groups.is_empty() {
        return Ok(invoice.totals.groups.clone());
    }
    let totals = document::totals(lines.iter().map(|l| (l.component.net, l.tax)));
    Ok(totals.map_err(|_| Error::internal("an invoice is too large"))?.groups)
}

/// What of each category and rate is neither credited nor on a credit note at work.
async fn rest(handle: &impl Handle, invoice: &Invoice, lines: &[Line]) -> Result<(Vec<TaxGroup>, Vec<TaxGroup>)> {
    let original = groups(invoice, lines)?;
    let notes = invoices::about(handle, invoice.id).await?;
    let before: Vec<TaxGroup> =
        notes.into_iter().filter(|n| n.kind == DocumentKind::CreditNote).flat_map(|n| n.totals.groups).collect();
    Ok((original, before))
}

/// The form, where something is left to be credited.
pub(super) async fn forms(ctx: &Ctx, invoice: &Invoice, lines: &[Line]) -> Result<Option<Part>> {
    if !ctx.caller.holds(Permission::CreditInvoices) || invoice.kind == DocumentKind::LateCharge {
        return Ok(None);
    }
    let (original, before) = rest(ctx.store(), invoice, lines).await?;
    let left: Vec<TaxGroup> = credit::left(&original, &before).into_iter().filter(|g| g.net > Money::ZERO).collect();
    if left.is_empty() {
        return Ok(None);
    }
    let words: Vec<String> = left.iter().map(|g| format!("{} at {}", g.net, g.tax.rate)).collect();
    let all = Money::sum(left.iter().map(|g| g.net)).unwrap_or_default();
    let reasons = REASONS.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec();
    Ok(Some(Part::Form(Form {
        act: CREDIT.name.into(),
        id: "c".into(),
        title: "Credit it".into(),
        lead: format!(
            "Net amounts that can still be credited: {}. VAT follows; what exceeds the open balance stands on the company’s account.",
            words.join(", ")
        ),
        with: vec![("id".into(), invoice.id.to_string())],
        inputs: vec![
            Input::new("amount", "Net amount", Asks::Pounds).value(all.plain()).required(),
            Input::new("reason", "Reason", Asks::Choice(reasons)).required(),
            Input::new("words", "In words, as the credit note says it", Asks::Text).hint("At most 200 characters."),
        ],
        submit: "Draft the credit note".into(),
        folded: true,
        ..Form::default()
    })))
}

async fn draft(ctx: &Ctx, entries: &Entries) -> Result<domain::id::InvoiceId> {
    let original = find(ctx, entries.text("id")).await?;
    if original.kind == DocumentKind::LateCharge {
        let words = "A charge for lateness is no supply and is not credited: write it off.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    if original.number.is_none() || !original.kind.is_owed() {
        return Err(Error::refused(ErrorKind::Conflict, "Only an issued invoice can be credited."));
    }
    let mut wrong = Wrong::default();
    let net = wrong.of(entries.amount("amount"))?;
    let words = wrong.of(entries.words("words", 200))?;
    let reason = entries.text("reason");
    if !REASONS.iter().any(|(key, _)| *key == reason) {
        wrong.of::<()>(Err(Error::field("reason", "choose why it is credited")))?;
    }
    wrong.told()?;
    let tx = ctx.begin().await?;
    // Of two credits at once the second sees the first.
    invoices::hold(&tx, original.id).await?;
    let lines = invoices::lines(&tx, original.id).await?;
    let (whole, before) = rest(&tx, &original, &lines).await?;
    let nets = credit::spread(&credit::left(&whole, &before), net).map_err(|e| told(&e))?;
    let totals = credit::credit(&whole, &before, &nets).map_err(|e| told(&e))?;
    let reason = if words.is_empty() { reason.to_owned() } else { format!("{reason}: {words}") };
    let number = original.number.clone().unwrap_or_default();
    let new = New {
        id: ctx.id(),
        company: original.company,
        kind: DocumentKind::CreditNote,
        status: document::Status::Draft,
        period: original.period,
        payment_days: 0,
        by: &ctx.caller.actor.name(),
        at: ctx.now,
        totals: &totals,
        corrects: Some(original.id),
        reason: &reason,
        po_number: &original.po_number,
    };
    let parts: Vec<Line> = (1..)
        .zip(&nets)
        .map(|(position, (tax, net))| line(ctx, &original, position, *tax, *net, &number, &reason))
        .collect::<Result<_>>()?;
    invoices::create(&tx, &new, &parts).await?;
    let details = json!({ "of": number, "net": net, "reason": reason });
    tx.commit(ctx.audit(ctx.caller.company, "credit_note.drafted", "invoice", new.id, details)).await?;
    Ok(new.id)
}

fn line(
    ctx: &Ctx,
    original: &Invoice,
    position: i32,
    tax: Tax,
    net: Money,
    number: &str,
    reason: &str,
) -> Result<Line> {
    let words = format!("Credit of {number}: {reason}");
    let component = Component::once(ComponentKind::Manual, 0, original.period, tax.category, net, words)
        .ok_or_else(|| Error::internal("a credit is too large"))?;
    Ok(Line { id: ctx.id(), position, component, tax })
}

fn told(error: &CreditError) -> Error {
    Error::field("amount", sentence(&error.to_string()))
}
