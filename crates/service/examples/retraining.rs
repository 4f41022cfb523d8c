//! What a retraining on 100,000 claims takes: every fit that it makes, one after the other as it makes them, with the time and
//! the memory that they need. `make bench-retraining` runs it; CLAIMS is how many.
#![expect(clippy::unwrap_used, reason = "a measurement stops at what it did not expect")]

use std::time::Instant;

use chrono::NaiveDate;
use ml::families::Family;
use ml::generate::{Plan, write};
use service::training::{Example, Wanted};

fn examples(claims: usize) -> Vec<Example> {
    let mut csv = Vec::new();
    write(Plan { claims, seed: 5, until: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap() }, &mut csv).unwrap();
    let rows = ml::data::parse_claims(csv.as_slice()).rows.into_iter();
    let known = rows.filter_map(|row| Some((row.settlement?, row)));
    let example = |(settlement, row): (domain::Money, ml::data::ParsedRow)| Example {
        facts: row.facts,
        settlement: settlement.pence(),
        driver_age: row.protected.driver_age,
        gender: row.protected.gender,
    };
    known.take(claims).map(example).collect()
}

/// The most memory that this process has held, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn main() {
    let claims = std::env::var("CLAIMS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let all = examples(claims);
    let begun = Instant::now();
    let fit = |family: Family, rows: &[Example], what: &str| {
        let started = Instant::now();
        let wanted = Wanted {
            family,
            name: "settlement".into(),
            author: "bench".into(),
            notes: String::new(),
            created: "2026-11-01T00:00:00Z".into(),
            data: "0".repeat(64),
            seed: 1,
        };
        let bundle = wanted.train(rows, &|_, _| ()).unwrap();
        println!(
            "{family} on {} claims, {what}: {:.1} s, {} KB, {} MB at the most so far",
            rows.len(),
            started.elapsed().as_secs_f64(),
            bundle.len() / 1024,
            peak()
        );
    };
    // As `training::run` does it: which family, then beside what serves, then on everything.
    let (inner, cut) = ((0.64 * all.len() as f64) as usize, (0.8 * all.len() as f64) as usize);
    for family in [Family::Histogram, Family::ElasticNet] {
        fit(family, &all[..inner], "to choose");
    }
    fit(Family::Histogram, &all[..cut], "to compare");
    fit(Family::Histogram, &all, "the candidate");
    println!(
        "together {:.0} s (to reach: at most 90), {} MB (to reach: at most 1,500)",
        begun.elapsed().as_secs_f64(),
        peak()
    );
}
