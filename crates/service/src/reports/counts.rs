//! Counts and sums that several reports show, read off the figures.

use std::collections::BTreeMap;

use chart::bars;
use chrono::{Duration, NaiveDate};
use contract::page::Chart;
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::settlement::{ClaimStatus, DecisionKind};
use store::figures::{self, Measure};

use crate::{Ctx, Result};

/// Days that "lately" covers.
pub const LATELY: i64 = 30;
/// Twelve weeks.
pub const QUARTER: i64 = 84;

/// Numbers by kind of decision, of some days.
#[derive(Debug, Default, Clone, Copy)]
pub struct Decided {
    pub accepted: i64,
    pub overridden: i64,
    pub all: i64,
    pub amount: Money,
}

impl Decided {
    /// `label`: a kind, or a kind and who decided.
    pub fn add(&mut self, label: &str, number: i64, amount: Money) {
        let kind = label.split('|').next().unwrap_or_default();
        self.all += number;
        self.accepted += if kind == DecisionKind::Accepted.key() { number } else { 0 };
        self.overridden += if kind == DecisionKind::Overridden.key() { number } else { 0 };
        self.amount = self.amount.checked_add(amount).unwrap_or(self.amount);
    }
}

/// Today in London, and the first of so many days that end with it.
pub fn days(ctx: &Ctx, count: i64) -> (NaiveDate, NaiveDate) {
    let today = london_date(ctx.now);
    (today - Duration::days(count - 1), today)
}

/// Decisions by day, of one person or of all.
pub async fn decided_by_day(ctx: &Ctx, count: i64, by: Option<&str>) -> Result<Vec<(NaiveDate, Decided)>> {
    let (from, to) = days(ctx, count);
    let (measure, labels) = match by {
        Some(by) => (Measure::DecidedBy, DecisionKind::ALL.iter().map(|k| format!("{}|{by}", k.key())).collect()),
        None => (Measure::Decided, Vec::new()),
    };
    let mut all: BTreeMap<NaiveDate, Decided> = BTreeMap::new();
    for sum in figures::by_day(ctx.store(), ctx.caller.reach, measure, &labels, from, to).await? {
        all.entry(sum.of).or_default().add(&sum.label, sum.number, sum.amount);
    }
    Ok(all.into_iter().collect())
}

/// Of the last days among them.
pub fn of_last(ctx: &Ctx, count: i64, all: &[(NaiveDate, Decided)]) -> Decided {
    let (from, _) = days(ctx, count);
    let mut sum = Decided::default();
    for (_, day) in all.iter().filter(|(day, _)| *day >= from) {
        sum.all += day.all;
        sum.accepted += day.accepted;
        sum.overridden += day.overridden;
        sum.amount = sum.amount.checked_add(day.amount).unwrap_or(sum.amount);
    }
    sum
}

/// How many of a measure there were lately.
pub async fn lately(ctx: &Ctx, measure: Measure) -> Result<i64> {
    let (from, to) = days(ctx, LATELY);
    let sums = figures::by_company(ctx.store(), ctx.caller.reach, measure, from, to).await?;
    Ok(sums.iter().map(|s| s.number).sum())
}

/// How many claims stand so, of one person or of all.
pub async fn standing(ctx: &Ctx, status: ClaimStatus, by: Option<&str>) -> Result<i64> {
    let label = format!("{}|{}", status.key(), by.unwrap_or_default());
    Ok(figures::standing_so(ctx.store(), ctx.caller.reach, &label, by.is_none()).await?)
}

/// Decisions of the last twelve weeks.
pub fn weekly(ctx: &Ctx, title: &str, decided: &[(NaiveDate, Decided)]) -> Chart {
    let mut table = Table::new(title, &["Week ending", "#Decisions", "#Accepted", "#Overridden"], "No decision yet.");
    let mut heights = Vec::new();
    for back in (0..12).rev() {
        let until = london_date(ctx.now) - Duration::days(7 * back);
        let mut week = Decided::default();
        for (_, day) in decided.iter().filter(|(day, _)| *day <= until && *day > until - Duration::days(7)) {
            week.all += day.all;
            week.accepted += day.accepted;
            week.overridden += day.overridden;
        }
        heights.push((until.format("%-d %b").to_string(), week.all as f64));
        table.row(vec![
            Cell::Date(until.into()),
            Cell::Number(week.all),
            Cell::Number(week.accepted),
            Cell::Number(week.overridden),
        ]);
    }
    Chart { hint: String::new(), title: title.into(), svg: bars::draw(title, &heights, |v| format!("{v:.0}")), table }
}
