//! Against MAPIE, crepes and scipy, whose versions stand in the file; see
//! scripts/peer/conformal.py.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    bands: Vec<(usize, f64, f64)>,
    cqr: Vec<Cqr>,
    split: Vec<Split>,
    cv_plus: Vec<Cross>,
    mondrian: Vec<Groups>,
}

#[derive(Deserialize)]
struct Cqr {
    y: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    widening: f64,
}

#[derive(Deserialize)]
struct Split {
    residuals: Vec<f64>,
    level: f64,
    half: f64,
}

#[derive(Deserialize)]
struct Cross {
    /// For each new claim, what the model without each claim learnt from says of it.
    fold_predictions: Vec<Vec<f64>>,
    residuals: Vec<f64>,
    level: f64,
    intervals: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct Groups {
    residuals: Vec<f64>,
    group: Vec<usize>,
    level: f64,
    /// By group; none where it is infinite.
    half: Vec<Option<f64>>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../tests/vectors/conformal.json")).unwrap()
}

#[test]
fn widenings_are_those_of_mapie() {
    for case in vectors().cqr {
        let bounds = case.low.iter().zip(&case.high);
        let scores: Vec<f64> = case.y.iter().zip(bounds).map(|(y, (low, high))| score(*y, *low, *high)).collect();
        let ours = conformal_quantile(&scores, 0.9);
        assert!((ours - case.widening).abs() < 1e-9, "n = {}: {ours} {}", case.y.len(), case.widening);
    }
}

#[test]
fn bands_are_those_of_scipy() {
    for (n, low, high) in vectors().bands {
        let band = coverage_band(n, 0.9);
        assert!((band.low - low).abs() < 1e-9 && (band.high - high).abs() < 1e-9, "{n}: {band:?} {low} {high}");
    }
}

#[test]
fn split_intervals_are_those_of_mapie() {
    for case in vectors().split {
        let ours = split_conformal(&case.residuals, case.level);
        assert!((ours - case.half).abs() < 1e-9, "n = {}: {ours} {}", case.residuals.len(), case.half);
    }
}

#[test]
fn cross_validated_intervals_are_those_of_mapie() {
    for case in vectors().cv_plus {
        for (predictions, (low, high)) in case.fold_predictions.iter().zip(&case.intervals) {
            let (lower, upper) = cv_plus(predictions, &case.residuals, case.level).unwrap();
            assert!((lower - low).abs() < 1e-9 && (upper - high).abs() < 1e-9, "{lower} {low} {upper} {high}");
        }
    }
}

#[test]
fn intervals_within_groups_are_those_of_crepes() {
    for case in vectors().mondrian {
        let scores: Vec<_> = case.group.iter().copied().zip(case.residuals.iter().map(|r| r.abs())).collect();
        let mondrian = Mondrian::of(&scores, case.level, 0);
        for (group, half) in case.half.iter().enumerate() {
            let (ours, theirs) = (mondrian.correction(&group).widening, half.unwrap_or(f64::INFINITY));
            assert!(ours == theirs || (ours - theirs).abs() < 1e-9, "{group} at {}: {ours} {theirs}", case.level);
        }
    }
}
