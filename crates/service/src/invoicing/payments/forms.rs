//! What was paid of a document, and what may be done about it, on its page.

use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::calendar::london_date;
use domain::id::PaymentId;
use domain::policy::Permission;
use store::invoices::{self, Invoice};
use store::payments;

use super::super::invoices::name_of;
use super::debts::{ALONE, DISPUTE, KEEP, WRITE_OFF, WRITTEN_OFF};
use super::{ALLOCATE, METHODS, OVER, RECORD, method_words};
use crate::acts::Kind;
use crate::names::Names;
use crate::{Ctx, Result};

/// What was paid and credited of a document, and what corrects it.
pub(in crate::invoicing) async fn of_document(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
    let mut allocations = payments::of_document(ctx.store(), invoice.id).await?;
    // That a debt is given up is our own affair.
    allocations.retain(|a| a.from != WRITTEN_OFF || ctx.caller.holds(Permission::PrepareInvoices));
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
        parts.extend(giving_up(ctx, invoice, with).await?);
    }
    Ok(parts)
}

/// What may be done about a debt that is given up: asked for, confirmed by a colleague, refused or taken back.
async fn giving_up(ctx: &Ctx, invoice: &Invoice, with: Vec<(String, String)>) -> Result<Vec<Part>> {
    let asked = invoice.giving_up.as_ref().filter(|word| word.amount == invoice.open);
    let form = |act: &Kind, id: &str, title: &str| Form {
        act: act.name.into(),
        id: id.into(),
        title: title.into(),
        with: with.clone(),
        submit: title.into(),
        ..Form::default()
    };
    let Some(word) = asked else {
        let lead = format!(
            "{} are given up; above {ALONE} a colleague confirms it. VAT on a bad debt is claimed back six months after it was due.",
            invoice.open
        );
        let inputs = vec![Input::new("reason", "Why", Asks::Words).required()];
        return Ok(vec![Part::Form(Form { lead, inputs, folded: true, ..form(&WRITE_OFF, "w", "Write it off") })]);
    };
    if word.by == ctx.caller.actor.name() {
        let said = format!("You asked that {} are written off ({}): a colleague confirms it.", word.amount, word.why);
        return Ok(vec![Part::Notice(Tone::Notice, said), Part::Form(form(&KEEP, "k", "Take it back"))]);
    }
    let names = Names::of(ctx, vec![word.by.clone()]).await?;
    let said = format!("{} asked that {} are written off: {}", names.actor(&word.by), word.amount, word.why);
    let confirm = Form {
        lead: format!("{} are given up for good by both of you.", invoice.open),
        inputs: vec![Input::new("reason", "Why", Asks::Words).value(word.why.clone()).required()],
        ..form(&WRITE_OFF, "w", "Confirm the write-off")
    };
    let keep = form(&KEEP, "k", "Do not write it off");
    Ok(vec![Part::Notice(Tone::Notice, said), Part::Form(confirm), Part::Form(keep)])
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
            Input::new("over", OVER, Asks::Tick),
        ],
        submit: "Record the payment".into(),
        primary: true,
        ..Form::default()
    }
}
