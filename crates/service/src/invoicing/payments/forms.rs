//! What was paid of a document, and what may be done about it, on its page.

use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::id::PaymentId;
use domain::policy::Permission;
use store::invoices::{self, Invoice};
use store::payments;

use super::super::invoices::name_of;
use super::debts::{ALONE, DISPUTE, KEEP, WRITE_OFF, WRITTEN_OFF};
use super::{ALLOCATE, METHODS, RECORD, method_words};
use crate::names::Names;
use crate::{Ctx, Result};

/// What was paid and credited of a document, and what corrects it.
pub(in crate::invoicing) async fn of_document(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
    let allocations = payments::of_document(ctx.store(), invoice.id).await?;
    let about = invoices::about(ctx.store(), invoice.id).await?;
    let names = Names::of(ctx, allocations.iter().map(|a| a.by.clone()).collect::<Vec<_>>()).await?;
    let mut parts = Vec::new();
    if !allocations.is_empty() {
        let mut table = Table::new("Paid and credited", &["On", "By", "#Amount", "Allocated by"], "");
        for allocation in allocations {
            let by = match about.iter().find(|n| n.id.to_string() == allocation.from) {
                Some(note) => Cell::link(name_of(note), format!("/invoices/{}", note.id)),
                None if allocation.from == WRITTEN_OFF => Cell::text("Written off"),
                None => Cell::link("Payment", format!("/payments/{}", allocation.from)),
            };
            let by = if ctx.caller.holds(Permission::RecordPayments) || !allocation.from.starts_with("pay_") {
                by
            } else {
                Cell::text("Payment")
            };
            table.row(vec![
                Cell::Date(allocation.on.into()),
                by,
                Cell::Money(allocation.amount),
                Cell::Text(names.actor(&allocation.by)),
            ]);
        }
        parts.push(Part::Table(table));
    }
    let shown: Vec<&Invoice> =
        about.iter().filter(|n| n.number.is_some() || ctx.caller.holds(Permission::PrepareInvoices)).collect();
    if !shown.is_empty() {
        let mut table = Table::new("Documents about it", &["Document", "Kind", "#Gross", "Standing"], "");
        for note in shown {
            let link = Cell::link(name_of(note), format!("/invoices/{}", note.id));
            let standing = super::super::invoices::standing(ctx, note);
            table.row(vec![link, Cell::text(note.kind.label()), Cell::Money(note.totals.gross), standing]);
        }
        parts.push(Part::Table(table));
    }
    Ok(parts)
}

/// What may be done about money of an issued document.
pub(in crate::invoicing) async fn forms(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let with = vec![("id".to_owned(), invoice.id.to_string())];
    if ctx.caller.holds(Permission::RecordPayments) && invoice.open > Money::ZERO {
        parts.push(Part::Form(record_form(ctx, invoice)));
        for payment in payments::left_of(ctx.store(), invoice.company).await?.into_iter().take(5) {
            let of = if payment.reference.is_empty() { method_words(&payment.method) } else { &payment.reference };
            parts.push(Part::Form(Form {
                act: ALLOCATE.name.into(),
                id: format!("a{}", parts.len()),
                title: format!("Use {} of {}, {of}", payment.left, payment.received_on.format("%-d %B %Y")),
                with: vec![("id".into(), payment.id.to_string()), ("document".into(), invoice.id.to_string())],
                inputs: vec![
                    Input::new("amount", "Amount", Asks::Pounds)
                        .value(payment.left.min(invoice.open).plain())
                        .required(),
                ],
                submit: "Allocate".into(),
                folded: true,
                ..Form::default()
            }));
        }
    }
    if ctx.caller.holds(Permission::RecordPayments) && (invoice.open > Money::ZERO || invoice.disputed_at.is_some()) {
        let over = invoice.disputed_at.is_some();
        let words = Input::new("words", "What is disputed", Asks::Words).required();
        parts.push(Part::Form(Form {
            act: DISPUTE.name.into(),
            id: "d".into(),
            title: if over { "End the dispute" } else { "Note a dispute" }.into(),
            lead: if over { invoice.dispute.clone() } else { "Reminders wait while it is disputed.".into() },
            with: with.clone(),
            inputs: if over { Vec::new() } else { vec![words] },
            submit: if over { "The dispute is over" } else { "Note the dispute" }.into(),
            folded: true,
            ..Form::default()
        }));
    }
    if ctx.caller.holds(Permission::CreditInvoices) && invoice.open > Money::ZERO {
        let asked = invoice.giving_up.as_ref().filter(|word| word.amount == invoice.open);
        let names = Names::of(ctx, asked.map(|word| word.by.clone()).into_iter().collect::<Vec<_>>()).await?;
        if asked.is_some() {
            parts.push(Part::Form(Form {
                act: KEEP.name.into(),
                id: "k".into(),
                title: "Do not write it off".into(),
                with: with.clone(),
                submit: "Do not write it off".into(),
                ..Form::default()
            }));
        }
        parts.push(Part::Form(Form {
            act: WRITE_OFF.name.into(),
            id: "w".into(),
            title: "Write it off".into(),
            lead: match asked {
                Some(word) => format!("{} asked that {} are given up: {}", names.actor(&word.by), word.amount, word.why),
                None => format!(
                    "{} are given up; above {ALONE} a colleague confirms it. VAT on a bad debt is claimed back six months after it was due.",
                    invoice.open
                ),
            },
            with,
            inputs: vec![Input::new("reason", "Why", Asks::Words).value(asked.map(|word| word.why.clone()).unwrap_or_default()).required()],
            submit: "Write it off".into(),
            folded: asked.is_none(),
            ..Form::default()
        }));
    }
    Ok(parts)
}

fn record_form(ctx: &Ctx, invoice: &Invoice) -> Form {
    let methods = METHODS.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec();
    Form {
        act: RECORD.name.into(),
        id: "p".into(),
        title: "Record a payment".into(),
        with: vec![("id".into(), invoice.id.to_string()), ("once".into(), ctx.id::<PaymentId>().to_string())],
        inputs: vec![
            Input::new("amount", "Amount", Asks::Pounds).value(invoice.open.plain()).required(),
            Input::new("received_on", "Received on", Asks::Date).value(london_date(ctx.now).to_string()).required(),
            Input::new("method", "How", Asks::Choice(methods)).value("transfer").required(),
            Input::new("reference", "Its reference", Asks::Text).value(invoice.number.clone().unwrap_or_default()),
            Input::new("others", "What is more settles the company’s other open invoices", Asks::Tick),
        ],
        submit: "Record the payment".into(),
        primary: true,
        ..Form::default()
    }
}
