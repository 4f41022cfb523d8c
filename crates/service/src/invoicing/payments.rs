//! Money that comes in (story 59): recorded, allocated to documents, refunded, reversed; debts given up; disputes.

use billing::{journal, settlement};
use contract::ErrorKind;
use contract::page::{Asks, Filter, Form, Input, Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{CompanyId, PaymentId};
use domain::policy::{Permission, Reach};
use serde_json::json;
use store::audit::AuditEvent;
use store::invoices::{self, Invoice, Settles};
use store::payments::{self, Payment};
use store::{StoreError, Tx, companies};

use super::allocations;
use super::invoices::{find, name_of};
use super::ledger::{Booked, book};
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::names::Names;
use crate::reports::parts::{any, unnamed};
use crate::reports::{Cursor, Query};
use crate::{Ctx, Error, Result, id_from};

const PER_PAGE: u64 = 50;

/// From what a debt that is given up is settled.
const WRITTEN_OFF: &str = "write_off";

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

/// Records a payment of an invoice: what it is more than the invoice settles what else is open, and stays on account.
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
    let details = json!({ "number": invoice.number, "amount": amount, "allocated": used });
    tx.commit(ctx.audit(Some(invoice.company), "payment.recorded", "payment", payment.id, details)).await?;
    let left = Money::from_pence(amount.pence() - used.pence());
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
                return Ok(Done::said(format!("Above {ALONE} a colleague confirms it: they find it on this page.")));
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
const ALONE: Money = Money::from_pounds(250);

/// What is larger takes two: the first one's word is kept, and its audit event given back; the second one's goes on.
async fn second_word(ctx: &Ctx, tx: &Tx, invoice: &Invoice, reason: &str) -> Result<Option<AuditEvent>> {
    let me = ctx.caller.actor.name();
    if invoice.open <= ALONE || invoice.given_up_by.as_ref().is_some_and(|by| *by != me) {
        return Ok(None);
    }
    if invoice.given_up_by.is_some() {
        return Err(Error::refused(ErrorKind::Conflict, "You asked for it: a colleague confirms it."));
    }
    invoices::ask_to_give_up(tx, invoice.id, &me, reason).await?;
    let details = json!({ "number": invoice.number, "amount": invoice.open, "reason": reason });
    Ok(Some(ctx.audit(Some(invoice.company), "invoice.give_up_asked", "invoice", invoice.id, details)))
}

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

/// What was paid and credited of a document, and what corrects it.
pub(super) async fn of_document(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
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
            let standing = super::invoices::standing(ctx, note);
            table.row(vec![link, Cell::text(note.kind.label()), Cell::Money(note.totals.gross), standing]);
        }
        parts.push(Part::Table(table));
    }
    Ok(parts)
}

/// What may be done about money of an issued document.
pub(super) async fn forms(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
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
        parts.push(Part::Form(Form {
            act: WRITE_OFF.name.into(),
            id: "w".into(),
            title: "Write it off".into(),
            lead: match &invoice.given_up_by {
                Some(_) => format!("A colleague asked that {} are given up: {}", invoice.open, invoice.given_up_why),
                None => format!(
                    "{} are given up; above {ALONE} a colleague confirms it. VAT on a bad debt is claimed back six months after it was due.",
                    invoice.open
                ),
            },
            with,
            inputs: vec![Input::new("reason", "Why", Asks::Words).value(invoice.given_up_why.clone()).required()],
            submit: "Write it off".into(),
            folded: invoice.given_up_by.is_none(),
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

pub(crate) async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    let choices = all.into_iter().filter(|c| !c.operator).map(|c| (c.id.to_string(), c.name));
    let left = crate::reports::parts::only(query, "left", "With money left");
    Ok(vec![any(query, "company", "Company", choices), left])
}

async fn listed(ctx: &Ctx, query: &Query, number: u64) -> Result<(Table, u64)> {
    let company = match query.text("company") {
        "" => None,
        id => Some(id_from(id)?),
    };
    let left = query.text("left") == "true";
    let (all, total) = payments::page(ctx.store(), ctx.caller.reach, company, left, number, PER_PAGE).await?;
    let names = Names::of(ctx, all.iter().map(|p| p.company.to_string()).collect::<Vec<_>>()).await?;
    let columns = ["Payment", "Company", "#Amount", "#Left", "How", "Reference", "Standing"];
    let mut table = Table::new("Payments", &columns, "No payment yet.");
    for payment in all {
        let date = payment.received_on.format("%-d %b %Y").to_string();
        table.row(vec![
            Cell::link(date, format!("/payments/{}", payment.id)),
            Cell::Text(names.company(payment.company)),
            Cell::Money(payment.amount),
            Cell::Money(payment.left),
            Cell::text(method_words(&payment.method)),
            Cell::text(&payment.reference),
            standing(&payment),
        ]);
    }
    Ok((table, total))
}

fn standing(payment: &Payment) -> Cell {
    let (words, tone) = match payment {
        p if p.reversed_on.is_some() => ("Reversed", Tone::Bad),
        p if p.left == Money::ZERO => ("Allocated", Tone::Good),
        p if p.left == p.amount => ("On account", Tone::Notice),
        _ => ("Part allocated", Tone::Notice),
    };
    Cell::Badge(words.into(), tone)
}

/// The page of all payments.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let number = query.page();
    let (table, total) = listed(ctx, query, number).await?;
    let list = Page { table, total, page: number, pages: pages(total, PER_PAGE) };
    Ok(Report {
        parts: vec![Part::List(list)],
        actions: vec![("Bank file".into(), "/bank".into())],
        ..Report::default()
    })
}

pub(crate) async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    ctx.require(Permission::RecordPayments)?;
    let number = Cursor::page(after);
    let (table, _) = listed(ctx, query, number).await?;
    let next = table.rows.len() as u64 == PER_PAGE;
    Ok((table, next.then_some(Cursor::Page(number + 1))))
}

/// The page of one payment.
pub(crate) async fn one(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        return Ok(unnamed("Choose a payment.", "Payments", "/payments"));
    }
    let payment = payments::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    let company = companies::find(ctx.store(), Reach::Operator, payment.company).await?;
    let mut table = Table::new("What it settled", &["On", "Document", "#Amount"], "Nothing yet.");
    for allocation in payments::of_source(ctx.store(), &payment.id.to_string()).await? {
        let document = invoices::find(ctx.store(), ctx.caller.reach, allocation.document).await?;
        let link = Cell::link(name_of(&document), format!("/invoices/{}", document.id));
        table.row(vec![Cell::Date(allocation.on.into()), link, Cell::Money(allocation.amount)]);
    }
    let mut parts = Vec::new();
    if let Some(on) = payment.reversed_on {
        parts.push(Part::Notice(Tone::Bad, format!("Reversed on {}: {}", on.format("%-d %B %Y"), payment.note)));
    }
    let left = payment.left;
    let allocated =
        payments::of_source(ctx.store(), &payment.id.to_string()).await?.iter().any(|a| a.amount > Money::ZERO);
    parts.push(Part::Table(table));
    let with = vec![("id".to_owned(), payment.id.to_string()), ("once".to_owned(), ctx.id::<PaymentId>().to_string())];
    let form = |act: &Kind, id: &str, title: &str, lead: String, inputs: Vec<Input>| {
        Part::Form(Form {
            act: act.name.into(),
            id: id.into(),
            title: title.into(),
            lead,
            with: with.clone(),
            inputs,
            submit: title.into(),
            folded: true,
            ..Form::default()
        })
    };
    if payment.reversed_on.is_none() && left < payment.amount && allocated {
        parts.push(form(
            &RELEASE,
            "l",
            "Take the allocations back",
            "What it settled is owed again; the money stands on account.".into(),
            Vec::new(),
        ));
    }
    if left > Money::ZERO {
        let amount = Input::new("amount", "Amount", Asks::Pounds).value(left.plain()).required();
        parts.push(form(
            &REFUND,
            "f",
            "Refund",
            format!("{left} are left. The bank transfer itself is made at the bank."),
            vec![amount],
        ));
    }
    if payment.reversed_on.is_none() && payment.method != "credit_note" {
        let reason = Input::new("reason", "Why", Asks::Words).required();
        parts.push(form(
            &REVERSE,
            "v",
            "Reverse",
            "It did not hold: everything that it settled is owed again.".into(),
            vec![reason],
        ));
    }
    Ok(Report {
        title: format!("{} of {}", payment.amount, payment.received_on.format("%-d %B %Y")),
        lead: format!("{}, {}, {left} left", company.name, method_words(&payment.method).to_lowercase()),
        actions: vec![("Payments".into(), "/payments".into())],
        parts,
        ..Report::default()
    })
}
