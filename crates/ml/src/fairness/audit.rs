//! What an audit by groups is given.

use super::{FairnessError, grouping::Grouping};

/// Predictions and outcomes (pounds) of rows whose group is known.
#[derive(Debug, Clone)]
pub struct Audit<G> {
    pub(super) prediction: Vec<f64>,
    /// Prediction less outcome: positive where too much is predicted.
    pub(super) error: Vec<f64>,
    pub(super) grouping: Grouping<G>,
}

impl<G: Ord + Clone> Audit<G> {
    /// One entry for each row in all; `claim` says which rows are copies of a claim, which are
    /// drawn and shuffled together.
    ///
    /// # Errors
    /// For no rows, different lengths, and values that are not finite.
    pub fn new(
        prediction: &[f64],
        outcome: &[f64],
        group: &[G],
        claim: Option<&[i64]>,
    ) -> Result<Audit<G>, FairnessError> {
        let grouping = Grouping::of(group, claim)?;
        let expected = group.len();
        if let Some(found) = [prediction.len(), outcome.len()].into_iter().find(|found| *found != expected) {
            return Err(FairnessError::Length { found, expected });
        }
        if prediction.iter().chain(outcome).any(|v| !v.is_finite()) {
            return Err(FairnessError::NotFinite);
        }
        let error = prediction.iter().zip(outcome).map(|(p, y)| p - y).collect();
        Ok(Audit { prediction: prediction.to_vec(), error, grouping })
    }
}
