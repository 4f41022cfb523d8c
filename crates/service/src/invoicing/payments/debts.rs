//! Debts that are given up, and disputes.

use billing::journal;
use contract::ErrorKind;
use domain::Money;
use domain::calendar::london_date;
use domain::id::PaymentId;
use domain::policy::Permission;
use serde_json::json;
use store::Tx;
use store::audit::AuditEvent;
use store::invoices::{self, GivingUp, Invoice, Settles};

use super::super::allocations;
use super::super::invoices::find;
use super::super::ledger::{Booked, book};
use crate::account::tell::colleagues;
use crate::acts::{Done, Kind};
use crate::{Ctx, Error, Result};

/// From what a debt that is given up is settled.
pub(super) const WRITTEN_OFF: &str = "write_off";

/// Gives a debt up.
pub static WRITE_OFF: Kind = Kind {
    name: "invoice.write_off",
    needs: Some(Permission::CreditInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            let reason = entries.needed("reason", 200, "say why it is given up")?;
            let tx = ctx.begin().await?;
            let invoice = invoices::find(&tx, ctx.caller.reach, entries.id("id")?).await?;
            let amount = invoice.open;
            if amount <= Money::ZERO {
                return Err(Error::refused(ErrorKind::Conflict, "Nothing of it is open."));
            }
            if let Some(asked) = second_word(ctx, &tx, &invoice, &reason).await? {
                tx.commit(asked).await?;
                return Ok(Done::said(format!("Above {ALONE} a colleague confirms it: they are told.")));
            }
            let today = london_date(ctx.now);
            invoices::settle(&tx, invoice.id, Settles::WriteOff, amount, today).await?;
            invoices::given_up(&tx, invoice.id).await?;
            allocations::note(ctx, &tx, invoice.company, WRITTEN_OFF.into(), invoice.id, amount).await?;
            let about = Booked {
                company: invoice.company,
                source: format!("write_off:{}", ctx.id::<PaymentId>()),
                on: today,
                period: None,
                document: invoice.id.to_string(),
                description: "Written off",
            };
            book(ctx, &tx, journal::written_off(amount), about).await?;
            let details = json!({ "number": invoice.number, "amount": amount, "reason": reason });
            tx.commit(ctx.audit(Some(invoice.company), "invoice.written_off", "invoice", invoice.id, details)).await?;
            Ok(Done::said(format!("{amount} written off.")))
        })
    },
};

/// The most that one person alone gives up.
pub(super) const ALONE: Money = Money::from_pounds(250);

/// What is larger takes two: the first one's word is kept, and its audit event given back; the second one's goes on. A word is
/// about the amount that was open then: of another amount it says nothing.
async fn second_word(ctx: &Ctx, tx: &Tx, invoice: &Invoice, reason: &str) -> Result<Option<AuditEvent>> {
    let me = ctx.caller.actor.name();
    let first = invoice.giving_up.as_ref().filter(|word| word.amount == invoice.open);
    // What was given up of it before counts, so that nobody does it piece by piece.
    let altogether = invoice.open.checked_add(invoice.against.written_off).unwrap_or(invoice.open);
    if altogether <= ALONE || first.is_some_and(|word| word.by != me) {
        return Ok(None);
    }
    if first.is_some() {
        return Err(Error::refused(ErrorKind::Conflict, "You asked for it: a colleague confirms it."));
    }
    let word = GivingUp { by: me, why: reason.to_owned(), amount: invoice.open };
    invoices::ask_to_give_up(tx, invoice.id, &word).await?;
    let number = invoice.number.clone().unwrap_or_default();
    let words = format!("{} of {number} are to be written off: a colleague confirms it or says no.", invoice.open);
    colleagues(ctx, tx, &words, &format!("/invoices/{}", invoice.id)).await?;
    let details = json!({ "number": invoice.number, "amount": invoice.open, "reason": reason });
    Ok(Some(ctx.audit(Some(invoice.company), "invoice.give_up_asked", "invoice", invoice.id, details)))
}

/// Takes the first word back, or says no to it.
pub static KEEP: Kind = Kind {
    name: "invoice.keep",
    needs: Some(Permission::CreditInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            let tx = ctx.begin().await?;
            let invoice = invoices::find(&tx, ctx.caller.reach, entries.id("id")?).await?;
            if invoice.giving_up.is_none() {
                return Err(Error::refused(ErrorKind::Conflict, "Nobody asked that it is given up."));
            }
            invoices::given_up(&tx, invoice.id).await?;
            let details = json!({ "number": invoice.number });
            tx.commit(ctx.audit(Some(invoice.company), "invoice.kept", "invoice", invoice.id, details)).await?;
            Ok(Done::said("It is not given up."))
        })
    },
};

/// Notes that the client disputes a document, or that the dispute is over.
pub static DISPUTE: Kind = Kind {
    name: "invoice.dispute",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let invoice = find(ctx, entries.text("id")).await?;
            let over = invoice.disputed_at.is_some();
            let words = if over { String::new() } else { entries.needed("words", 500, "say what is disputed")? };
            let tx = ctx.begin().await?;
            invoices::dispute(&tx, invoice.id, (!over).then_some(ctx.now), &words).await?;
            let action = if over { "invoice.undisputed" } else { "invoice.disputed" };
            let details = json!({ "number": invoice.number, "words": words });
            tx.commit(ctx.audit(Some(invoice.company), action, "invoice", invoice.id, details)).await?;
            Ok(Done::said(if over { "The dispute is over." } else { "Noted: reminders wait until it is over." }))
        })
    },
};
