//! What counts as use.

use serde::{Deserialize, Serialize};

/// What a prediction was, as far as its price depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    /// `form`, `file` or `api`.
    pub channel: String,
    /// `shared` or `own`: whose model answered.
    pub model: String,
}

/// Why a prediction is billed, or is not. The contract says it; no flag overrides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    /// The first prediction for a claim.
    First,
    /// The claim has been predicted before: a re-run is free.
    Rerun,
}

impl Meter {
    pub fn of(predicted_before: bool) -> Meter {
        if predicted_before { Meter::Rerun } else { Meter::First }
    }

    pub const fn billable(self) -> bool {
        matches!(self, Meter::First)
    }

    pub const fn reason(self) -> &'static str {
        match self {
            Meter::First => "first prediction of the claim",
            Meter::Rerun => "re-run: not charged",
        }
    }
}
