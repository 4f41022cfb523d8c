//! What models that had not seen a claim said of it, and what that is worth.

use super::{FOLDS, HeldOut, Sample, limits};
use crate::{
    bundle::{IntervalMetrics, Metrics, model::Parts},
    evaluate::Judged,
    families::stage::weighted_quantile,
    interval::{Calibration, ClaimKind, LEVEL, Method, conformal_quantile, coverage_band, score},
};

/// A row with the raw answers of the model of its fold, in pounds.
pub struct Row {
    pub kind: ClaimKind,
    pub settlement: f64,
    pub prediction: f64,
    pub lower: f64,
    pub upper: f64,
    pub ceiling: f64,
}

impl Row {
    /// How far the settlement lies outside the interval before calibration.
    pub fn score(&self) -> f64 {
        score(self.settlement, self.lower, self.upper)
    }
}

/// What a model that had not seen a row answers, in pounds of settlement.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub point: f64,
    /// Of the quantile models; `None` for intervals around the point.
    pub tails: Option<(f64, f64)>,
}

/// Each row as the model that did not learn from its fold sees it.
pub fn hold_out(sample: &Sample, folds: &[usize], models: &[Parts]) -> Vec<Row> {
    let mut answers = vec![Answer { point: 0.0, tails: None }; sample.len()];
    for (fold, model) in models.iter().enumerate() {
        let seen = sample.seen_from(|i| folds[i] != fold);
        for i in (0..sample.len()).filter(|&i| folds[i] == fold) {
            let (row, total) = (&seen[i], sample.total[i]);
            let tails = model.tails.as_ref().map(|t| (total + t.lower.predict(row), total + t.upper.predict(row)));
            answers[i] = Answer { point: total + model.point.predict(row), tails };
        }
    }
    within_limits(sample, folds, |i| answers[i])
}

/// The answers to all rows, kept within the bounds that the other folds teach.
pub fn within_limits(sample: &Sample, folds: &[usize], answer: impl Fn(usize) -> Answer) -> Vec<Row> {
    let limits: Vec<_> = (0..FOLDS).map(|fold| limits::learn(sample, |i| folds[i] != fold)).collect();
    (0..sample.len())
        .map(|i| {
            let ceiling = limits[folds[i]].ceiling(&sample.recovered[i]);
            let Answer { point, tails } = answer(i);
            let prediction = point.clamp(0.0, ceiling);
            let (lower, upper) = tails.unwrap_or((prediction, prediction));
            Row { kind: sample.kind[i], settlement: sample.settlement[i], prediction, lower, upper, ceiling }
        })
        .collect()
}

/// Intervals as they would have been served: each fold's calibrated on the scores of the others.
pub fn intervals(sample: &Sample, folds: &[usize], rows: &[Row], method: Method) -> Option<Vec<HeldOut>> {
    let calibrations: Option<Vec<Calibration>> = (0..FOLDS)
        .map(|fold| {
            let others = rows.iter().zip(folds).filter(|(_, f)| **f != fold);
            Calibration::of(method, &others.map(|(r, _)| (r.kind, r.score())).collect::<Vec<_>>(), LEVEL)
        })
        .collect();
    let calibrations = calibrations?;
    let held_out = rows.iter().enumerate().map(|(i, row)| {
        let widening = calibrations[folds[i]].widening(row.kind);
        HeldOut {
            line: sample.line[i],
            fold: folds[i],
            settlement: row.settlement,
            prediction: row.prediction,
            lower: (row.lower - widening).min(row.prediction).max(0.0),
            upper: (row.upper + widening).clamp(row.prediction, row.ceiling),
        }
    });
    Some(held_out.collect())
}

/// The rows with what is needed to look at them apart.
pub fn judged(sample: &Sample, held_out: &[HeldOut]) -> Vec<Judged> {
    let row = |(i, r): (usize, &HeldOut)| Judged {
        kind: sample.kind[i],
        group: sample.group[i],
        protected: sample.protected[i].clone(),
        settlement: r.settlement,
        prediction: r.prediction,
        lower: r.lower,
        upper: r.upper,
    };
    held_out.iter().enumerate().map(row).collect()
}

/// How the numbers of a model trained here, and of the baselines, are obtained.
pub fn method() -> String {
    format!(
        "{FOLDS} folds grouped by claim, none split; each row predicted and its interval calibrated by the other folds"
    )
}

/// The rules a model must beat: the sum of the heads, and the median settlement of the other
/// folds. Their intervals are of constant width, calibrated on the other folds.
pub fn baselines(sample: &Sample, folds: &[usize], claims: usize) -> Vec<Metrics> {
    let medians: Vec<f64> = (0..FOLDS)
        .map(|fold| {
            let others = (0..sample.len()).filter(|&i| folds[i] != fold);
            weighted_quantile(others.map(|i| (sample.settlement[i], 1.0)), 0.5)
        })
        .collect();
    let sums = sample.total.clone();
    let medians = folds.iter().map(|&fold| medians[fold]).collect();
    [("sum of heads", sums), ("median", medians)]
        .into_iter()
        .map(|(name, predictions)| metrics(name, method(), &constant_width(sample, folds, &predictions), claims))
        .collect()
}

fn constant_width(sample: &Sample, folds: &[usize], predictions: &[f64]) -> Vec<HeldOut> {
    let error = |i: usize| (sample.settlement[i] - predictions[i]).abs();
    let half: Vec<f64> = (0..FOLDS)
        .map(|fold| {
            let others: Vec<f64> = (0..sample.len()).filter(|&i| folds[i] != fold).map(error).collect();
            conformal_quantile(&others, LEVEL)
        })
        .collect();
    (0..sample.len())
        .map(|i| HeldOut {
            line: sample.line[i],
            fold: folds[i],
            settlement: sample.settlement[i],
            prediction: predictions[i],
            lower: (predictions[i] - half[folds[i]]).max(0.0),
            upper: predictions[i] + half[folds[i]],
        })
        .collect()
}

/// The metrics of predictions that were obtained by `method`.
pub fn metrics(name: &str, method: String, rows: &[HeldOut], claims: usize) -> Metrics {
    let n = rows.len().max(1) as f64;
    let median = |values: &dyn Fn(&HeldOut) -> f64| weighted_quantile(rows.iter().map(|r| (values(r), 1.0)), 0.5);
    let mean = |values: &dyn Fn(&HeldOut) -> f64| rows.iter().map(values).sum::<f64>() / n;
    let error = |r: &HeldOut| (r.prediction - r.settlement).abs();
    let centre = mean(&|r| r.settlement);
    let squares = mean(&|r| error(r).powi(2));
    let spread = mean(&|r| (r.settlement - centre).powi(2));
    Metrics {
        name: name.to_owned(),
        method,
        rows: rows.len(),
        claims,
        mae: mean(&error),
        median_ae: median(&error),
        rmse: squares.sqrt(),
        r2: if spread > 0.0 { 1.0 - squares / spread } else { 0.0 },
        interval: IntervalMetrics {
            level: LEVEL,
            coverage: mean(&|r| f64::from(u8::from(r.lower <= r.settlement && r.settlement <= r.upper))),
            below: Some(mean(&|r| f64::from(u8::from(r.settlement < r.lower)))),
            band: coverage_band(claims, LEVEL),
            mean_width: mean(&|r| r.upper - r.lower),
            median_width: median(&|r| r.upper - r.lower),
        },
    }
}
