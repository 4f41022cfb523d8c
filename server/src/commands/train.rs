//! `solatium train`: from a file of claims to a bundle.

use std::{
    fs,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail};
use ml::{
    bundle::{Metrics, archive::sha256},
    data::{ParsedFile, RowProblem, parse_claims},
    explain::Game,
    families::Family,
    interval::Method,
    train::{FOLDS, HeldOut, Order, Sample, table, train},
};

/// Train a model on settled claims and write it as a bundle.
///
/// The data file is CSV with the data set's own column names in its first line. Rows without a
/// settlement value are left out. How good the model is, is measured in five folds grouped by
/// claim, so that no copy of a claim stands on both sides.
#[derive(clap::Args)]
pub struct Args {
    /// Claims with settlements, CSV.
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    /// Where the bundle goes.
    #[arg(long, value_name = "FILE.solm")]
    out: PathBuf,
    /// Model family: blend, histogram, boosting, xgboost, forest, extratrees, ridge, smartcorenet,
    /// elasticnet, leastsquares or glm.
    #[arg(long, default_value = "histogram")]
    family: Family,
    /// Explain trees against the background claims themselves (interventional) rather than by the
    /// background's shares at each split (path-dependent).
    #[arg(long)]
    interventional: bool,
    /// How intervals are made: quantiles (two models, widened), mondrian (around the prediction, by
    /// kind of claim) or split (around the prediction, one width for all).
    #[arg(long, default_value = "quantiles")]
    interval: Method,
    /// Name of the model [default: the bundle's file name].
    #[arg(long)]
    name: Option<String>,
    /// Release notes for whoever approves the model.
    #[arg(long, default_value = "")]
    notes: String,
    /// Who answers for the model.
    #[arg(long, default_value = "")]
    author: String,
    /// Also write each row's fold and held-out prediction, for comparison with other tools.
    #[arg(long, value_name = "FILE.csv")]
    folds_out: Option<PathBuf>,
    /// Seed of all random choices: the same seed and data give the same model.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Time of creation to record, RFC 3339 [default: now].
    #[arg(long)]
    created: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = fs::read(&args.data).with_context(|| format!("reading {}", args.data.display()))?;
    let file = parse_claims(bytes.as_slice());
    report_problems(&file);
    let sample = Sample::of(&file);
    println!("Read {} rows of {}.", file.rows.len(), args.data.display());
    println!("Left out {} rows without a settlement value.", sample.skipped);
    println!(
        "Learning from {} rows. They have {} different settlement values to the pound; counted cautiously, that many claims.",
        sample.len(),
        sample.claims()
    );
    println!("Measuring in {FOLDS} folds by claim, never by row: rows with the same settlement stay together.");

    let order = Order {
        family: args.family,
        method: args.interval,
        explanation: if args.interventional { Game::Interventional } else { Game::PathDependent },
        name: args.name.clone().unwrap_or_else(|| stem(&args.out)),
        author: args.author.clone(),
        release_notes: args.notes.clone(),
        created: args.created.clone().map_or_else(now, Ok)?,
        data_sha256: sha256(&bytes),
        seed: args.seed,
    };
    let start = Instant::now();
    let trained = train(&sample, &order, &progress)?;
    // Written before anything is printed: a closed terminal must not cost the training.
    fs::write(&args.out, &trained.bundle).with_context(|| format!("writing {}", args.out.display()))?;
    if let Some(path) = &args.folds_out {
        write_folds(path, &trained.held_out).with_context(|| format!("writing {}", path.display()))?;
    }
    println!(
        "Trained {} in {:.1} s.\n\n{}",
        args.family,
        start.elapsed().as_secs_f64(),
        results(&table(&trained.manifest))
    );
    println!("Wrote {} ({} kB).", args.out.display(), trained.bundle.len() / 1024);
    Ok(())
}

/// One line a problem on stderr, the first of them in full.
pub fn report_problems(file: &ParsedFile) {
    report(&mut file.problems.clone(), 0);
}

/// Problems that are written in full.
const SHOWN: usize = 20;

/// Writes further problems of a file, of which `reported` came before, and empties the list; gives
/// how many there were up to now.
pub fn report(problems: &mut Vec<RowProblem>, reported: usize) -> usize {
    for p in problems.iter().take(SHOWN.saturating_sub(reported)) {
        eprintln!("line {}, {}: {:?}: {}", p.line, p.column, p.value, p.remedy);
    }
    let all = reported + problems.len();
    if reported < SHOWN && all > SHOWN {
        eprintln!("and further such cells");
    }
    problems.clear();
    all
}

fn progress(done: usize, of: usize) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let end = if done == of { "\n" } else { "" };
        // A progress line that cannot be written is no reason to stop.
        let _ = write!(err, "\rFitted {done} of {of} models{end}").and_then(|()| err.flush());
    } else {
        eprintln!("Fitted {done} of {of} models");
    }
}

/// The metrics as an aligned table of lines.
pub fn results(rows: &[&Metrics]) -> String {
    let mut lines = vec![format!(
        "{:<20} {:>7} {:>10} {:>8} {:>6} {:>16} {:>13} {:>15}",
        "Held-out results", "MAE £", "median £", "RMSE £", "R²", "in 90% interval", "mean width £", "median width £"
    )];
    for m in rows {
        let i = &m.interval;
        lines.push(format!(
            "{:<20} {:>7.1} {:>10.1} {:>8.1} {:>6.3} {:>16.3} {:>13.0} {:>15.0}",
            m.name, m.mae, m.median_ae, m.rmse, m.r2, i.coverage, i.mean_width, i.median_width
        ));
    }
    if let Some(m) = rows.first() {
        let band = m.interval.band;
        lines.push(format!("{} rows of {} claims: {}.", m.rows, m.claims, m.method));
        lines.push(format!(
            "With that many claims the share inside should be between {:.3} and {:.3}.",
            band.low, band.high
        ));
    }
    lines.join("\n") + "\n"
}

fn write_folds(path: &Path, rows: &[HeldOut]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_path(path)?;
    csv.write_record(["line", "fold", "settlement", "prediction", "lower", "upper"])?;
    for r in rows {
        let pounds = [r.settlement, r.prediction, r.lower, r.upper].map(|p| format!("{p:.2}"));
        csv.write_record([r.line.to_string(), r.fold.to_string()].iter().chain(&pounds))?;
    }
    Ok(csv.flush()?)
}

pub fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "model".into(), |s| s.to_string_lossy().into_owned())
}

pub fn now() -> anyhow::Result<String> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
    match chrono::DateTime::from_timestamp(i64::try_from(seconds)?, 0) {
        Some(now) => Ok(now.to_rfc3339()),
        None => bail!("the clock is out of range"),
    }
}
