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

#[cfg(test)]
mod tests {
    use clap::Parser;
    use ml::{
        Bundle,
        generate::{Plan, write},
    };

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// The exporters' files of the library's own tests.
    fn fixtures() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/ml/tests/imports")
    }

    /// Writes claims and the probes of a case into a folder; gives the folder.
    fn folder(file: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut claims = Vec::new();
        let until = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        write(Plan { claims: 400, seed: 12, until }, &mut claims).unwrap();
        fs::write(folder.path().join("claims.csv"), claims).unwrap();
        let expected: serde_json::Value =
            serde_json::from_slice(&fs::read(fixtures().join("expected.json")).unwrap()).unwrap();
        let case = expected["cases"].as_array().unwrap().iter().find(|case| case["file"] == file).unwrap();
        let mut csv = csv::Writer::from_path(folder.path().join("probes.csv")).unwrap();
        let names = expected["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap());
        csv.write_record(names.chain(["prediction"])).unwrap();
        let rows = expected[if case["kept"] == true { "kept" } else { "replaced" }].as_array().unwrap();
        for (row, prediction) in rows.iter().zip(case["prediction"].as_array().unwrap()) {
            let cells = row.as_array().unwrap().iter().chain([prediction]);
            csv.write_record(cells.map(|x| x.as_f64().map_or_else(String::new, |x| x.to_string()))).unwrap();
        }
        csv.flush().unwrap();
        folder
    }

    fn import(file: &str, more: &[&str]) -> anyhow::Result<Bundle> {
        let folder = folder(file);
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (claims, probes, out) = (path("claims.csv"), path("probes.csv"), path("out.solm"));
        let model = fixtures().join(file).display().to_string();
        let fixed = ["import", "--model", &model, "--calibrate", &claims, "--probes", &probes, "--out", &out];
        run(&Line::try_parse_from(fixed.iter().chain(more))?.args)?;
        Ok(Bundle::read(&fs::read(&out)?)?)
    }

    #[test]
    fn a_model_with_names_needs_no_mapping() {
        let more = ["--target", "residual", "--keep-unknown", "--author", "A. Actuary"];
        let bundle = import("xgboost_squarederror.json", &more).unwrap();
        assert_eq!((bundle.manifest().name.as_str(), bundle.manifest().author.as_str()), ("out", "A. Actuary"));
        let more = ["--target", "residual"];
        let told = format!("{:#}", import("xgboost_squarederror.json", &more).unwrap_err());
        assert!(told.contains("--keep-unknown"), "{told}");
    }

    #[test]
    fn a_model_without_names_asks_for_a_mapping() {
        let told = format!("{:#}", import("sklearn_forest.onnx", &["--target", "settlement"]).unwrap_err());
        assert!(told.contains("give a mapping"), "{told}");
        assert!(import("sklearn_forest.onnx", &["--target", "settlement", "--lower", "x"]).is_err(), "no upper");
    }
}
