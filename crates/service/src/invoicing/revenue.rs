//! Revenue by month and company (story 62), read off the journal.

use std::collections::BTreeMap;

use billing::Month;
use billing::journal::Account;
use chrono::Months;
use contract::billing::RevenueView;
use contract::table::{Cell, Table};
use domain::Money;
use domain::policy::Permission;
use store::invoices;

use crate::input::day;
use crate::names::Names;
use crate::{Ctx, Error, Result};
use chart::bars;

/// `from`, `to`: ISO dates, both inclusive; empty for the last twelve months.
pub async fn view(ctx: &Ctx, from: &str, to: &str) -> Result<RevenueView> {
    ctx.require(Permission::ReadRevenue)?;
    let today = domain::calendar::london_date(ctx.now);
    let year_ago = Month::of(today).first_day().checked_sub_months(Months::new(11)).unwrap_or(today);
    let (from, to) = (day("from", from)?.unwrap_or(year_ago), day("to", to)?.unwrap_or(today));
    if to < from || (to - from).num_days() > 3_700 {
        return Err(Error::field("to", "choose an end after the start, at most ten years later"));
    }
    let journal = invoices::journal(ctx.store(), ctx.caller.reach, from, to).await?;
    let names = Names::of(ctx, journal.iter().map(|row| row.1.to_string())).await?;
    let mut months: BTreeMap<Month, [i64; 3]> = BTreeMap::new();
    let mut month = Month::of(from);
    while month <= Month::of(to) {
        months.insert(month, [0; 3]);
        month = month.next();
    }
    let mut companies: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for (_, company, account, amount, on) in &journal {
        // Revenue and VAT are credits, which the journal keeps negative.
        let (column, pence) = match account {
            Account::Revenue => (0, -amount.pence()),
            Account::OutputVat => (1, -amount.pence()),
            Account::Bank => (2, amount.pence()),
            Account::Debtors => continue,
        };
        months.entry(Month::of(*on)).or_default()[column] += pence;
        companies.entry(names.company(*company)).or_default()[column] += pence;
    }
    let money = |sums: &[i64; 3]| sums.map(|p| Cell::Money(Money::from_pence(p))).to_vec();
    let mut by_month =
        Table::new("By month of issue", &["Month", "#Revenue (net)", "#VAT", "#Received"], "Nothing in this period.");
    for (month, sums) in &months {
        by_month.row([vec![Cell::Text(month.words())], money(sums)].concat());
    }
    let mut by_company =
        Table::new("By company", &["Company", "#Revenue (net)", "#VAT", "#Received"], "Nothing in this period.");
    for (company, sums) in &companies {
        by_company.row([vec![Cell::text(company)], money(sums)].concat());
    }
    let total = Money::from_pence(months.values().map(|s| s[0]).sum());
    let heights: Vec<_> =
        months.iter().map(|(m, s)| (m.first_day().format("%b %y").to_string(), s[0] as f64 / 100.0)).collect();
    Ok(RevenueView {
        words: format!(
            "Net revenue of {total} was invoiced from {} to {}.",
            from.format("%-d %B %Y"),
            to.format("%-d %B %Y")
        ),
        by_month_svg: bars::draw("Net revenue by month", &heights, |v| format!("£{v:.0}")),
        from: from.to_string(),
        to: to.to_string(),
        by_month,
        by_company,
        total,
    })
}
