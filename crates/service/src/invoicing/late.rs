//! Statutory interest and the fixed sum on what is paid late, as a document of its own (story 60). Nothing charges it by
//! itself: somebody decides to, on the invoice's page, and a colleague approves it as every document.

use std::collections::BTreeMap;

use billing::document::{self, DocumentKind, Status};
use billing::interest::{self, BaseRate, Interest};
use billing::{Component, ComponentKind, Rate, Span, Tax, TaxCategory};
use chrono::{Days, NaiveDate};
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::id::InvoiceId;
use domain::policy::Permission;
use serde_json::json;
use store::base_rates::{self, Kept};
use store::invoices::{self, Invoice, Line, New};
use store::{Handle, Reach, payments};

use super::invoices::{find, name_of};
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::names::Names;
use crate::{Ctx, Error, Result};

/// Drafts the charge for an overdue invoice.
pub static CHARGE: Kind = Kind {
    name: "invoice.charge_late",
    needs: Some(Permission::PrepareInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            let id = charge(ctx, entries).await?;
            Ok(Done::said("The charge is drafted: send it for review.").leads_to(format!("/invoices/{id}")))
        })
    },
};

/// Notes the Bank of England's base rate from a date on.
pub static RATE: Kind = Kind {
    name: "base_rate.add",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let mut wrong = Wrong::default();
            let rate = Rate::parse(entries.text("rate")).map_err(|e| Error::field("rate", sentence(&e.to_string())));
            let rate = wrong.of(rate)?;
            let from = wrong.of(entries.day("from"))?;
            wrong.missing(entries, "from", "give the day on which it began");
            wrong.told()?;
            let Some(from) = from else { return Err(Error::field("from", "give the day on which it began")) };
            let rate = BaseRate { from, basis_points: rate.basis_points() };
            let new = Kept { id: ctx.id(), rate, set_by: ctx.caller.actor.name(), set_at: ctx.now };
            let tx = ctx.begin().await?;
            base_rates::add(&tx, &new).await?;
            let details = json!({ "basis_points": rate.basis_points, "from": from });
            tx.commit(ctx.audit(ctx.caller.company, "base_rate.added", "base_rate", new.id, details)).await?;
            Ok(Done::said("Noted."))
        })
    },
};

/// What is due for an invoice's lateness and was not charged before.
struct Reckoned {
    /// The days on which interest ran.
    span: Span,
    interest: Interest,
    fixed: Money,
}

impl Reckoned {
    fn sum(&self) -> Money {
        self.interest.amount.checked_add(self.fixed).unwrap_or_default()
    }
}

/// Interest runs from the day after it was due, or from where the last charge ended, up to today; the fixed sum comes once.
async fn reckon(handle: &impl Handle, invoice: &Invoice, today: NaiveDate) -> Result<Option<Reckoned>> {
    let usual = matches!(invoice.kind, DocumentKind::Periodic | DocumentKind::Manual);
    let Some(due) = invoice.due_on.filter(|_| usual && invoice.number.is_some()) else { return Ok(None) };
    // What is given up is not charged for.
    if invoice.open <= Money::ZERO && invoice.against.written_off > Money::ZERO {
        return Ok(None);
    }
    let about = invoices::about(handle, invoice.id).await?;
    let (before, notes): (Vec<Invoice>, Vec<Invoice>) =
        about.into_iter().partition(|d| d.kind == DocumentKind::LateCharge);
    if before.iter().any(|d| d.number.is_none()) {
        return Ok(None);
    }
    let charged: Vec<Component> =
        invoices::lines_of(handle, &before).await?.into_values().flatten().map(|l| l.component).collect();
    let of = |kind| charged.iter().filter(move |part| part.kind == kind);
    let begins = due.checked_add_days(Days::new(1)).unwrap_or(due);
    let from = of(ComponentKind::Interest).map(|part| part.span.until).fold(begins, NaiveDate::max);
    let span = Span::new(from, today);
    // What was credited was never owed, whether it met an open balance or went back to the account.
    let issued = notes.iter().filter(|note| note.kind == DocumentKind::CreditNote && note.number.is_some());
    let credited: i64 = issued.map(|note| note.totals.gross.pence()).sum();
    let debt = Money::from_pence((invoice.totals.gross.pence() - credited).max(0));
    let lowered = lowered(handle, invoice).await?;
    let rates = base_rates::in_force(handle).await?;
    let interest = interest::accrued(debt, &lowered, &rates, span).map_err(|e| {
        Error::refused(ErrorKind::Conflict, format!("{} It is noted under Prices.", sentence(&e.to_string())))
    })?;
    // Once a debt, where it was late at all.
    let late = begins < today && (interest.amount > Money::ZERO || from > begins);
    let fixed =
        if late && of(ComponentKind::FixedSum).next().is_none() { interest::fixed_sum(debt) } else { Money::ZERO };
    let reckoned = Reckoned { span, interest, fixed };
    Ok((reckoned.interest.amount > Money::ZERO).then_some(reckoned))
}

/// What was paid and given up, by its day: of a payment the day on which it came; of one that was taken back, and perhaps put
/// here again, each move counts from its own day, so that no day counts it twice.
async fn lowered(handle: &impl Handle, invoice: &Invoice) -> Result<Vec<(NaiveDate, Money)>> {
    let mut of: BTreeMap<String, Vec<(NaiveDate, Money)>> = BTreeMap::new();
    for allocation in payments::of_document(handle, invoice.id).await? {
        // A credit note's lowers the debt from the beginning.
        if !allocation.from.starts_with("inv_") {
            of.entry(allocation.from).or_default().push((allocation.on, allocation.amount));
        }
    }
    let mut lowered = Vec::new();
    for (from, moves) in of {
        let came = match from.parse() {
            // Some documents have a handful of payments.
            Ok(id) if moves.iter().all(|(_, amount)| *amount > Money::ZERO) => {
                Some(payments::find(handle, Reach::Operator, id).await?.received_on)
            }
            _ => None,
        };
        lowered.extend(moves.into_iter().map(|(on, amount)| (came.unwrap_or(on), amount)));
    }
    Ok(lowered)
}

async fn charge(ctx: &Ctx, entries: &Entries) -> Result<InvoiceId> {
    let invoice = find(ctx, entries.text("id")).await?;
    let today = london_date(ctx.now);
    let tx = ctx.begin().await?;
    // Of two charges at once the second sees the first.
    invoices::hold(&tx, invoice.id).await?;
    let invoice = invoices::find(&tx, ctx.caller.reach, invoice.id).await?;
    if invoice.disputed_at.is_some() {
        return Err(Error::refused(ErrorKind::Conflict, "The invoice is disputed: settle that first."));
    }
    let Some(reckoned) = reckon(&tx, &invoice, today).await? else {
        let words = "Nothing is due for lateness, or a charge waits already: issue or discard that one.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    };
    let parts = components(&invoice, &reckoned)?;
    let tax = Tax { category: TaxCategory::OutOfScope, rate: Rate::ZERO };
    let totals = document::totals(parts.iter().map(|part| (part.net, tax)))
        .map_err(|_| Error::internal("a late charge is too large"))?;
    let lines: Vec<Line> =
        (1..).zip(parts).map(|(position, component)| Line { id: ctx.id(), position, component, tax }).collect();
    let number = invoice.number.clone().unwrap_or_default();
    let new = New {
        id: ctx.id(),
        company: invoice.company,
        kind: DocumentKind::LateCharge,
        status: Status::Draft,
        period: reckoned.span,
        payment_days: invoice.payment_days,
        by: &ctx.caller.actor.name(),
        at: ctx.now,
        totals: &totals,
        corrects: Some(invoice.id),
        reason: "",
        po_number: &invoice.po_number,
    };
    invoices::create(&tx, &new, &lines).await?;
    let details = json!({ "of": number, "interest": reckoned.interest.amount, "fixed_sum": reckoned.fixed });
    tx.commit(ctx.audit(ctx.caller.company, "late_charge.drafted", "invoice", new.id, details)).await?;
    Ok(new.id)
}

fn components(invoice: &Invoice, reckoned: &Reckoned) -> Result<Vec<Component>> {
    let number = invoice.number.clone().unwrap_or_default();
    let once = |kind, net, words: String, steps| -> Result<Component> {
        let part = Component::once(kind, 0, reckoned.span, TaxCategory::OutOfScope, net, words)
            .ok_or_else(|| Error::internal("a late charge is too large"))?;
        Ok(Component { steps, ..part })
    };
    let steps = reckoned.interest.stretches.iter().map(interest::Stretch::words).collect();
    let words = format!("Statutory interest on {number}, {}", reckoned.span.words());
    let mut parts = vec![once(ComponentKind::Interest, reckoned.interest.amount, words, steps)?];
    if reckoned.fixed > Money::ZERO {
        let words = format!("Fixed sum for the late payment of {number} (section 5A of the Act of 1998)");
        parts.push(once(ComponentKind::FixedSum, reckoned.fixed, words, Vec::new())?);
    }
    Ok(parts)
}

/// On an overdue invoice's page: what could be charged for its lateness, and what was.
pub(super) async fn parts(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    if !ctx.caller.holds(Permission::PrepareInvoices) {
        return Ok(parts);
    }
    let charges: Vec<Invoice> = invoices::about(ctx.store(), invoice.id)
        .await?
        .into_iter()
        .filter(|d| d.kind == DocumentKind::LateCharge)
        .collect();
    if !charges.is_empty() {
        let mut table = Table::new("Charges for its lateness", &["Document", "Days", "#Amount"], "None.");
        for charge in &charges {
            table.row(vec![
                Cell::link(name_of(charge), format!("/invoices/{}", charge.id)),
                Cell::Text(charge.period.words()),
                Cell::Money(charge.totals.gross),
            ]);
        }
        parts.push(Part::Table(table));
    }
    // A rate that nobody has noted is told when somebody asks for the charge.
    let lead = match reckon(ctx.store(), invoice, london_date(ctx.now)).await {
        Ok(None) => return Ok(parts),
        Ok(Some(reckoned)) => format!(
            "Until today {} of interest at 8% above the base rate{} would be charged: {}. A colleague approves it; no VAT is due on it.",
            reckoned.interest.amount,
            if reckoned.fixed > Money::ZERO {
                format!(" and the fixed sum of {}", reckoned.fixed)
            } else {
                String::new()
            },
            reckoned.sum(),
        ),
        Err(Error::Refused(refused)) => refused.message,
        Err(other) => return Err(other),
    };
    if invoice.disputed_at.is_none() {
        parts.push(Part::Form(Form {
            act: CHARGE.name.into(),
            id: "lc".into(),
            title: "Charge for late payment".into(),
            lead,
            with: vec![("id".into(), invoice.id.to_string())],
            submit: "Draft the charge".into(),
            folded: true,
            ..Form::default()
        }));
    }
    Ok(parts)
}

/// The base rates on the page of prices.
pub(super) async fn rates(ctx: &Ctx) -> Result<Vec<Part>> {
    let all = base_rates::list(ctx.store()).await?;
    let names = Names::of(ctx, all.iter().map(|r| r.set_by.clone()).collect::<Vec<_>>()).await?;
    let empty = "None: interest on late payment cannot be reckoned.";
    let mut table = Table::new("Base rates of the Bank of England, newest first", &["From", "#Rate", "Set by"], empty);
    for kept in &all {
        let rate = Rate::from_basis_points(kept.rate.basis_points).unwrap_or_default();
        table.row(vec![
            Cell::Date(kept.rate.from.into()),
            Cell::Figure(rate.to_string()),
            Cell::Text(names.actor(&kept.set_by)),
        ]);
    }
    let form = Form {
        act: RATE.name.into(),
        id: "b".into(),
        title: "Note a base rate".into(),
        lead: "Interest of January to June is at the rate of 31 December, of July to December at that of 30 June, and 8% above it (SI 2002/1675). A slip is mended by noting the rate of that day again: the newest counts.".into(),
        inputs: vec![
            Input::new("rate", "Rate in percent", Asks::Pounds).required(),
            Input::new("from", "Since", Asks::Date).required(),
        ],
        submit: "Note the rate".into(),
        folded: true,
        ..Form::default()
    };
    Ok(vec![Part::Table(table), Part::Form(form)])
}
