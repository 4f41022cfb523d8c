//! `solatium bundle import`: from a model trained elsewhere to a bundle.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use ml::{
    bundle::archive::sha256,
    data::parse_claims,
    explain::Game,
    families::imported::Target,
    import::{Mapping, Order, Probes, Raw, Unknown, bundle, read},
    train::table,
};

use crate::commands::train::{now, report_problems, results, stem};

/// Make a bundle of a model trained with LightGBM, XGBoost or scikit-learn.
///
/// Reads LightGBM's text, XGBoost's JSON, and ONNX as skl2onnx and onnxmltools write it; which one is
/// told by the file's bytes. The features are those of `solatium features`. The probes are rows with
/// the answers of the library that trained the model: they prove that it was read as it was meant.
/// The claims to calibrate on must be claims that the model has not seen: intervals, bounds and
/// figures come from them. See docs/python-engineers.md.
#[derive(clap::Args)]
pub struct Args {
    /// The point model.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// A model of a lower quantile, over the same inputs [default: intervals around the point].
    #[arg(long, value_name = "FILE", requires = "upper")]
    lower: Option<PathBuf>,
    /// A model of an upper quantile.
    #[arg(long, value_name = "FILE", requires = "lower")]
    upper: Option<PathBuf>,
    /// Which feature each input is: JSON, a list of {"input": …, "feature": …, "unknown": "keep" or
    /// "replace"} in the order of the inputs [default: the names in the model's file].
    #[arg(long, value_name = "FILE.json")]
    features: Option<PathBuf>,
    /// Without a mapping: the model was trained on features written with --keep-unknown.
    #[arg(long, conflicts_with = "features")]
    keep_unknown: bool,
    /// What the model answers: the settlement, or the settlement minus the sum of the heads.
    #[arg(long, value_enum)]
    target: Answer,
    /// Settled claims that the model has not seen, CSV.
    #[arg(long, value_name = "FILE.csv")]
    calibrate: PathBuf,
    /// Rows of the inputs with a column `prediction` (and `lower` and `upper`), CSV.
    #[arg(long, value_name = "FILE.csv")]
    probes: PathBuf,
    /// Where the bundle goes.
    #[arg(long, value_name = "FILE.solm")]
    out: PathBuf,
    /// Explain trees against the background claims themselves (interventional) rather than by the
    /// background's shares at each split (path-dependent).
    #[arg(long)]
    interventional: bool,
    /// Name of the model [default: the bundle's file name].
    #[arg(long)]
    name: Option<String>,
    /// Who answers for the model.
    #[arg(long, default_value = "")]
    author: String,
    /// Release notes for whoever approves the model.
    #[arg(long, default_value = "")]
    notes: String,
    /// Time of creation to record, RFC 3339 [default: now].
    #[arg(long)]
    created: Option<String>,
    /// Seed of the folds and of the background claims.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Answer {
    Settlement,
    Residual,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let point = raw(&args.model)?;
    println!("Read {}: {} inputs, {} trees; {}.", args.model.display(), point.count, point.trees.len(), point.source);
    let tails = match (&args.lower, &args.upper) {
        (Some(lower), Some(upper)) => Some((raw(lower)?, raw(upper)?)),
        _ => None,
    };
    let mapping = match &args.features {
        Some(path) => Mapping::read(&bytes(path)?).with_context(|| path.display().to_string())?,
        None => Mapping::of_names(&point, if args.keep_unknown { Unknown::Keep } else { Unknown::Replace })?,
    };
    let probes = Probes::read(&bytes(&args.probes)?, &mapping).with_context(|| args.probes.display().to_string())?;
    let claims = bytes(&args.calibrate)?;
    let file = parse_claims(claims.as_slice());
    report_problems(&file);
    let order = Order {
        point,
        tails,
        mapping: &mapping,
        target: match args.target {
            Answer::Settlement => Target::Settlement,
            Answer::Residual => Target::Residual,
        },
        claims: &file,
        claims_sha256: sha256(&claims),
        probes: &probes,
        explanation: if args.interventional { Game::Interventional } else { Game::PathDependent },
        name: args.name.clone().unwrap_or_else(|| stem(&args.out)),
        author: args.author.clone(),
        release_notes: args.notes.clone(),
        created: args.created.clone().map_or_else(now, Ok)?,
        seed: args.seed,
    };
    let imported = bundle(&order)?;
    fs::write(&args.out, &imported.bundle).with_context(|| format!("writing {}", args.out.display()))?;
    println!("Answered {} probes as the exporter did, to {:.1e}.", probes.rows.len(), imported.apart);
    println!("\n{}", results(&table(&imported.manifest)));
    println!("Wrote {} ({} kB).", args.out.display(), imported.bundle.len() / 1024);
    Ok(())
}

fn raw(path: &Path) -> anyhow::Result<Raw> {
    read(&bytes(path)?).with_context(|| path.display().to_string())
}

/// A file within what any of them may be.
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    const LARGEST: u64 = 1 << 30;
    let size = fs::metadata(path).with_context(|| format!("reading {}", path.display()))?.len();
    ensure!(size <= LARGEST, "{} has {size} bytes; at most {LARGEST} are read", path.display());
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}
