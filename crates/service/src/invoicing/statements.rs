//! Aged debtors as at a day, and a company's statement of account, both of the journal (story 60).

use std::collections::BTreeMap;

use billing::aging::{self, Aged};
use billing::journal::EntryKind;
use chrono::{Months, NaiveDate};
use contract::page::{Asks, Filter, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::calendar::london_date;
use domain::id::CompanyId;
use domain::policy::Permission;
use store::{companies, invoices, journal, payments};

use super::dunning;
use crate::names::Names;
use crate::reports::Query;
use crate::reports::parts::{filter, unnamed};
use crate::{Ctx, Error, Result, id_from};

/// Lines of a statement at most: choose a shorter time for more.
const MOST: u64 = 2_000;

fn day_filter(query: &Query, name: &str, label: &str, otherwise: NaiveDate) -> Filter {
    let mut day = filter(query, name, label, Asks::Date);
    if day.value.is_empty() {
        day.value = otherwise.to_string();
    }
    day
}

pub(crate) fn debtors_filters(ctx: &Ctx, query: &Query) -> Vec<Filter> {
    vec![day_filter(query, "at", "As at the end of", london_date(ctx.now))]
}

/// The page of aged debtors.
pub(crate) async fn debtors(ctx: &Ctx, query: &Query) -> Result<Report> {
    let day = query.day("at")?.unwrap_or_else(|| london_date(ctx.now));
    let mut aged: BTreeMap<CompanyId, Aged> = BTreeMap::new();
    for (company, due, open) in invoices::open_at(ctx.store(), ctx.caller.reach, day).await? {
        aged.entry(company).or_default().add(open, due, day);
    }
    for (company, left) in payments::left_at(ctx.store(), ctx.caller.reach, day).await? {
        if left != Money::ZERO {
            aged.entry(company).or_default().unallocated = left;
        }
    }
    let names = Names::of(ctx, aged.keys().map(ToString::to_string).collect::<Vec<_>>()).await?;
    let columns =
        ["Company", "#Not due", "#1 to 30 days", "#31 to 60", "#61 to 90", "#Over 90", "#On account", "#Owed"];
    let mut table = Table::new("Aged debtors", &columns, "Nobody owes anything.");
    let mut total = 0i64;
    for (company, of) in &aged {
        total = total.saturating_add(of.total().pence());
        table.row(vec![
            Cell::link(names.company(*company), format!("/statements/{company}?to={day}")),
            Cell::Money(of.not_due),
            Cell::Money(of.to_30),
            Cell::Money(of.to_60),
            Cell::Money(of.to_90),
            Cell::Money(of.over_90),
            Cell::Money(of.unallocated),
            Cell::Money(of.total()),
        ]);
    }
    if aged.len() > 1 {
        let sum = |part: fn(&Aged) -> Money| Cell::Money(Money::sum(aged.values().map(part)).unwrap_or_default());
        table.row(vec![
            Cell::text("Together"),
            sum(|of| of.not_due),
            sum(|of| of.to_30),
            sum(|of| of.to_60),
            sum(|of| of.to_90),
            sum(|of| of.over_90),
            sum(|of| of.unallocated),
            Cell::Money(Money::from_pence(total)),
        ]);
    }
    let words = format!("{} are owed as at {}.", Money::from_pence(total), day.format("%-d %B %Y"));
    let mut parts = vec![Part::Notice(Tone::Plain, words), Part::Table(table)];
    if ctx.caller.holds(Permission::ManagePrices) {
        parts.push(dunning::form(ctx).await?);
    }
    Ok(Report { parts, actions: vec![("Invoices".into(), "/invoices?standing=overdue".into())], ..Report::default() })
}

/// The last three months where no time is asked for.
fn time(ctx: &Ctx, query: &Query) -> Result<(NaiveDate, NaiveDate)> {
    let to = query.day("to")?.unwrap_or_else(|| london_date(ctx.now));
    let otherwise = to.checked_sub_months(Months::new(3)).unwrap_or(to);
    let from = query.day("from")?.unwrap_or(otherwise);
    if to < from {
        return Err(Error::field("to", "choose an end after the start"));
    }
    Ok((from, to))
}

pub(crate) fn statement_filters(ctx: &Ctx, query: &Query) -> Vec<Filter> {
    let today = london_date(ctx.now);
    let from = today.checked_sub_months(Months::new(3)).unwrap_or(today);
    vec![day_filter(query, "from", "From", from), day_filter(query, "to", "Until", today)]
}

/// The page of a company's statement.
pub(crate) async fn statement(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        return Ok(unnamed("Choose a company.", "Contracts", "/contracts"));
    }
    let company = companies::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    let (from, to) = time(ctx, query)?;
    let opening = journal::owed_before(ctx.store(), company.id, from).await?;
    let moved = journal::moved(ctx.store(), company.id, (from, to), MOST + 1).await?;
    let cut = moved.len() as u64 > MOST;
    let rows = moved.into_iter().take(MOST as usize).map(|m| (m.on, m.clone(), m.amount)).collect();
    let too_large = || Error::internal("a statement is too large");
    let (rows, _) = aging::statement(opening, rows).ok_or_else(too_large)?;
    // Of the journal itself, also where not every line is shown.
    let closing = journal::owed_before(ctx.store(), company.id, to.succ_opt().unwrap_or(to)).await?;
    let columns = ["Date", "What", "#Charged", "#Paid or credited", "#Balance"];
    let mut table = Table::new("Statement of account", &columns, "Nothing in this time.");
    let say = |words: &str, on: NaiveDate, balance| {
        vec![Cell::Date(on.into()), Cell::text(words), Cell::Empty, Cell::Empty, Cell::Money(balance)]
    };
    table.row(say("Opening balance", from, opening));
    for row in rows {
        let words =
            if row.what.kind == EntryKind::Payment { "Payment".to_owned() } else { row.what.description.clone() };
        let what = match row.what.document.starts_with("inv_") {
            true => Cell::link(words, format!("/invoices/{}", row.what.document)),
            false => Cell::Text(words),
        };
        let (charged, paid) = match row.amount {
            amount if amount > Money::ZERO => (Cell::Money(amount), Cell::Empty),
            amount => (Cell::Empty, Cell::Money(Money::from_pence(-amount.pence()))),
        };
        table.row(vec![Cell::Date(row.on.into()), what, charged, paid, Cell::Money(row.balance)]);
    }
    table.row(say("Closing balance", to, closing));
    let mut parts = vec![Part::Table(table)];
    if cut {
        parts.insert(
            0,
            Part::Notice(Tone::Notice, format!("The first {MOST} lines of this time: choose a shorter one.")),
        );
    }
    Ok(Report {
        title: format!("Statement of {}", company.name),
        lead: "What was charged, paid and credited. Negative balances are in the company’s favour.".into(),
        actions: vec![("Invoices".into(), "/invoices".into())],
        parts,
        ..Report::default()
    })
}
