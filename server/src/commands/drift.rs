//! `solatium drift`: whether claims still look like those a model learnt from.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use ml::{
    Bundle,
    bundle::archive::sha256,
    data::{ParsedRow, parse_claims},
    drift::{self, Feature, FeatureDrift, FeatureKind, Measure, Settings},
    features::Recovered,
    interval::{LEVEL, coverage_band},
};

use service::monitoring::drift::{PREDICTION, columns, with_prediction};

use super::train::report_problems;

/// Compare claims with those a model explains against, feature by feature.
///
/// The limit of each feature is what chance exceeds at the number of claims at hand, by bootstrap, and
/// alarms are held to a rate of false ones over all features. Where the claims have settlements, the
/// error and the coverage on them are set beside those measured in training. Ends with status 1 if
/// any feature alarms, so that a job can act on it.
#[derive(clap::Args)]
pub struct Args {
    /// The bundle whose background claims are the reference.
    #[arg(long, value_name = "FILE.solm")]
    model: PathBuf,
    /// Recent claims, CSV with the data set's column names.
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    /// What alarms; for categories Jensen–Shannon takes the place of those that need an order.
    #[arg(long, value_enum, default_value_t = By::KolmogorovSmirnov)]
    measure: By,
    /// The share of false alarms among all alarms.
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// Show every feature, not only those that alarm.
    #[arg(long)]
    all: bool,
    /// Seed of the bootstrap.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Psi,
    Wasserstein,
    JensenShannon,
    KolmogorovSmirnov,
}

impl By {
    fn measure(self) -> Measure {
        match self {
            By::Psi => Measure::PopulationStability,
            By::Wasserstein => Measure::Wasserstein,
            By::JensenShannon => Measure::JensenShannon,
            By::KolmogorovSmirnov => Measure::KolmogorovSmirnov,
        }
    }
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = fs::read(&args.model).with_context(|| format!("reading {}", args.model.display()))?;
    let bundle = Bundle::read(&bytes).with_context(|| format!("{} is not a sound bundle", args.model.display()))?;
    let data = fs::read(&args.data).with_context(|| format!("reading {}", args.data.display()))?;
    let file = parse_claims(data.as_slice());
    report_problems(&file);
    let model = bundle.model();
    let (mut features, reference) = (columns(&bundle), with_prediction(&bundle, &model.background));
    let current: Vec<Vec<f64>> = file.rows.iter().map(|r| model.schema.row(&Recovered::of(&r.facts))).collect();
    let current = with_prediction(&bundle, &current);
    features.push(Feature { name: PREDICTION.into(), kind: FeatureKind::Number });
    let draws = ((features.len() as f64 / args.alpha).ceil() as usize).max(999);
    let settings = Settings { measure: args.measure.measure(), alpha: args.alpha, draws, seed: args.seed };
    let report = drift::report(&features, &reference, &current, &settings)?;
    println!(
        "{} claims against {} that {} explains against.\n",
        current.len(),
        reference.len(),
        bundle.manifest().name
    );
    if sha256(&data) == bundle.manifest().training.sha256 {
        println!(
            "The model learnt from this very file: here its error and range look better than they are, and figures\nthat others asked for more frequent.\n"
        );
    }
    print!("{}", table(&report.features, args.all));
    performance(&bundle, &file.rows);
    let alarms = report.features.iter().filter(|f| f.alarm).count();
    if alarms > 0 {
        anyhow::bail!("{alarms} of {} features have drifted", report.features.len());
    }
    println!("\nNo feature has drifted beyond chance.");
    Ok(())
}

/// The features that alarm, or all; most certain first.
fn table(features: &[FeatureDrift], all: bool) -> String {
    let mut sorted: Vec<&FeatureDrift> = features.iter().filter(|f| all || f.alarm).collect();
    sorted.sort_by(|a, b| a.adjusted.total_cmp(&b.adjusted).then(b.statistic.total_cmp(&a.statistic)));
    if sorted.is_empty() {
        return String::new();
    }
    let mut text = format!("{:<34} {:>9} {:>9} {:>9} {:>9}\n", "Feature", "statistic", "limit", "p", "adjusted");
    for f in sorted {
        let mark = if f.alarm { "  ALARM" } else { "" };
        text += &format!(
            "{:<34} {:>9.3} {:>9.3} {:>9.3} {:>9.3}{mark}\n",
            f.feature.name, f.statistic, f.limit, f.p_value, f.adjusted
        );
    }
    text
}

/// Error and coverage on the claims that have settled, beside training's.
fn performance(bundle: &Bundle, rows: &[ParsedRow]) {
    let settled: Vec<_> =
        rows.iter().filter_map(|r| Some((bundle.value(&r.facts).ok()?, r.settlement?.as_pounds()))).collect();
    if settled.is_empty() {
        return;
    }
    let n = settled.len() as f64;
    let error = settled.iter().map(|(v, y)| (v.amount.as_pounds() - y).abs()).sum::<f64>() / n;
    let inside = |(v, y): &&(ml::bundle::Valuation, f64)| v.lower.as_pounds() <= *y && *y <= v.upper.as_pounds();
    let coverage = settled.iter().filter(inside).count() as f64 / n;
    let (then, band) = (&bundle.manifest().metrics, coverage_band(settled.len(), LEVEL));
    println!(
        "\nOn the {} that have settled: mean absolute error £{error:.1} (£{:.1} when trained),",
        settled.len(),
        then.mae
    );
    println!(
        "{:.1}% within the 90% range ({:.1}% when trained; {:.1}% to {:.1}% would be chance).",
        100.0 * coverage,
        100.0 * then.interval.coverage,
        100.0 * band.low,
        100.0 * band.high
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_like_those_learnt_from_pass_and_others_alarm() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("m.solm"), include_bytes!("../../../crates/ml/tests/bundles/v1-ridge.solm")).unwrap();
        let claims = |seed: u64| {
            let mut bytes = Vec::new();
            let until = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
            ml::generate::write(ml::generate::Plan { claims: 300, seed, until }, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        fs::write(path("same.csv"), claims(5)).unwrap();
        // Physiotherapy of every claim is another.
        let mut moved = csv::Writer::from_path(path("moved.csv")).unwrap();
        let mut reader = csv::Reader::from_reader(std::io::Cursor::new(claims(5)));
        let therapy = reader.headers().unwrap().iter().position(|h| h == "SpecialTherapy").unwrap();
        moved.write_record(reader.headers().unwrap()).unwrap();
        for row in reader.records() {
            let row = row.unwrap();
            moved
                .write_record(row.iter().enumerate().map(|(i, cell)| if i == therapy { "1500" } else { cell }))
                .unwrap();
        }
        moved.flush().unwrap();
        let args = |data: &str| Args {
            model: path("m.solm"),
            data: path(data),
            measure: By::KolmogorovSmirnov,
            alpha: 0.01,
            all: true,
            seed: 1,
        };
        run(&args("same.csv")).unwrap();
        let alarm = run(&args("moved.csv")).unwrap_err().to_string();
        assert!(alarm.contains("have drifted"), "{alarm}");
    }
}
