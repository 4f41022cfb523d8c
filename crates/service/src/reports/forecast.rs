//! Revenue to come (story 63): first how much will be used, then what that costs by each contract.

use std::collections::BTreeMap;

use billing::agreement::{self, Amendment as Agreed, Used};
use billing::forecast::{self, LEAST};
use billing::meter::Use;
use billing::{Cycle, Month, component};
use chart::bars;
use contract::page::{Chart, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::id::CompanyId;
use domain::policy::Permission;
use store::companies;
use store::figures::{self, Measure};

use super::{Kind, no_filters};
use crate::invoicing::agreements::{agreed, bill, rules};
use crate::{Ctx, Result};

/// Months that are forecast, and months that are looked back on.
const AHEAD: usize = 3;
const BACK: usize = 24;

pub static KIND: Kind = Kind {
    name: "forecast",
    title: "Forecast",
    lead: "What the months to come will bring: use is forecast first, then charged by each contract.",
    needs: Some(Permission::ReadRevenue),
    filters: no_filters,
    body: |ctx, _| Box::pin(body(ctx)),
    more: None,
};

/// A company's whole months of charged predictions, oldest first, from its first use on.
type Months = BTreeMap<CompanyId, Vec<f64>>;

async fn used(ctx: &Ctx) -> Result<Months> {
    let current = Month::at(ctx.now);
    let mut month = current;
    let mut months = Vec::new();
    for _ in 0..BACK {
        month = month.previous();
        months.push(month);
    }
    let mut all: Months = BTreeMap::new();
    for month in months.into_iter().rev() {
        let (first, last) = (month.first_day(), month.last_day());
        let sums = figures::by_company(ctx.store(), ctx.caller.reach, Measure::Predicted, first, last).await?;
        let mut of: BTreeMap<CompanyId, f64> = BTreeMap::new();
        for sum in sums.iter().filter(|s| s.label.ends_with("|charged")) {
            *of.entry(sum.of).or_default() += sum.number as f64;
        }
        // Months before the first use are none; months without use after it are nothing.
        for company in all.keys().copied().collect::<Vec<_>>() {
            of.entry(company).or_default();
        }
        for (company, number) in of {
            all.entry(company).or_default().push(number);
        }
    }
    Ok(all)
}

/// Charged predictions of the month that runs.
async fn used_so_far(ctx: &Ctx) -> Result<BTreeMap<CompanyId, f64>> {
    let month = Month::at(ctx.now);
    let (first, last) = (month.first_day(), month.last_day());
    let mut of: BTreeMap<CompanyId, f64> = BTreeMap::new();
    for sum in figures::by_company(ctx.store(), ctx.caller.reach, Measure::Predicted, first, last).await? {
        if sum.label.ends_with("|charged") {
            *of.entry(sum.of).or_default() += sum.number as f64;
        }
    }
    Ok(of)
}

async fn body(ctx: &Ctx) -> Result<Report> {
    let months = used(ctx).await?;
    let mut to_come = Vec::new();
    let mut month = Month::at(ctx.now);
    for _ in 0..AHEAD {
        to_come.push(month);
        month = month.next();
    }
    let so_far = used_so_far(ctx).await?;
    let columns =
        ["Company", "Month", "#Used so far", "#Predictions", "#Low", "#High", "#Net", "#Net low", "#Net high", "How"];
    let mut table = Table::new("By company and month", &columns, "No company has used the service for long enough.");
    let mut totals = vec![[0i64; 3]; AHEAD];
    let mut short = Vec::new();
    let mut unpriced = std::collections::BTreeSet::new();
    for company in companies::list(ctx.store(), ctx.caller.reach).await?.into_iter().filter(|c| !c.operator) {
        let known = months.get(&company.id).map(Vec::as_slice).unwrap_or_default();
        let Ok(found) = forecast::forecast(known, AHEAD) else {
            short.push(company.name);
            continue;
        };
        let rules = rules(&agreed(ctx.store(), company.id).await?);
        let how = match found.mase {
            Some(mase) => {
                format!("{}; erred {:.0}% of what the naive forecast did", found.method.label(), 100.0 * mase)
            }
            None => found.method.label().to_owned(),
        };
        for (i, (month, point)) in to_come.iter().zip(&found.points).enumerate() {
            // The month that runs comes to no less than what is used of it.
            let already = if i == 0 { so_far.get(&company.id).copied().unwrap_or_default() } else { 0.0 };
            let units = [point.expected, point.lower, point.upper].map(|units| units.max(already));
            let mut nets = [0i64; 3];
            for (net, units) in nets.iter_mut().zip(units) {
                match monthly(&rules, *month, units.round() as u64, &company.name) {
                    Some(pence) => *net = pence,
                    None => {
                        unpriced.insert(company.name.clone());
                    }
                }
            }
            totals[i].iter_mut().zip(nets).for_each(|(sum, net)| *sum += net);
            let pence = Money::from_pence;
            let whole = |units: f64| Cell::Number(units.round() as i64);
            table.row(vec![
                Cell::text(&company.name),
                Cell::Text(month.words()),
                if i == 0 { whole(already) } else { Cell::Empty },
                whole(units[0]),
                whole(units[1]),
                whole(units[2]),
                Cell::Money(pence(nets[0])),
                Cell::Money(pence(nets[1])),
                Cell::Money(pence(nets[2])),
                Cell::text(&how),
            ]);
        }
    }
    let mut parts = vec![Part::Chart(chart(&to_come, &totals)), Part::Table(table)];
    if !short.is_empty() {
        let words = format!("{LEAST} whole months of use are needed for a forecast: {} has fewer.", short.join(", "));
        parts.push(Part::Notice(Tone::Plain, words));
    }
    if !unpriced.is_empty() {
        let names: Vec<String> = unpriced.into_iter().collect();
        let words = format!("No price of a usual prediction is agreed with {}: nothing is counted.", names.join(", "));
        parts.push(Part::Notice(Tone::Notice, words));
    }
    Ok(KIND.page(parts))
}

/// What a month of use costs, in pence: a third of its quarter where the contract is charged by quarter. `None` where the
/// contract has no price for it.
fn monthly(rules: &[Agreed], month: Month, units: u64, company: &str) -> Option<i64> {
    let cycle = agreement::on(rules, month.first_day()).map(|a| a.cycle).unwrap_or_default();
    let span = cycle.period(month).span();
    let months = if cycle == Cycle::Quarterly { 3 } else { 1 };
    let of = Use { channel: "form".into(), model: "shared".into() };
    let used = [Used { day: month.first_day(), of, units: units * months }];
    let bill = bill(span, rules, &used, company).ok()?;
    Some(component::net(&bill.components)?.pence() / months as i64)
}

fn chart(months: &[Month], totals: &[[i64; 3]]) -> Chart {
    let mut table = Table::new("Net revenue to come", &["Month", "#Expected", "#Low", "#High"], "");
    let mut heights = Vec::new();
    for (month, [expected, from, to]) in months.iter().zip(totals) {
        let money = |pence: i64| Cell::Money(Money::from_pence(pence));
        table.row(vec![Cell::Text(month.words()), money(*expected), money(*from), money(*to)]);
        heights.push((month.first_day().format("%b %y").to_string(), *expected as f64 / 100.0));
    }
    let title = "Net revenue to come";
    let svg = bars::draw(title, &heights, |v| format!("£{v:.0}"));
    let hint = "The ranges of companies are added up, which makes the whole range wider than nine in ten.";
    Chart { title: title.into(), hint: hint.into(), svg, table }
}
