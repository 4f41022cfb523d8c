//! How good predictions were, on true outcomes: by kind and value of claims and by the month in which they were decided
//! (story 30). Early settlers are the easy claims: beside each month stands how much of it has settled.

use std::collections::BTreeMap;

use chart::dots;
use chrono::{Datelike, Days, NaiveDate};
use contract::page::{Chart, Filter, Part, Report};
use contract::table::{Cell, Table, Tone, grouped};
use domain::calendar::london_date;
use domain::id::ModelId;
use domain::money::whole_pounds as pounds;
use domain::policy::Permission;
use ml::evaluate::{Estimate, mean};
use ml::interval::{ClaimKind, LEVEL, coverage_band};
use store::decisions;
use store::figures::{self, Measure};
use store::outcomes::{self, Pair};

use super::outcomes::versions;
use super::parts::{share, tile};
use super::{Kind, Query};
use crate::copies::groups;
use crate::exports::Narrowed;
use crate::{Ctx, Result};

/// The newest outcomes that are looked at.
const MOST: u64 = 20_000;
/// Of the months that are shown.
const DAYS: u64 = 365;
/// Claims without which nothing is judged.
const FEWEST: usize = 60;
const DRAWS: usize = 500;

pub static KIND: Kind = Kind {
    name: "accuracy",
    title: "Live accuracy",
    lead: "How far predictions were from what claims finally settled for, recorded apart from the decision.",
    needs: Some(Permission::ReadModels),
    filters: |ctx, query| Box::pin(filters(ctx, query)),
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: None,
};

async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    Ok(vec![versions(ctx, query).await?])
}

/// Outcomes of one cell.
struct Cohort {
    name: String,
    group: &'static str,
    n: usize,
    /// `None`: too few to judge.
    figures: Option<Figures>,
}

struct Figures {
    mae: Estimate,
    bias: Estimate,
    coverage: f64,
}

fn cohort(name: impl Into<String>, group: &'static str, pairs: &[&Pair]) -> Cohort {
    let figures = (pairs.len() >= FEWEST).then(|| {
        let error = |p: &&Pair| (p.predicted - p.settled) as f64 / 100.0;
        // Claims that say the same are taken for one.
        let groups = groups(pairs.iter().map(|p| (p.predicted, p.settled)));
        let signed: Vec<f64> = pairs.iter().map(error).collect();
        let absolute: Vec<f64> = signed.iter().map(|e| e.abs()).collect();
        let inside = pairs.iter().filter(|p| (p.lower..=p.upper).contains(&p.settled)).count();
        Figures {
            mae: mean(&absolute, &groups, DRAWS, 1),
            bias: mean(&signed, &groups, DRAWS, 1),
            coverage: inside as f64 / pairs.len() as f64,
        }
    });
    Cohort { name: name.into(), group, n: pairs.len(), figures }
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let today = london_date(ctx.now);
    let from = (today - Days::new(DAYS)).with_day(1).unwrap_or(today);
    let model = Narrowed::of(query)?.model;
    let pairs = outcomes::pairs(ctx.store(), ctx.caller.reach, model, (from, ctx.now), MOST).await?;
    let months = months(ctx, model, &pairs, (from, today)).await?;
    let work = move || {
        let all: Vec<&Pair> = pairs.iter().collect();
        let mut by_part = vec![cohort("all claims", "", &all)];
        by_part.extend(by_kind(&all));
        by_part.extend(by_value(&all));
        let cells = by_kind_and_value(&all);
        let months: Vec<(Cohort, String)> = months
            .iter()
            .map(|(month, settled)| {
                let own: Vec<&Pair> = pairs
                    .iter()
                    .filter(|p| p.decided_day.is_some_and(|day| day.format("%Y-%m").to_string() == *month))
                    .collect();
                (cohort(in_words(month), "", &own), settled.clone())
            })
            .collect();
        (by_part, cells, months, pairs.len())
    };
    let (by_part, cells, months, n) = tokio::task::spawn_blocking(work).await.map_err(crate::Error::internal)?;
    let outcomes = if ctx.caller.holds(Permission::ExportPredictions) { "/outcomes?tier=A" } else { "" };
    let mut parts = vec![Part::Tiles(tiles(&by_part[0], n, outcomes))];
    if n as u64 == MOST {
        parts.push(Part::Text(format!("Of the newest {} outcomes.", grouped(MOST))));
    }
    parts.push(Part::Chart(chart("Mean error by kind and value", &by_part)));
    parts.push(Part::Table(by_month(&months)));
    parts.push(Part::Table(table("By kind and value", &cells)));
    Ok(Report { parts, ..Report::default() })
}

fn by_kind(all: &[&Pair]) -> Vec<Cohort> {
    let of = |kind: ClaimKind| all.iter().copied().filter(|p| p.kind == kind.key()).collect::<Vec<_>>();
    ClaimKind::ALL.into_iter().map(|kind| cohort(kind.label(), "By kind", &of(kind))).collect()
}

/// Fifths by what was predicted.
fn fifths<'a>(all: &[&'a Pair]) -> Vec<(String, Vec<&'a Pair>)> {
    let mut sorted = all.to_vec();
    sorted.sort_by_key(|p| p.predicted);
    let cut = |k: usize| k * sorted.len() / 5;
    let part = |k: usize| sorted[cut(k)..cut(k + 1)].to_vec();
    let bound = |p: Option<&&Pair>| pounds(p.map_or(0.0, |p| p.predicted as f64 / 100.0));
    (0..5)
        .map(part)
        .filter(|part| !part.is_empty())
        .map(|part| (format!("{} to {} predicted", bound(part.first()), bound(part.last())), part))
        .collect()
}

fn by_value(all: &[&Pair]) -> Vec<Cohort> {
    fifths(all).into_iter().map(|(name, part)| cohort(name, "By value", &part)).collect()
}

fn by_kind_and_value(all: &[&Pair]) -> Vec<Cohort> {
    let mut cells = Vec::new();
    for (name, part) in fifths(all) {
        for kind in ClaimKind::ALL {
            let own: Vec<&Pair> = part.iter().copied().filter(|p| p.kind == kind.key()).collect();
            if !own.is_empty() {
                cells.push(cohort(format!("{}, {name}", kind.label()), "", &own));
            }
        }
    }
    cells
}

/// The months of decision with the share of their claims whose outcome is known, newest first.
async fn months(
    ctx: &Ctx,
    model: Option<ModelId>,
    pairs: &[Pair],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<(String, String)>> {
    let mut decided: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let (store, reach) = (ctx.store(), ctx.caller.reach);
    match model {
        Some(model) => {
            for (month, number) in decisions::by_month_of(store, reach, model, (from, to)).await? {
                decided.entry(month).or_default().0 += number;
            }
        }
        None => {
            for sum in figures::by_day(store, reach, Measure::Decided, &[], from, to).await? {
                decided.entry(sum.of.format("%Y-%m").to_string()).or_default().0 += sum.number;
            }
        }
    }
    for day in pairs.iter().filter_map(|p| p.decided_day) {
        decided.entry(day.format("%Y-%m").to_string()).or_default().1 += 1;
    }
    Ok(decided.into_iter().rev().map(|(month, (all, known))| (month, share(known.min(all), all))).collect())
}

/// `2026-10` as people say it.
fn in_words(month: &str) -> String {
    month.parse::<billing::Month>().map_or_else(|_| month.to_owned(), |month| month.words())
}

/// `outcomes`: where they are listed, for those who may see them.
fn tiles(all: &Cohort, n: usize, outcomes: &str) -> Vec<contract::page::Tile> {
    let claims = tile("True outcomes", n, "of claims that were predicted and decided in twelve months", outcomes);
    let Some(figures) = &all.figures else {
        return vec![claims, tile("Mean error", "–", not_judged(n), "")];
    };
    let band = coverage_band(n, LEVEL);
    vec![
        claims,
        tile(
            "Mean error",
            pounds(figures.mae.value),
            format!("{} to {}", pounds(figures.mae.low), pounds(figures.mae.high)),
            "",
        ),
        tile("Bias", pounds(figures.bias.value), "prediction less outcome", ""),
        tile(
            "Within the range",
            format!("{:.1}%", 100.0 * figures.coverage),
            format!("{:.1}% to {:.1}% would be chance", 100.0 * band.low, 100.0 * band.high),
            "",
        ),
    ]
}

fn not_judged(n: usize) -> String {
    format!("Not judged: {n} of {FEWEST}")
}

fn cells(cohort: &Cohort) -> Vec<Cell> {
    let mut row = vec![Cell::text(&cohort.name), Cell::Number(cohort.n as i64)];
    let Some(figures) = &cohort.figures else {
        row.extend([
            Cell::Badge(not_judged(cohort.n), Tone::Plain),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ]);
        return row;
    };
    let band = coverage_band(cohort.n, LEVEL);
    let tone = if (band.low..=band.high).contains(&figures.coverage) { Tone::Good } else { Tone::Notice };
    row.extend([
        Cell::Figure(pounds(figures.mae.value)),
        Cell::Figure(format!("{} to {}", pounds(figures.mae.low), pounds(figures.mae.high))),
        Cell::Figure(pounds(figures.bias.value)),
        Cell::Badge(format!("{:.1}%", 100.0 * figures.coverage), tone),
        Cell::Figure(format!("{:.1}% to {:.1}%", 100.0 * band.low, 100.0 * band.high)),
    ]);
    row
}

const COLUMNS: [&str; 7] = ["Claims", "#Outcomes", "#MAE", "#95% interval", "#Bias", "Inside the range", "#Expected"];

fn table(title: &str, cohorts: &[Cohort]) -> Table {
    let mut table = Table::new(title, &COLUMNS, "No true outcome is known.");
    for one in cohorts.iter().filter(|c| c.n > 0) {
        table.row(cells(one));
    }
    table
}

fn by_month(months: &[(Cohort, String)]) -> Table {
    let columns: Vec<&str> =
        ["Decided in"].into_iter().chain(COLUMNS.into_iter().skip(1)).chain(["#Settled"]).collect();
    let mut table = Table::new("By month of decision", &columns, "No claim was decided in the last twelve months.");
    for (one, settled) in months {
        let mut row = cells(one);
        row.push(Cell::Figure(settled.clone()));
        table.row(row);
    }
    table
}

fn chart(title: &str, cohorts: &[Cohort]) -> Chart {
    let judged = cohorts.iter().filter_map(|c| Some((c, c.figures.as_ref()?)));
    let dots: Vec<_> = judged
        .map(|(c, figures)| dots::Dot {
            label: c.name.clone(),
            group: c.group,
            value: figures.mae.value,
            interval: Some((figures.mae.low, figures.mae.high)),
            expected: None,
        })
        .collect();
    Chart {
        title: title.into(),
        hint: format!("Lines are 95% intervals over claims. Fewer than {FEWEST} outcomes are not judged."),
        svg: dots::draw(title, &dots, None, pounds),
        table: table(title, cohorts),
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{Id, ModelId};

    use super::*;

    fn pairs(n: i64) -> Vec<Pair> {
        let one = |i: i64| Pair {
            model: ModelId::from_parts(1, [0; 10]),
            kind: if i % 2 == 0 { "special" } else { "tariff_only" }.into(),
            predicted: 10_000 + 100 * i,
            lower: 9_000,
            upper: 30_000,
            settled: 11_000 + 100 * i,
            decided_day: None,
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn a_cohort_is_judged_from_sixty_outcomes_on() {
        let all = pairs(100);
        let some: Vec<&Pair> = all.iter().collect();
        assert!(cohort("few", "", &some[..59]).figures.is_none());
        let judged = cohort("all", "", &some).figures.unwrap();
        assert!((judged.mae.value - 10.0).abs() < 1e-9 && (judged.bias.value + 10.0).abs() < 1e-9);
        assert_eq!(judged.coverage, 1.0);
    }

    #[test]
    fn fifths_hold_every_claim_once() {
        let all = pairs(103);
        let parts = fifths(&all.iter().collect::<Vec<_>>());
        assert_eq!(parts.iter().map(|(_, p)| p.len()).sum::<usize>(), 103);
        assert_eq!(parts.len(), 5);
        assert!(fifths(&[]).is_empty());
    }
}
