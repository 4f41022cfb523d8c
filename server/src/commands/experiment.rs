//! `solatium experiment`: the whole methodology on a file of claims.

use std::{
    fs,
    io::{IsTerminal, Write},
    path::PathBuf,
    sync::Mutex,
    time::Instant,
};

use anyhow::Context;
use ml::{
    bundle::archive::sha256,
    data::parse_claims,
    experiment::{Settings, run as experiment},
    families::Family,
    train::Sample,
};
use report::{About, files};

use super::train::report_problems;

/// Find out whether claims like these can be predicted, how well, for whom, and whether to use it.
///
/// Runs every model family on a CSV of settled claims with the data set's columns: repeated
/// cross-validation by claim with inner tuning, bootstrap intervals, ablations, a learning curve,
/// error and coverage of parts of the claims, fairness, and a recommendation by stated criteria.
/// Writes a report for engineers, a page for managers and one for claims handlers, a model card and
/// a datasheet, each as Markdown and as a page, and the findings as JSON.
#[derive(clap::Args)]
pub struct Args {
    /// Claims with settlements, CSV.
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    /// The folder the documents go to; made if need be.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only these families, separated by commas [default: all].
    #[arg(long, value_delimiter = ',')]
    families: Vec<Family>,
    /// How often the claims are dealt into folds anew.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    repeats: u8,
    /// Seed of all random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the data are, for the documents.
    #[arg(long, default_value = "settled claims")]
    about: String,
    /// The day to write into the documents [default: today].
    #[arg(long)]
    date: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = fs::read(&args.data).with_context(|| format!("reading {}", args.data.display()))?;
    let file = parse_claims(bytes.as_slice());
    report_problems(&file);
    let sample = Sample::of(&file);
    println!(
        "Read {} rows, {} with a settlement: {} claims, cautiously counted.",
        file.rows.len(),
        sample.len(),
        sample.claims()
    );
    let settings = Settings {
        families: if args.families.is_empty() { Settings::default().families } else { args.families.clone() },
        repeats: usize::from(args.repeats),
        seed: args.seed,
    };
    // The folder before the work: a name that cannot be made should not cost an hour.
    fs::create_dir_all(args.out.join("plots")).with_context(|| format!("making {}", args.out.display()))?;
    let start = Instant::now();
    let last = Mutex::new(String::new());
    let findings = experiment(&sample, &settings, &|what, done, of| progress(&last, what, done, of))?;
    let about = About {
        data: args.about.clone(),
        sha256: sha256(&bytes),
        date: args.date.clone().unwrap_or_else(|| chrono::Utc::now().format("%-d %B %Y").to_string()),
        command: command(args),
    };
    for file in files(&findings, &about) {
        let path = args.out.join(&file.path);
        fs::write(&path, file.text).with_context(|| format!("writing {}", path.display()))?;
    }
    println!("\nRecommendation: {}.", findings.recommendation.verdict.label());
    for c in &findings.recommendation.criteria {
        println!("  {} {}: {}", if c.met { "met    " } else { "NOT MET" }, c.name, c.found);
    }
    println!(
        "\nTook {:.0} s. Open {} first; findings.json holds every figure.",
        start.elapsed().as_secs_f64(),
        args.out.join("report.html").display()
    );
    Ok(())
}

/// One line a step of the work; on a terminal it counts in place.
fn progress(last: &Mutex<String>, what: &str, done: usize, of: usize) {
    let mut err = std::io::stderr();
    let Ok(mut last) = last.lock() else { return };
    // Progress that cannot be written is no reason to stop.
    if err.is_terminal() {
        let end = if done == of { "\n" } else { "" };
        let _ = write!(err, "\r{what}: {done} of {of}{end}").and_then(|()| err.flush());
    } else if *last != what {
        let _ = writeln!(err, "{what} ({of} steps)");
        *last = what.to_owned();
    }
}

fn command(args: &Args) -> String {
    let mut command = format!(
        "solatium experiment --data {} --out DIR",
        args.data.file_name().map_or_else(|| "FILE.csv".into(), |n| n.to_string_lossy())
    );
    if !args.families.is_empty() {
        let names: Vec<&str> = args.families.iter().map(|f| f.name()).collect();
        command += &format!(" --families {}", names.join(","));
    }
    command + &format!(" --repeats {} --seed {}", args.repeats, args.seed)
}
