//! The error of claims that have not settled yet: direct loss estimation (nannyml 0.13).
//!
//! A model of |y − ŷ|, fitted elsewhere on settled claims, says how far off each prediction will
//! be. Its mean over a chunk of open claims estimates their MAE; whether that is unusual is judged
//! by the MAE of chunks of the settled ones. A value a handler has put in is not a settlement.

use serde::{Deserialize, Serialize};

/// Bands and limits are this many standard deviations wide on either side.
const WIDTH: f64 = 3.0;
/// Chunks without which their spread says nothing: of one it is nil, and everything would alarm.
const FEWEST_CHUNKS: usize = 6;

/// What settled claims say of the error, in pounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettledError {
    /// Of |y − ŷ| over all claims (divided by n).
    deviation: f64,
    /// The MAE outside of these is unusual for a chunk.
    pub lower_limit: f64,
    pub upper_limit: f64,
}

/// The error estimated for a chunk of claims, in pounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimatedError {
    pub claims: usize,
    pub mae: f64,
    /// Standard error of the MAE of so many claims.
    pub sampling_error: f64,
    /// The realised MAE should lie in here if the error model holds.
    pub lower: f64,
    pub upper: f64,
    pub alarm: bool,
}

impl SettledError {
    /// From |y − ŷ| of settled claims in order of time, and the number of claims of the chunks that
    /// will be judged. A rest at the end is a chunk too. `None` for fewer than six chunks, chunks of
    /// none, or errors that are not finite.
    pub fn of(absolute_errors: &[f64], chunk: usize) -> Option<SettledError> {
        let chunked = chunk > 0 && absolute_errors.len().div_ceil(chunk) >= FEWEST_CHUNKS;
        if !chunked || absolute_errors.iter().any(|e| !e.is_finite()) {
            return None;
        }
        Some(SettledError::limits(absolute_errors, chunk))
    }

    /// However few chunks there are.
    pub(super) fn limits(absolute_errors: &[f64], chunk: usize) -> SettledError {
        let chunks: Vec<f64> = absolute_errors.chunks(chunk).map(|c| moments(c).0).collect();
        let (centre, spread) = moments(&chunks);
        SettledError {
            deviation: moments(absolute_errors).1,
            lower_limit: (centre - WIDTH * spread).max(0.0),
            upper_limit: centre + WIDTH * spread,
        }
    }

    /// For open claims, each `row` as `model` of |y − ŷ| takes it; its answers below nil count nil.
    /// `None` for no claims and where the model's answer is not finite.
    pub fn estimate(&self, rows: &[Vec<f64>], model: impl Fn(&[f64]) -> f64) -> Option<EstimatedError> {
        let n = rows.len() as f64;
        let answers: Vec<f64> = rows.iter().map(|row| model(row)).collect();
        if answers.is_empty() || answers.iter().any(|a| !a.is_finite()) {
            return None;
        }
        let mae = answers.into_iter().map(|a| a.max(0.0)).sum::<f64>() / n;
        let sampling_error = self.deviation / n.sqrt();
        Some(EstimatedError {
            claims: rows.len(),
            mae,
            sampling_error,
            lower: (mae - WIDTH * sampling_error).max(0.0),
            upper: mae + WIDTH * sampling_error,
            alarm: mae < self.lower_limit || mae > self.upper_limit,
        })
    }
}

/// Mean and standard deviation (divided by n) of at least one value.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_from_nothing() {
        assert_eq!(SettledError::of(&[], 10), None);
        assert_eq!(SettledError::of(&[1.0], 0), None);
        assert_eq!(SettledError::of(&[1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN], 1), None);
        assert_eq!(SettledError::of(&[1.0; 10], 2), None, "five chunks");
        let settled = SettledError::of(&[1.0, 2.0, 1.0, 2.0, 1.0, 2.0], 1).unwrap();
        assert_eq!(settled.estimate(&[], |_| 1.0), None);
        assert_eq!(settled.estimate(&[vec![]], |_| f64::NAN), None);
    }

    #[test]
    fn answers_below_nil_count_nil() {
        let settled = SettledError::of(&[10.0, 30.0].repeat(6), 2).unwrap();
        let estimate = settled.estimate(&[vec![-40.0], vec![20.0]], |row| row[0]).unwrap();
        assert_eq!(estimate.mae, 10.0);
        assert!((estimate.sampling_error - 10.0 / 2f64.sqrt()).abs() < 1e-12);
        assert!(estimate.alarm, "the chunks of settled claims had 20, without spread");
    }
}
