//! What the API answers, as documented in its OpenAPI description. Amounts are whole pence.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The model version that answered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Model {
    pub name: String,
    pub version: i32,
}

/// What one fact of the claim adds to the average, or takes off it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Contribution {
    #[schema(example = "special_therapy")]
    pub feature: String,
    #[schema(example = "Physiotherapy")]
    pub label: String,
    pub amount_pence: i64,
}

/// A prediction. `base_pence` and the contributions add up to `amount_pence`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Prediction {
    pub prediction_id: String,
    pub claim_id: String,
    pub amount_pence: i64,
    pub lower_pence: i64,
    pub upper_pence: i64,
    /// Share of similar claims that settle between lower and upper.
    #[schema(example = 0.9)]
    pub level: f64,
    /// What claims are worth on average, where the explanation starts.
    pub base_pence: i64,
    pub contributions: Vec<Contribution>,
    /// What the whiplash tariff gives for the injury; null where there is none.
    pub tariff_pence: Option<i64>,
    pub model: Model,
}

impl Prediction {
    pub fn of(p: &store::predictions::Prediction, name: &str, version: i32) -> Prediction {
        Prediction {
            prediction_id: p.id.to_string(),
            claim_id: p.claim.to_string(),
            amount_pence: p.amount.pence(),
            lower_pence: p.lower.pence(),
            upper_pence: p.upper.pence(),
            level: f64::from(p.level_bp) / 10_000.0,
            base_pence: p.base.pence(),
            contributions: p
                .contributions
                .iter()
                .map(|c| Contribution {
                    feature: c.feature.clone(),
                    label: c.label.clone(),
                    amount_pence: c.amount.pence(),
                })
                .collect(),
            tariff_pence: p.tariff.map(|t| t.pence()),
            model: Model { name: name.to_owned(), version },
        }
    }
}

/// A decision that a person made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// `accepted`, `overridden` or `manual`.
    pub kind: String,
    pub amount_pence: i64,
    pub reason: Option<String>,
    /// The person who decided, where an integration named one.
    pub decided_by: Option<String>,
    /// When they decided; without a named person, when it was recorded.
    pub decided_at: String,
}

impl Decision {
    pub fn of(d: &store::decisions::Decision) -> Decision {
        Decision {
            kind: d.kind.key().to_owned(),
            amount_pence: d.amount.pence(),
            reason: d.reason.map(|r| r.key().to_owned()),
            decided_by: d.decider.as_ref().map(|p| p.name.clone()),
            decided_at: d.decider.as_ref().map_or(d.at, |p| p.at).to_rfc3339(),
        }
    }
}

/// A claim as it stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Claim {
    pub claim_id: String,
    pub number: String,
    pub external_reference: Option<String>,
    /// `open`, `flagged` or `decided`.
    pub status: String,
    /// The sum of the heads of loss.
    pub total_pence: i64,
    pub created_at: String,
    pub prediction: Option<Prediction>,
    pub decision: Option<Decision>,
}
