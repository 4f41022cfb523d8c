//! Money that comes in (story 59): recorded, allocated to documents, refunded, reversed; debts given up; disputes.

pub mod debts;
mod forms;
mod page;

use billing::{journal, settlement};
use chrono::Days;
use contract::ErrorKind;
use domain::Money;
use domain::calendar::london_date;
use domain::id::{CompanyId, PaymentId};
use domain::policy::Permission;
use serde_json::json;
use store::invoices::{self, Invoice};
use store::payments::{self, Payment};
use store::{StoreError, Tx};

use super::allocations;
use super::invoices::{find, name_of};
use super::ledger::{Booked, book};
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::{Ctx, Error, Result};

pub(super) use forms::{forms, of_document};
pub(crate) use page::{filters, more, one, page};

const METHODS: [(&str, &str); 4] =
    [("transfer", "Bank transfer"), ("debit", "Direct debit"), ("card", "Card"), ("cheque", "Cheque")];

fn method_words(method: &str) -> &str {
    match METHODS.iter().find(|(key, _)| *key == method) {
        Some((_, label)) => label,
        None if method == "credit_note" => "Credit note",
        None => method,
    }
}

/// Money to be recorded.
pub(super) struct Received<'a> {
    pub company: CompanyId,
    pub on: chrono::NaiveDate,
    pub amount: Money,
    pub method: &'a str,
    pub reference: &'a str,
    /// Recorded once.
    pub source: String,
}

/// Records a payment and books it: nothing of it is allocated yet.
pub(super) async fn receive(ctx: &Ctx, tx: &Tx, money: Received<'_>) -> Result<Payment> {
    let payment = Payment {
        id: ctx.id(),
        company: money.company,
        received_on: money.on,
        amount: money.amount,
        left: money.amount,
        method: money.method.to_owned(),
        reference: money.reference.to_owned(),
        source: money.source,
        recorded_by: ctx.caller.actor.name(),
        at: ctx.now,
        reversed_on: None,
        note: String::new(),
    };
    payments::record(tx, &payment).await?;
    let about = booked_of(&payment, format!("payment:{}", payment.id), money.on, "Payment");
    book(ctx, tx, journal::received(payment.amount), about).await?;
    Ok(payment)
}

fn booked_of<'a>(payment: &Payment, source: String, on: chrono::NaiveDate, description: &'a str) -> Booked<'a> {
    Booked { company: payment.company, source, on, period: None, document: payment.id.to_string(), description }
}

/// Days back that a payment is recorded for: what is older is a slip.
const OLDEST: u64 = 731;

/// What is ticked where a payment is more than is owed.
const OVER: &str = "What is more stays on account";

/// Records a payment of an invoice. What it is more than the invoice settles what else is open or stays on account,
/// where that is asked for; otherwise it is refused.
pub static RECORD: Kind = Kind {
    name: "payment.record",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| Box::pin(record(ctx, entries)),
};

async fn record(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let today = london_date(ctx.now);
    let mut wrong = Wrong::default();
    let amount = wrong.of(entries.amount("amount"))?;
    let on = wrong.of(entries.day("received_on"))?.unwrap_or(today);
    let reference = wrong.of(entries.words("reference", 80))?;
    if amount == Money::ZERO && !entries.text("amount").is_empty() {
        wrong.of::<()>(Err(Error::field("amount", "enter more than £0")))?;
    }
    if on > today {
        wrong.of::<()>(Err(Error::field("received_on", "money that is still to come cannot be recorded")))?;
    }
    if on < today - Days::new(OLDEST) {
        wrong.of::<()>(Err(Error::field("received_on", "this is more than two years ago: check the year")))?;
    }
    let method = entries.text("method");
    if !METHODS.iter().any(|(key, _)| *key == method) {
        wrong.of::<()>(Err(Error::field("method", "choose how it was paid")))?;
    }
    wrong.told()?;
    let invoice = find(ctx, entries.text("id")).await?;
    if invoice.number.is_none() || !invoice.kind.is_owed() {
        return Err(Error::refused(ErrorKind::Conflict, "Only an issued invoice can be paid."));
    }
    let tx = ctx.begin().await?;
    // The same form sent twice has one effect.
    let once = entries.text("once");
    let source = if once.is_empty() { format!("typed:{}", ctx.id::<PaymentId>()) } else { format!("form:{once}") };
    let money = Received { company: invoice.company, on, amount, method, reference: &reference, source };
    // Documents are held before the books are: whoever issues a credit note holds them in the same order.
    let open = open_documents(ctx, &tx, &invoice, entries.is("others")).await?;
    let payment = receive(ctx, &tx, money).await.map_err(twice)?;
    let taken = allocations::spread(ctx, &tx, &payment, &open).await?;
    let used = Money::sum(taken.iter().map(|t| t.1)).unwrap_or_default();
    let left = Money::from_pence(amount.pence() - used.pence());
    // A slip of a digit must not become a client's credit: what is more than owed is meant, or it is not taken.
    if left > Money::ZERO && !entries.is("others") && !entries.is("over") {
        let words = format!("this is {left} more than is open: correct it, or tick “{OVER}”");
        return Err(Error::field("amount", words));
    }
    let details = json!({ "number": invoice.number, "amount": amount, "allocated": used });
    tx.commit(ctx.audit(Some(invoice.company), "payment.recorded", "payment", payment.id, details)).await?;
    Ok(Done::said(match left {
        Money::ZERO => format!("{amount} recorded."),
        left => format!("{amount} recorded; {left} of it stands on account."),
    }))
}

/// The document that is paid and, where wanted, the company's others: each held before what is open of it is read, in the
/// order of their ids, so that two clerks do not wait for one another.
async fn open_documents(ctx: &Ctx, tx: &Tx, invoice: &Invoice, others: bool) -> Result<Vec<Invoice>> {
    let mut ids = vec![invoice.id];
    if others {
        ids.extend(
            invoices::open_of(tx, invoice.company).await?.into_iter().map(|i| i.id).filter(|id| *id != invoice.id),
        );
    }
    let mut ordered = ids.clone();
    ordered.sort_unstable();
    for id in ordered {
        invoices::hold(tx, id).await?;
    }
    let mut open = Vec::with_capacity(ids.len());
    for id in ids {
        open.push(invoices::find(tx, ctx.caller.reach, id).await?);
    }
    Ok(open)
}

fn twice(error: Error) -> Error {
    match error {
        Error::Refused(app) if app.kind == ErrorKind::Conflict => Error::refused(
            ErrorKind::Conflict,
            "This payment is recorded already: load the page again to record another.",
        ),
        other => other,
    }
}

/// Settles a document by what is left of a payment.
pub static ALLOCATE: Kind = Kind {
    name: "payment.allocate",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let tx = ctx.begin().await?;
            let payment = held(ctx, &tx, entries.id("id")?).await?;
            let document = invoices::find(&tx, ctx.caller.reach, entries.id("document")?).await?;
            if document.company != payment.company {
                return Err(StoreError::NotFound.into());
            }
            let amount = match entries.pounds("amount")? {
                Some(amount) => amount,
                None => payment.left.min(document.open),
            };
            settlement::check(amount, payment.left, document.open)
                .map_err(|e| Error::field("amount", sentence(&e.to_string())))?;
            allocations::settle(ctx, &tx, &payment, document.id, amount).await?;
            let details = json!({ "number": document.number, "amount": amount });
            tx.commit(ctx.audit(Some(payment.company), "payment.allocated", "payment", payment.id, details)).await?;
            Ok(Done::said(format!("{amount} allocated to {}.", name_of(&document))))
        })
    },
};

/// Takes an allocation back: the document is owed again, and the money stands on account.
pub static RELEASE: Kind = Kind {
    name: "payment.release",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let tx = ctx.begin().await?;
            let payment = held(ctx, &tx, entries.id("id")?).await?;
            let back = released(ctx, &tx, &payment).await?;
            if back == Money::ZERO {
                return Err(Error::refused(ErrorKind::Conflict, "Nothing of this payment is allocated."));
            }
            let details = json!({ "amount": back });
            tx.commit(ctx.audit(Some(payment.company), "payment.released", "payment", payment.id, details)).await?;
            Ok(Done::said(format!("{back} stand on account again.")))
        })
    },
};

/// A payment, held before what became of it is read.
async fn held(ctx: &Ctx, tx: &Tx, id: PaymentId) -> Result<Payment> {
    payments::hold(tx, id).await?;
    Ok(payments::find(tx, ctx.caller.reach, id).await?)
}

/// Takes back all that a payment settles; how much that was.
async fn released(ctx: &Ctx, tx: &Tx, payment: &Payment) -> Result<Money> {
    let mut sums: std::collections::BTreeMap<_, i64> = std::collections::BTreeMap::new();
    for allocation in payments::of_source(tx, &payment.id.to_string()).await? {
        *sums.entry(allocation.document).or_default() += allocation.amount.pence();
    }
    // Ordered by their ids, as every act holds several.
    for document in sums.keys() {
        invoices::hold(tx, *document).await?;
    }
    let mut back = 0;
    for (document, pence) in sums.into_iter().filter(|(_, pence)| *pence > 0) {
        allocations::settle(ctx, tx, payment, document, Money::from_pence(-pence)).await?;
        back += pence;
    }
    Ok(Money::from_pence(back))
}

/// Sends what is left of a payment back to the company.
pub static REFUND: Kind = Kind {
    name: "payment.refund",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let tx = ctx.begin().await?;
            let payment = held(ctx, &tx, entries.id("id")?).await?;
            let amount = entries.amount("amount")?;
            settlement::check(amount, payment.left, payment.left)
                .map_err(|e| Error::field("amount", sentence(&e.to_string())))?;
            payments::take(&tx, payment.id, amount).await?;
            // The same form sent twice has one effect.
            let source = match entries.text("once") {
                "" => format!("refund:{}", ctx.id::<PaymentId>()),
                once => format!("refund:{}:{once}", payment.id),
            };
            let about = booked_of(&payment, source, london_date(ctx.now), "Refund");
            book(ctx, &tx, journal::refunded(amount), about).await.map_err(twice)?;
            let details = json!({ "amount": amount });
            tx.commit(ctx.audit(Some(payment.company), "payment.refunded", "payment", payment.id, details)).await?;
            Ok(Done::said(format!("{amount} noted as refunded: send it from the bank.")))
        })
    },
};

/// Notes that a payment did not hold: everything that it settled is owed again.
pub static REVERSE: Kind = Kind {
    name: "payment.reverse",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let reason = entries.needed("reason", 200, "say why, such as: returned by the bank")?;
            let tx = ctx.begin().await?;
            let payment = held(ctx, &tx, entries.id("id")?).await?;
            if payment.method == "credit_note" {
                return Err(Error::refused(ErrorKind::Conflict, "A credit note is no payment: it cannot be reversed."));
            }
            if payment.reversed_on.is_some() {
                return Err(Error::refused(ErrorKind::Conflict, "This payment is reversed already."));
            }
            released(ctx, &tx, &payment).await?;
            let payment = payments::find(&tx, ctx.caller.reach, payment.id).await?;
            if payment.left != payment.amount {
                return Err(Error::refused(
                    ErrorKind::Conflict,
                    "Part of it was refunded: it cannot be reversed as a whole.",
                ));
            }
            let today = london_date(ctx.now);
            payments::reverse(&tx, payment.id, today, &reason).await?;
            let about = booked_of(&payment, format!("reversal:{}", payment.id), today, "Reversal");
            book(ctx, &tx, journal::reversed(payment.amount), about).await?;
            let details = json!({ "amount": payment.amount, "reason": reason });
            tx.commit(ctx.audit(Some(payment.company), "payment.reversed", "payment", payment.id, details)).await?;
            Ok(Done::said(format!("{} reversed: what it settled is owed again.", payment.amount)))
        })
    },
};
