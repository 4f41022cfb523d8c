//! From the facts of a claim to an amount, its interval and its reasons.

use domain::{ClaimFacts, Money};
use serde::{Deserialize, Serialize};

use super::{Bundle, Leaves};
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

/// What a claim is worth without the reasons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Valuation {
    pub amount: Money,
    pub lower: Money,
    pub upper: Money,
    /// By how much the bounds moved the model's answer, in pounds.
    bounded: f64,
}

impl Bundle {
    /// Predicts and explains.
    pub fn predict(&self, facts: &ClaimFacts) -> Result<Prediction, PredictError> {
        let claim = Recovered::of(facts);
        let row = self.model().schema.row(&claim);
        let Valuation { amount, lower, upper, bounded } = self.valued(&claim, &row)?;
        let (contributions, base, error) = self.reasons(&row, amount, bounded)?;
        let level = self.manifest().calibration.level;
        Ok(Prediction { amount, lower, upper, level, base, contributions, explanation_error: error })
    }

    /// Predicts without explaining: several times faster.
    pub fn value(&self, facts: &ClaimFacts) -> Result<Valuation, PredictError> {
        let claim = Recovered::of(facts);
        self.valued(&claim, &self.model().schema.row(&claim))
    }

    /// The leaves of the point model's trees that a claim falls into, to compare claims by.
    pub fn leaves(&self, facts: &ClaimFacts) -> Leaves {
        Leaves::of(&self.model().point, &self.model().schema.row(&Recovered::of(facts)))
    }

    fn valued(&self, claim: &Recovered, row: &[f64]) -> Result<Valuation, PredictError> {
        if domain::Head::ALL.iter().all(|h| claim.is_unknown(*h)) {
            return Err(PredictError::NothingKnown);
        }
        let raw = self.model().point.predict(row);
        if !raw.is_finite() {
            return Err(PredictError::OutOfRange);
        }
        let ceiling = self.manifest().limits.ceiling(claim);
        let kept = raw.clamp(0.0, ceiling);
        let (lower, upper) = self.interval(row, claim, kept, ceiling);
        let amount = money(kept)?;
        let (lower, upper) = (money(lower)?.min(amount), money(upper)?.max(amount));
        Ok(Valuation { amount, lower, upper, bounded: kept - raw })
    }

    /// The contributions, the base, and the largest standard error of a contribution.
    fn reasons(
        &self,
        row: &[f64],
        amount: Money,
        bounded: f64,
    ) -> Result<(Vec<Contribution>, Money, Money), PredictError> {
        let model = self.model();
        let explanation = model.explainer.explain(row);
        let groups: Vec<Group> = Group::all().collect();
        let mut parts = vec![0.0; groups.len()];
        for (column, phi) in model.schema.columns.iter().zip(explanation.phi) {
            add(&groups, &mut parts, column.feature.group(), phi);
        }
        add(&groups, &mut parts, Group::Limit, bounded);
        let rounded = to_pence(explanation.base, &parts, amount).ok_or(PredictError::OutOfRange)?;
        let contributions = groups.iter().zip(rounded.parts).filter(|(_, part)| *part != Money::ZERO);
        let mut contributions: Vec<Contribution> = contributions
            .map(|(group, amount)| Contribution { feature: group.key().into(), label: group.label().into(), amount })
            .collect();
        // A stable sort: equals stay in the order of the groups.
        contributions.sort_by_key(|c| std::cmp::Reverse(c.amount.pence().abs()));
        Ok((contributions, rounded.base, money(explanation.error)?))
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

fn money(pounds: f64) -> Result<Money, PredictError> {
    Money::from_model_pounds(pounds).ok_or(PredictError::OutOfRange)
}

fn add(groups: &[Group], parts: &mut [f64], group: Group, pounds: f64) {
    if let Some(i) = groups.iter().position(|g| *g == group) {
        parts[i] += pounds;
    }
}
