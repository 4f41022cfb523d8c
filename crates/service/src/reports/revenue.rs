//! Revenue by month and company (story 62), read off the journal.

use std::collections::BTreeMap;

use billing::Month;
use billing::journal::Account;
use chart::bars;
use chrono::{Months, NaiveDate};
use contract::page::{Asks, Chart, Filter, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::id::CompanyId;
use domain::policy::Permission;
use store::journal;

use super::parts::filter;
use super::{Kind, Query};
use crate::names::Names;
use crate::{Ctx, Error, Result};

/// What was invoiced and received in a period.
pub struct Revenue {
    /// Net of VAT.
    pub total: Money,
    pub by_month: Chart,
    pub by_company: Table,
}

pub static KIND: Kind = Kind {
    name: "revenue",
    title: "Revenue",
    lead: "Read off the journal: what was invoiced, its VAT, and what was received.",
    needs: Some(Permission::ReadRevenue),
    filters: |ctx, query| Box::pin(async move { Ok(filters(ctx, query)) }),
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: None,
};

fn filters(ctx: &Ctx, query: &Query) -> Vec<Filter> {
    let (first, last) = last_year(ctx);
    let day = |name: &str, label: &str, otherwise: NaiveDate| {
        let mut day = filter(query, name, label, Asks::Date);
        if day.value.is_empty() {
            day.value = otherwise.to_string();
        }
        day
    };
    vec![day("from", "From", first), day("to", "Until", last)]
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let (from, to) = period(ctx, query)?;
    let revenue = between(ctx, from, to).await?;
    let day = |date: NaiveDate| date.format("%-d %B %Y").to_string();
    let words = format!("Net revenue of {} was invoiced from {} to {}.", revenue.total, day(from), day(to));
    let words = Part::Notice(Tone::Plain, words);
    Ok(KIND.page(vec![words, Part::Table(revenue.by_company), Part::Chart(revenue.by_month)]))
}

/// The period asked for, both days inclusive; the last twelve months where nothing is asked.
fn period(ctx: &Ctx, query: &Query) -> Result<(NaiveDate, NaiveDate)> {
    let (first, today) = last_year(ctx);
    let (from, to) = (query.day("from")?.unwrap_or(first), query.day("to")?.unwrap_or(today));
    if to < from || (to - from).num_days() > 3_700 {
        return Err(Error::field("to", "choose an end after the start, at most ten years later"));
    }
    Ok((from, to))
}

/// From the first day of the month eleven months ago to today.
pub fn last_year(ctx: &Ctx) -> (NaiveDate, NaiveDate) {
    let today = domain::calendar::london_date(ctx.now);
    (Month::of(today).first_day().checked_sub_months(Months::new(11)).unwrap_or(today), today)
}

/// Both days inclusive. The caller has asked for the permission.
pub async fn between(ctx: &Ctx, from: NaiveDate, to: NaiveDate) -> Result<Revenue> {
    let sums = journal::sums(ctx.store(), ctx.caller.reach, from, to).await?;
    let names = Names::of(ctx, sums.iter().map(|sum| sum.company.to_string())).await?;
    let mut months: BTreeMap<Month, [i64; 3]> = BTreeMap::new();
    let mut month = Month::of(from);
    while month <= Month::of(to) {
        months.insert(month, [0; 3]);
        month = month.next();
    }
    let mut companies: BTreeMap<(String, CompanyId), [i64; 3]> = BTreeMap::new();
    for sum in &sums {
        // Revenue and VAT are credits, which the journal keeps negative.
        let (column, pence) = match sum.account {
            Account::Revenue => (0, -sum.amount.pence()),
            Account::OutputVat => (1, -sum.amount.pence()),
            Account::Bank => (2, sum.amount.pence()),
            Account::Debtors | Account::OnAccount | Account::BadDebt | Account::LateCharges => continue,
        };
        months.entry(sum.month).or_default()[column] += pence;
        companies.entry((names.company(sum.company), sum.company)).or_default()[column] += pence;
    }
    let columns = |first: &'static str| [first, "#Revenue (net)", "#VAT", "#Received"];
    let money = |sums: &[i64; 3]| sums.map(|p| Cell::Money(Money::from_pence(p))).to_vec();
    let mut by_month = Table::new("By month of issue", &columns("Month"), "Nothing in this period.");
    for (month, sums) in &months {
        // Down to the documents of which it is made.
        let (first, last) = (month.first_day().max(from), month.last_day().min(to));
        let link = Cell::link(month.words(), format!("/invoices?from={first}&to={last}"));
        by_month.row([vec![link], money(sums)].concat());
    }
    let mut by_company = Table::new("By company", &columns("Company"), "Nothing in this period.");
    for ((name, company), sums) in &companies {
        let link = Cell::link(name, format!("/invoices?company={company}&from={from}&to={to}"));
        by_company.row([vec![link], money(sums)].concat());
    }
    let total = Money::from_pence(months.values().map(|s| s[0]).sum());
    let heights: Vec<_> =
        months.iter().map(|(m, s)| (m.first_day().format("%b %y").to_string(), s[0] as f64 / 100.0)).collect();
    let title = "Net revenue by month of issue";
    let svg = bars::draw(title, &heights, |v| format!("£{v:.0}"));
    Ok(Revenue {
        total,
        by_month: Chart { title: title.into(), hint: String::new(), svg, table: by_month },
        by_company,
    })
}
