//! How long a bundle takes, for `scripts/bench-ml.sh`: one JSON object on standard output.
//!
//! `cargo run --release -p ml --example bench -- BUNDLE.solm CLAIMS.csv [train]`
//!
//! Times are those of the fastest of several rounds, because other work on the machine only ever
//! adds to them. All on one thread, but for `batch_explain_all_cores_us`.

use std::{error::Error, fs, hint::black_box, time::Instant};

use ml::{
    Bundle,
    data::parse_claims,
    families::{Family, Lesson},
    features::Recovered,
    train::{Sample, Setting, fit_point},
};

const ROUNDS: usize = 7;

/// Seconds of the fastest round.
fn fastest(mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(bundle), Some(claims)) = (args.first(), args.get(1)) else {
        return Err("usage: bench BUNDLE.solm CLAIMS.csv [train]".into());
    };
    let bytes = fs::read(bundle)?;
    let load = fastest(|| drop(black_box(Bundle::read(&bytes))));
    let bundle = Bundle::read(&bytes)?;
    let model = bundle.model();
    let file = parse_claims(fs::File::open(claims)?);
    let rows: Vec<Vec<f64>> = file.rows.iter().map(|r| model.schema.row(&Recovered::of(&r.facts))).collect();
    let borrowed: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let n = rows.len() as f64;
    let mut answers = vec![0.0; rows.len()];
    let one = fastest(|| rows.iter().for_each(|row| _ = black_box(model.point.predict(row))));
    let batch = fastest(|| {
        model.point.predict_many(&borrowed, &mut answers);
        black_box(&answers);
    });
    let explain = fastest(|| rows.iter().for_each(|row| drop(black_box(model.explainer.explain(row)))));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let together = fastest(|| {
        std::thread::scope(|scope| {
            for part in rows.chunks(rows.len().div_ceil(cores)) {
                scope.spawn(move || part.iter().for_each(|row| drop(black_box(model.explainer.explain(row)))));
            }
        });
    });
    let whole = fastest(|| file.rows.iter().for_each(|row| drop(black_box(bundle.predict(&row.facts)))));
    let mut figures = vec![
        ("load_ms", load * 1e3),
        ("one_predict_us", one / n * 1e6),
        ("batch_predict_us", batch / n * 1e6),
        ("one_explain_us", explain / n * 1e6),
        ("batch_explain_all_cores_us", together / n * 1e6),
        ("predict_interval_and_explain_us", whole / n * 1e6),
    ];
    if args.get(2).is_some_and(|a| a == "train") {
        figures.push(("train_s", train(&Sample::of(&file))));
    }
    let figures: serde_json::Map<String, serde_json::Value> =
        figures.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    println!("{}", serde_json::Value::from(figures));
    Ok(())
}

/// Seconds for the point model of the default family, on one thread.
fn train(sample: &Sample) -> f64 {
    let x: Vec<&[f64]> = sample.rows.iter().map(Vec::as_slice).collect();
    let target: Vec<f64> = sample.settlement.iter().zip(&sample.total).map(|(y, total)| y - total).collect();
    let rules = sample.rules();
    let lesson = Lesson { rows: &x, target: &target, weight: &sample.weight, rules: &rules };
    fastest(|| drop(black_box(fit_point(Family::Histogram, Setting::default(), lesson, &sample.total, 1))))
}
