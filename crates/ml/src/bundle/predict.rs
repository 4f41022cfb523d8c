//! From the facts of a claim to an amount, its interval and its reasons.

use domain::{ClaimFacts, Money};
use serde::{Deserialize, Serialize};

use super::Bundle;
use crate::{
    explain::to_pence,
    features::{Group, Recovered},
    interval::ClaimKind,
};

/// What a claim is predicted to settle for. `base` and the contributions add up to `amount` exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub amount: Money,
    /// At least nil and at most `amount`.
    pub lower: Money,
    /// At least `amount`.
    pub upper: Money,
    /// The share of similar claims the interval is to hold.
    pub level: f64,
    /// The mean prediction over the background claims, where the explanation starts.
    pub base: Money,
    /// Largest first; those of less than a penny are left out.
    pub contributions: Vec<Contribution>,
    /// The largest standard error of a contribution: nil where the explanation is exact, as it is
    /// for all but imported models with a logarithmic link.
    #[serde(default)]
    pub explanation_error: Money,
}

/// By how much one thing a handler knows moves the prediction away from the base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// See [`Group::key`].
    pub feature: String,
    /// In words.
    pub label: String,
    pub amount: Money,
}

/// Why there is no prediction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PredictError {
    #[error("no amount of any head is known and none can be recovered: there is nothing to value")]
    NothingKnown,
    #[error("the amounts are too large to be valued")]
    OutOfRange,
}

impl Bundle {
    /// Predicts and explains.
    pub fn predict(&self, facts: &ClaimFacts) -> Result<Prediction, PredictError> {
        let (model, manifest) = (self.model(), self.manifest());
        let claim = Recovered::of(facts);
        if domain::Head::ALL.iter().all(|h| claim.is_unknown(*h)) {
            return Err(PredictError::NothingKnown);
        }
        let row = model.schema.row(&claim);
        let raw = model.point.predict(&row);
        if !raw.is_finite() {
            return Err(PredictError::OutOfRange);
        }
        let ceiling = manifest.limits.ceiling(&claim);
        let kept = raw.clamp(0.0, ceiling);
        let (lower, upper) = self.interval(&row, &claim, kept, ceiling);

        let explanation = model.explainer.explain(&row);
        let groups: Vec<Group> = Group::all().collect();
        let mut parts = vec![0.0; groups.len()];
        for (column, phi) in model.schema.columns.iter().zip(explanation.phi) {
            add(&groups, &mut parts, column.feature.group(), phi);
        }
        add(&groups, &mut parts, Group::Limit, kept - raw);

        let money = |pounds| Money::from_model_pounds(pounds).ok_or(PredictError::OutOfRange);
        let amount = money(kept)?;
        let rounded = to_pence(explanation.base, &parts, amount).ok_or(PredictError::OutOfRange)?;
        let contributions = groups.iter().zip(rounded.parts).filter(|(_, part)| *part != Money::ZERO);
        let mut contributions: Vec<Contribution> = contributions
            .map(|(group, amount)| Contribution { feature: group.key().into(), label: group.label().into(), amount })
            .collect();
        // A stable sort: equals stay in the order of the groups.
        contributions.sort_by_key(|c| std::cmp::Reverse(c.amount.pence().abs()));
        Ok(Prediction {
            amount,
            lower: money(lower)?.min(amount),
            upper: money(upper)?.max(amount),
            level: manifest.calibration.level,
            base: rounded.base,
            contributions,
            explanation_error: money(explanation.error)?,
        })
    }

    /// The interval around a prediction of `kept` pounds, which lies within it.
    fn interval(&self, row: &[f64], claim: &Recovered, kept: f64, ceiling: f64) -> (f64, f64) {
        let widening = self.manifest().calibration.widening(ClaimKind::of(claim));
        let (lower, upper) = match &self.model().tails {
            Some(tails) => (tails.lower.predict(row), tails.upper.predict(row)),
            None => (kept, kept),
        };
        ((lower - widening).min(kept).max(0.0), (upper + widening).clamp(kept, ceiling))
    }
}

fn add(groups: &[Group], parts: &mut [f64], group: Group, pounds: f64) {
    if let Some(i) = groups.iter().position(|g| *g == group) {
        parts[i] += pounds;
    }
}
