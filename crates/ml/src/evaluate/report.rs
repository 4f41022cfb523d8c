//! The account a bundle gives of its model, beyond one figure for all claims.

use std::collections::{BTreeMap, BTreeSet};

use domain::money::whole_pounds;
use serde::{Deserialize, Serialize};

use super::{Estimate, Judged, mean};
use crate::interval::{Band, ClaimKind, LEVEL, coverage_band};

/// Draws of each bootstrap.
const DRAWS: usize = 400;

/// Quantiles of the signed error that are shown.
const QUANTILES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

/// Figures over claims the model had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub all: Slice,
    pub by_kind: Vec<Slice>,
    /// Fifths of the claims by prediction, lowest first.
    pub by_value: Vec<Slice>,
    pub by_gender: Vec<Slice>,
    pub by_age: Vec<Slice>,
    /// Tenths of the claims by prediction: what was predicted and what they settled for, on average.
    pub calibration: Vec<Point>,
    /// Quantiles of prediction less settlement: the share of claims, and pounds.
    pub errors: Vec<(f64, f64)>,
    /// What moves predictions most, largest first.
    pub importance: Vec<Importance>,
}

/// Figures over some of the claims. Pounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    pub name: String,
    pub rows: usize,
    pub claims: usize,
    pub mae: Estimate,
    /// Prediction less settlement.
    pub bias: Estimate,
    /// Share of rows within their interval.
    pub coverage: f64,
    /// Where that share should lie with as many claims; see [`coverage_band`].
    pub band: Band,
    pub mean_width: f64,
}

/// Mean prediction and mean settlement of some claims, in pounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    pub predicted: f64,
    pub settled: f64,
}

/// The mean size of a contribution over the background claims, in pounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Importance {
    pub label: String,
    pub pounds: f64,
}

/// Judges `rows`, of which there is at least one.
pub fn report(rows: &[Judged], importance: Vec<Importance>, seed: u64) -> Report {
    let all: Vec<&Judged> = rows.iter().collect();
    let slices = |groups: Vec<(String, Vec<&Judged>)>| -> Vec<Slice> {
        let filled = groups.into_iter().filter(|(_, rows)| !rows.is_empty());
        filled.map(|(name, rows)| slice(&name, &rows, seed)).collect()
    };
    let kinds =
        ClaimKind::ALL.map(|kind| (kind.label().to_owned(), all.iter().copied().filter(|r| r.kind == kind).collect()));
    Report {
        all: slice("all claims", &all, seed),
        by_kind: slices(kinds.into()),
        by_value: slices(fifths(&all)),
        by_gender: slices(grouped(&all, |r| r.protected.gender.clone())),
        by_age: slices(grouped(&all, |r| r.age_band().map(str::to_owned))),
        calibration: parts(&all, 10).iter().map(|part| point(part)).collect(),
        errors: quantiles(&all),
        importance,
    }
}

fn slice(name: &str, rows: &[&Judged], seed: u64) -> Slice {
    let groups: Vec<i64> = rows.iter().map(|r| r.group).collect();
    let claims = groups.iter().collect::<BTreeSet<_>>().len();
    let of = |value: &dyn Fn(&Judged) -> f64| rows.iter().map(|r| value(r)).collect::<Vec<f64>>();
    let n = rows.len().max(1) as f64;
    Slice {
        name: name.to_owned(),
        rows: rows.len(),
        claims,
        mae: mean(&of(&Judged::error), &groups, DRAWS, seed),
        bias: mean(&of(&Judged::signed_error), &groups, DRAWS, seed),
        coverage: rows.iter().filter(|r| r.is_covered()).count() as f64 / n,
        band: coverage_band(claims, LEVEL),
        mean_width: rows.iter().map(|r| r.upper - r.lower).sum::<f64>() / n,
    }
}

/// The rows in `n` parts of about the same size, by prediction.
fn parts<'a>(rows: &[&'a Judged], n: usize) -> Vec<Vec<&'a Judged>> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.prediction.total_cmp(&b.prediction));
    let cut = |k: usize| k * sorted.len() / n;
    (0..n).map(|k| sorted[cut(k)..cut(k + 1)].to_vec()).filter(|part| !part.is_empty()).collect()
}

fn fifths<'a>(rows: &[&'a Judged]) -> Vec<(String, Vec<&'a Judged>)> {
    let named = |part: Vec<&'a Judged>| {
        let bound = |r: Option<&&Judged>| r.map_or(0.0, |r| r.prediction);
        (format!("{} to {} predicted", whole_pounds(bound(part.first())), whole_pounds(bound(part.last()))), part)
    };
    parts(rows, 5).into_iter().map(named).collect()
}

fn grouped<'a>(rows: &[&'a Judged], key: impl Fn(&Judged) -> Option<String>) -> Vec<(String, Vec<&'a Judged>)> {
    let mut groups: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
    for &row in rows {
        if let Some(key) = key(row) {
            groups.entry(key).or_default().push(row);
        }
    }
    groups.into_iter().collect()
}

fn point(part: &[&Judged]) -> Point {
    let n = part.len().max(1) as f64;
    Point {
        predicted: part.iter().map(|r| r.prediction).sum::<f64>() / n,
        settled: part.iter().map(|r| r.settlement).sum::<f64>() / n,
    }
}

fn quantiles(rows: &[&Judged]) -> Vec<(f64, f64)> {
    let mut errors: Vec<f64> = rows.iter().map(|r| r.signed_error()).collect();
    errors.sort_by(f64::total_cmp);
    let at = |q: f64| ((errors.len() - 1) as f64 * q).round() as usize;
    QUANTILES.iter().filter_map(|&q| Some((q, *errors.get(at(q))?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data::Protected, random::Random};

    fn judged(n: usize) -> Vec<Judged> {
        let mut random = Random::new(5);
        let one = |i: usize, random: &mut Random| {
            let settlement = 500.0 + random.unit() * 2_000.0;
            let prediction = settlement + random.normal() * 100.0;
            let gender = ["Female", "Male"][i % 2].to_owned();
            Judged {
                kind: ClaimKind::ALL[i % 3],
                group: i as i64,
                protected: Protected { driver_age: Some(20 + (i % 50) as u8), gender: Some(gender) },
                settlement,
                prediction,
                lower: prediction - 164.5,
                upper: prediction + 164.5,
            }
        };
        (0..n).map(|i| one(i, &mut random)).collect()
    }

    #[test]
    fn slices_cover_all_rows_once_and_their_figures_are_true() {
        let rows = judged(2_000);
        let report = report(&rows, Vec::new(), 1);
        for slices in [&report.by_kind, &report.by_value, &report.by_gender, &report.by_age] {
            assert_eq!(slices.iter().map(|s| s.rows).sum::<usize>(), 2_000);
        }
        assert_eq!((report.by_kind.len(), report.by_value.len(), report.by_gender.len()), (3, 5, 2));
        // The mean of |normal| is √(2/π) of its deviation.
        assert!((report.all.mae.value - 79.8).abs() < 4.0 && report.all.bias.value.abs() < 6.0, "{:?}", report.all);
        assert!((0.88..0.92).contains(&report.all.coverage));
        assert!(report.all.mae.low < report.all.mae.value && report.all.mae.value < report.all.mae.high);
        assert_eq!(report.calibration.len(), 10);
        assert!(report.calibration.is_sorted_by(|a, b| a.predicted <= b.predicted));
        assert!(report.errors.is_sorted_by(|a, b| a.1 <= b.1));
        assert!((report.errors[1].1 + 164.5).abs() < 20.0, "{:?}", report.errors);
    }
}
