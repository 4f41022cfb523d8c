//! `solatium generate`: synthetic claims.

use std::{fs, io::BufWriter, path::PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use ml::generate::{Plan, write};

/// Write synthetic claims in the data set's own columns.
///
/// The claims are made up from the published whiplash tariff and a model of negotiation; they are
/// nobody's. Some cells are blank and some settlements missing, as in real files. The same
/// arguments give the same file.
#[derive(clap::Args)]
pub struct Args {
    /// How many claims, one a row.
    #[arg(long, value_name = "N")]
    claims: usize,
    /// Seed of all random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the claims go.
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
    /// The claims span the two years before this day.
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2026-06-30", value_parser = after_the_tariff)]
    until: NaiveDate,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = fs::File::create(&args.out).with_context(|| format!("writing {}", args.out.display()))?;
    let plan = Plan { claims: args.claims, seed: args.seed, until: args.until };
    write(plan, BufWriter::new(file)).with_context(|| format!("writing {}", args.out.display()))?;
    println!("Wrote {} claims to {}.", args.claims, args.out.display());
    Ok(())
}

/// There is no tariff before 31 May 2021, and the claims go back two years.
fn after_the_tariff(text: &str) -> Result<NaiveDate, String> {
    let day: NaiveDate = text.parse().map_err(|_| "write a date as year-month-day, such as 2026-06-30".to_owned())?;
    let in_range = day >= NaiveDate::from_ymd_opt(2023, 5, 31).unwrap_or(day)
        && day <= NaiveDate::from_ymd_opt(2100, 1, 1).unwrap_or(day);
    in_range
        .then_some(day)
        .ok_or_else(|| "choose a day from 2023-05-31, two years into the tariff, to 2100-01-01".to_owned())
}
