//! `solatium bundle`: looking into a model file, and making one of a model trained elsewhere.

mod import;
mod sign;

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use ml::{
    Manifest,
    bundle::{Check, validate},
    train::table,
};

use super::train::results;

/// Look into model bundles, sign them, import models of other trainers.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Run every check on a bundle and show what it says about itself.
    ///
    /// Ends with an error if a check fails.
    Inspect {
        #[arg(value_name = "FILE.solm")]
        file: PathBuf,
    },
    Import(Box<import::Args>),
    Keygen(sign::Keygen),
    Sign(sign::Sign),
    Verify(sign::Verify),
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Inspect { file } => inspect(file),
        Command::Import(args) => import::run(args),
        Command::Keygen(args) => sign::keygen(args),
        Command::Sign(args) => sign::sign(args),
        Command::Verify(args) => sign::verify(args),
    }
}

fn inspect(file: &Path) -> anyhow::Result<()> {
    let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let validation = validate(&bytes);
    let mut report = String::new();
    write_checks(&mut report, &validation.checks)?;
    if let Some(bundle) = &validation.bundle {
        write_manifest(&mut report, bundle.manifest())?;
    }
    match io::stdout().write_all(report.as_bytes()) {
        // Whoever reads along has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        other => other?,
    }
    if validation.bundle.is_none() {
        bail!("{} is not a sound bundle", file.display());
    }
    Ok(())
}

fn write_checks(report: &mut String, checks: &[Check]) -> std::fmt::Result {
    writeln!(report, "Checks")?;
    for check in checks {
        let result = if check.passed { "passed" } else { "FAILED" };
        writeln!(report, "  {result} {:<23} {}", check.name, check.detail)?;
    }
    Ok(())
}

fn write_manifest(report: &mut String, m: &Manifest) -> std::fmt::Result {
    let or_none = |text: &str| if text.is_empty() { "(none)".to_owned() } else { text.to_owned() };
    let libraries: Vec<String> = m.libraries.iter().map(|l| format!("{} {}", l.name, l.version)).collect();
    let training = &m.training;
    let model = [
        ("name", m.name.clone()),
        ("family", m.family.to_string()),
        ("libraries", libraries.join(", ")),
        ("author", or_none(&m.author)),
        ("created", m.created.clone()),
        ("release notes", or_none(&m.release_notes)),
        ("target", m.target_transform.clone()),
        ("training data", format!("{} rows, {} claims, SHA-256 {}", training.rows, training.claims, training.sha256)),
        ("left out", format!("{} rows without a settlement", training.skipped)),
        ("ceiling", format!("{:.3} times the sum of the heads", m.limits.ceiling_share)),
    ];
    section(report, "Model", model.iter().map(|(name, value)| (*name, value.clone())))?;
    section(report, "Recipe", m.recipe.iter().map(|(name, value)| (name.as_str(), value.clone())))?;
    let widening = |pounds: f64, scores: usize| format!("£{pounds:.2} wider each way, from {scores} scores");
    let groups = m.calibration.groups.iter().map(|g| (g.kind.label(), widening(g.widening, g.scores)));
    let all = ("all other claims", widening(m.calibration.all.widening, m.calibration.all.scores));
    section(report, "Calibration of the 90% interval", groups.chain([all]))?;
    let features =
        m.features.iter().map(|f| (f.name.as_str(), format!("{:<7} where unknown: {}", f.unit, f.imputation)));
    section(report, "Features, in order", features)?;
    section(report, "Files, by SHA-256", m.files.iter().map(|(name, hash)| (name.as_str(), hash.clone())))?;
    write!(report, "\n{}", results(&table(m)))
}

fn section<'a>(report: &mut String, title: &str, lines: impl Iterator<Item = (&'a str, String)>) -> std::fmt::Result {
    writeln!(report, "\n{title}")?;
    for (name, value) in lines {
        writeln!(report, "  {name:<32} {value}")?;
    }
    Ok(())
}
