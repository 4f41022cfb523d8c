//! The claims of a window beside those that the model explains against.

use std::collections::HashSet;

use domain::ClaimFacts;
use domain::alert::{Judgement, WATCHED, judge};
use ml::Bundle;
use ml::drift::{Feature, FeatureKind, watch};
use ml::features::{Feature as ModelFeature, Recovered};

use super::Signal;

/// Claims without which a window is not judged.
pub const FEWEST: usize = 100;
/// Claims of a window that are looked at: of more, so many evenly over its days.
pub const MOST: usize = 2_000;
/// What the signal of the prediction is called.
pub const PREDICTION: &str = "the prediction";

/// The features that a model looks at.
pub fn columns(bundle: &Bundle) -> Vec<Feature> {
    let kind = |feature: ModelFeature| match feature {
        ModelFeature::AccidentType => FeatureKind::Category,
        _ => FeatureKind::Number,
    };
    let columns = bundle.model().schema.columns.iter();
    columns.map(|c| Feature { name: c.feature.name(), kind: kind(c.feature) }).collect()
}

/// The rows with unknown values as −1, which no known one is, and the prediction behind them.
pub fn with_prediction(bundle: &Bundle, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let known = |row: &Vec<f64>| {
        let prediction = bundle.model().point.predict(row);
        row.iter().map(|x| if x.is_nan() { -1.0 } else { *x }).chain([prediction]).collect()
    };
    rows.iter().map(known).collect()
}

/// What people call a signal.
pub fn label(signal: &str) -> String {
    let known = |name: &str| ModelFeature::named(name).map(ModelFeature::words);
    match signal.strip_suffix(" missing") {
        Some(name) => format!("{}: missing", known(name).unwrap_or_else(|| name.to_owned())),
        None => known(signal).unwrap_or_else(|| crate::error::capital(signal)),
    }
}

/// A claim as the model sees it.
pub fn row(bundle: &Bundle, facts: &ClaimFacts) -> Vec<f64> {
    bundle.model().schema.row(&Recovered::of(facts))
}

/// Rows without those that say the same as one before: copies are no claims of their own.
pub fn distinct(rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut seen = HashSet::new();
    rows.into_iter().filter(|row| seen.insert(row.iter().map(|x| x.to_bits()).collect::<Vec<_>>())).collect()
}

/// Whether each value is missing, of the columns in which any is.
fn missing(features: &[Feature], reference: &[Vec<f64>], current: &[Vec<f64>]) -> Vec<usize> {
    let any = |i: usize| reference.iter().chain(current).any(|row| row[i].is_nan());
    (0..features.len()).filter(|i| any(*i)).collect()
}

/// How the window's claims stand to the model's own: each feature, whether it is missing, and the prediction.
pub fn signals(bundle: &Bundle, current: &[Vec<f64>], seed: u64) -> Vec<Signal> {
    let reference = distinct(bundle.model().background.clone());
    let mut features = columns(bundle);
    let gaps = missing(&features, &reference, current);
    let names: Vec<String> = gaps.iter().map(|i| format!("{} missing", features[*i].name)).collect();
    features.push(Feature { name: PREDICTION.into(), kind: FeatureKind::Number });
    features.extend(names.into_iter().map(|name| Feature { name, kind: FeatureKind::Category }));
    let with = |rows: &[Vec<f64>]| {
        let known = with_prediction(bundle, rows);
        let flags = rows.iter().map(|row| gaps.iter().map(|i| f64::from(row[*i].is_nan())).collect::<Vec<_>>());
        known
            .into_iter()
            .zip(flags)
            .map(|(row, flags)| row.into_iter().chain(flags).collect())
            .collect::<Vec<Vec<f64>>>()
    };
    // The least p-value times the number of features must be able to reach alpha.
    let draws = ((features.len() as f64 / domain::alert::ALPHA).ceil() as usize).max(999);
    let watched = watch(&features, &with(&reference), &with(current), WATCHED, draws, seed);
    watched
        .into_iter()
        .map(|w| Signal {
            judgement: if w.constant { Judgement::NotJudged } else { judge(w.adjusted, w.index) },
            remark: if w.constant {
                "It is the same of every claim: nothing can be said of it.".into()
            } else {
                String::new()
            },
            name: w.name,
            size: w.index,
            adjusted: w.adjusted,
        })
        .collect()
}
