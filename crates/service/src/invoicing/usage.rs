//! Usage by company and month (stories 53, 56, 77).

use std::collections::BTreeMap;

use billing::Month;
use contract::billing::UsageView;
use contract::table::{Cell, Table};
use domain::policy::Permission;
use store::companies;
use store::figures::{self, Measure};

use crate::{Ctx, Error, Result};
use chart::bars;

/// `month`: `2026-10`, or empty for the current one.
pub async fn view(ctx: &Ctx, month: &str) -> Result<UsageView> {
    ctx.require(Permission::ReadUsage)?;
    let month = match month {
        "" => Month::at(ctx.now),
        text => text.parse().map_err(|e| Error::field("month", e))?,
    };
    let (first, last, reach) = (month.first_day(), month.last_day(), ctx.caller.reach);
    let of_companies = figures::by_company(ctx.store(), reach, Measure::Predicted, first, last).await?;
    let mut by_company = Table::new(
        "By company",
        &["Company", "#Predictions", "#Charged", "#Free", "#By form", "#By file", "#By API"],
        "No company yet.",
    );
    for company in companies::list(ctx.store(), ctx.caller.reach).await?.into_iter().filter(|c| !c.operator) {
        let own: Vec<_> = of_companies.iter().filter(|s| s.of == company.id).collect();
        let sum =
            |fits: &dyn Fn(&str) -> bool| -> i64 { own.iter().filter(|s| fits(&s.label)).map(|s| s.number).sum() };
        let (all, charged) = (sum(&|_| true), sum(&|label| label.ends_with("|charged")));
        let channel = |name: &str| Cell::Number(sum(&|label| label.split('|').next() == Some(name)));
        by_company.row(vec![
            Cell::Text(company.name),
            Cell::Number(all),
            Cell::Number(charged),
            Cell::Number(all - charged),
            channel("form"),
            channel("file"),
            channel("api"),
        ]);
    }
    let mut days: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    let mut day = month.first_day();
    while day <= month.last_day() {
        days.insert(day, (0, 0));
        day = day.succ_opt().unwrap_or(month.next().first_day());
    }
    for sum in figures::by_day(ctx.store(), reach, Measure::Predicted, first, last).await? {
        let counts = days.entry(sum.of).or_default();
        counts.0 += sum.number;
        counts.1 += if sum.label.ends_with("|charged") { sum.number } else { 0 };
    }
    let mut by_day = Table::new("By day", &["Day", "#Predictions", "#Charged"], "No use in this month.");
    for (day, (all, charged)) in &days {
        by_day.row(vec![Cell::Date(*day), Cell::Number(*all), Cell::Number(*charged)]);
    }
    let heights: Vec<_> = days.iter().map(|(d, c)| (d.format("%-d").to_string(), c.0 as f64)).collect();
    Ok(UsageView {
        by_day_svg: bars::draw(&format!("Predictions a day in {}", month.words()), &heights, |v| format!("{v:.0}")),
        month: month.to_string(),
        months: months(ctx).await?.iter().map(ToString::to_string).collect(),
        by_company,
        by_day,
    })
}

/// The months from the first use to now, newest first.
pub(super) async fn months(ctx: &Ctx) -> Result<Vec<Month>> {
    let mut month = Month::at(ctx.now);
    let first = figures::first_day(ctx.store(), ctx.caller.reach, Measure::Predicted).await?.map_or(month, Month::of);
    let mut months = vec![month];
    while month > first {
        month = month.previous();
        months.push(month);
    }
    Ok(months)
}
