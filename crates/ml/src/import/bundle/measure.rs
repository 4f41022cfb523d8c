//! What an imported model is worth, on claims it has not seen.

use super::Order;
use crate::{
    bundle::model::Parts,
    families::{Input, imported::Target},
    import::ImportError,
    interval::{Calibration, LEVEL, Method},
    random::Random,
    train::{
        BACKGROUND, FOLDS, HeldOut, Sample,
        assess::{self, Answer},
        folds,
    },
};

/// What the calibration claims say of a model.
pub struct Measured {
    pub calibration: Calibration,
    /// One for each row of the sample, as is `folds`.
    pub held_out: Vec<HeldOut>,
    pub folds: Vec<usize>,
}

/// What the models say of claims they have not seen, with intervals and bounds calibrated in folds.
pub fn measure(
    order: &Order,
    sample: &Sample,
    rows: &[Vec<f64>],
    parts: &Parts,
    input: Input,
) -> Result<Measured, ImportError> {
    let answer = |i: usize| {
        let row = rows.get(i).map(Vec::as_slice).unwrap_or_default();
        let total = input.total(row);
        let tails = parts.tails.as_ref().map(|t| (total + t.lower.predict(row), total + t.upper.predict(row)));
        Answer { point: total + parts.point.predict(row), tails }
    };
    if let Some(i) = (0..sample.len()).find(|i| !answer(*i).point.is_finite()) {
        let line = sample.line.get(i).copied().unwrap_or_default();
        return Err(ImportError::Claims(format!("the model's answer to line {line} is not finite: retrain it")));
    }
    meant(order.target, sample, |i| answer(i).point)?;
    let folds = folds::assign(sample, order.seed, FOLDS);
    let method = if order.tails.is_some() { Method::Quantiles } else { Method::Mondrian };
    let scored = assess::within_limits(sample, &folds, answer);
    let scores: Vec<_> = scored.iter().map(|r| (r.kind, r.score())).collect();
    let calibration = Calibration::of(method, &scores, LEVEL);
    let held_out = assess::intervals(sample, &folds, &scored, method);
    match calibration.zip(held_out) {
        Some((calibration, held_out)) => Ok(Measured { calibration, held_out, folds }),
        None => Err(ImportError::Claims("too few to calibrate an interval on: give more".into())),
    }
}

/// The probes are in the model's own target and cannot tell which that is; the claims can.
fn meant(target: Target, sample: &Sample, answer: impl Fn(usize) -> f64) -> Result<(), ImportError> {
    let known = sample.settlement.iter().zip(&sample.total).enumerate();
    let (given, other) = known.fold((0.0, 0.0), |(given, other), (i, (settlement, total))| {
        let answer = answer(i);
        let otherwise = match target {
            Target::Settlement => total + answer,
            Target::Residual => answer - total,
        };
        (given + (answer - settlement).abs(), other + (otherwise - settlement).abs())
    });
    // A model of the right target is several times nearer; one that is merely bad is as far by either.
    if given > 2.0 * other {
        let rows = sample.len().max(1) as f64;
        return Err(ImportError::Claims(format!(
            "the model is off by £{:.0} on average, and by £{:.0} if it answers the other target: check --target",
            given / rows,
            other / rows
        )));
    }
    Ok(())
}

/// Some of the rows, to explain against.
pub fn background(rows: &[Vec<f64>], seed: u64) -> Vec<Vec<f64>> {
    let mut order: Vec<&Vec<f64>> = rows.iter().collect();
    Random::stream(seed, 0xba5e).shuffle(&mut order);
    order.into_iter().take(BACKGROUND).cloned().collect()
}

/// How the figures were obtained, in words.
pub fn method() -> String {
    format!(
        "a model fitted elsewhere, asked about claims that by its author's word it has not seen; bounds and intervals calibrated in {FOLDS} folds grouped by claim, each by the other folds"
    )
}
