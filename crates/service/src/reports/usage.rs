//! Usage by company and month (stories 53, 56, 77).

use std::collections::BTreeMap;

use billing::Month;
use chart::bars;
use contract::page::{Asks, Chart, Filter, Part, Report};
use contract::table::{Cell, Table};
use domain::policy::Permission;
use store::companies;
use store::figures::{self, Measure};

use super::parts::filter;
use super::{Kind, Query};
use crate::invoicing::{usage_alerts, used_months};
use crate::{Ctx, Error, Result};

pub static KIND: Kind = Kind {
    name: "usage",
    title: "Usage",
    lead: "Predictions by company and month. The first prediction of a claim is charged, a re-run is free.",
    needs: Some(Permission::ReadUsage),
    filters: |ctx, query| Box::pin(filters(ctx, query)),
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: None,
};

async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let months = used_months(ctx).await?;
    let choices = months.iter().map(|m| (m.to_string(), m.words())).collect();
    let mut by = filter(query, "month", "Month", Asks::Choice(choices));
    if by.value.is_empty() {
        by.value = Month::at(ctx.now).to_string();
    }
    Ok(vec![by])
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let month = match query.text("month") {
        "" => Month::at(ctx.now),
        text => text.parse().map_err(|e| Error::field("month", e))?,
    };
    let mut parts: Vec<Part> = usage_alerts::so_far(ctx).await?.into_iter().collect();
    parts.extend([Part::Table(by_company(ctx, month).await?), Part::Chart(by_day(ctx, month).await?)]);
    Ok(KIND.page(parts))
}

async fn by_company(ctx: &Ctx, month: Month) -> Result<Table> {
    let (first, last, reach) = (month.first_day(), month.last_day(), ctx.caller.reach);
    let used = figures::by_company(ctx.store(), reach, Measure::Predicted, first, last).await?;
    let mut table = Table::new(
        "By company",
        &["Company", "#Predictions", "#Charged", "#Free", "#By form", "#By file", "#By API"],
        "No company yet.",
    );
    for company in companies::list(ctx.store(), reach).await?.into_iter().filter(|c| !c.operator) {
        let own: Vec<_> = used.iter().filter(|s| s.of == company.id).collect();
        let sum =
            |fits: &dyn Fn(&str) -> bool| -> i64 { own.iter().filter(|s| fits(&s.label)).map(|s| s.number).sum() };
        let (all, charged) = (sum(&|_| true), sum(&|label| label.ends_with("|charged")));
        let channel = |name: &str| Cell::Number(sum(&|label| label.split('|').next() == Some(name)));
        table.row(vec![
            Cell::Text(company.name),
            Cell::Number(all),
            Cell::Number(charged),
            Cell::Number(all - charged),
            channel("form"),
            channel("file"),
            channel("api"),
        ]);
    }
    Ok(table)
}

async fn by_day(ctx: &Ctx, month: Month) -> Result<Chart> {
    let (first, last) = (month.first_day(), month.last_day());
    let mut days: BTreeMap<_, (i64, i64)> =
        first.iter_days().take_while(|day| *day <= last).map(|day| (day, (0, 0))).collect();
    for sum in figures::by_day(ctx.store(), ctx.caller.reach, Measure::Predicted, &[], first, last).await? {
        let counts = days.entry(sum.of).or_default();
        counts.0 += sum.number;
        counts.1 += if sum.label.ends_with("|charged") { sum.number } else { 0 };
    }
    let mut table = Table::new("By day", &["Day", "#Predictions", "#Charged"], "No use in this month.");
    for (day, (all, charged)) in &days {
        table.row(vec![Cell::Date((*day).into()), Cell::Number(*all), Cell::Number(*charged)]);
    }
    let heights: Vec<_> = days.iter().map(|(d, c)| (d.format("%-d").to_string(), c.0 as f64)).collect();
    let svg = bars::draw(&format!("Predictions a day in {}", month.words()), &heights, |v| format!("{v:.0}"));
    Ok(Chart { title: "Predictions a day".into(), hint: String::new(), svg, table })
}
