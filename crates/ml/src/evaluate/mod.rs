//! How good predictions are, and for whom: figures over claims a model had not seen.

mod bootstrap;
mod report;

pub use bootstrap::{Estimate, mean, mean_at, statistic};
pub use report::{Importance, Point, Report, Slice, report};

use crate::{data::Protected, interval::ClaimKind};

/// A settled claim with what a model that had not seen it said. Amounts in pounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub kind: ClaimKind,
    /// Rows of one group are taken for one claim.
    pub group: i64,
    pub protected: Protected,
    pub settlement: f64,
    pub prediction: f64,
    pub lower: f64,
    pub upper: f64,
}

impl Judged {
    /// How far off the prediction is, in pounds.
    pub fn error(&self) -> f64 {
        (self.prediction - self.settlement).abs()
    }

    /// The prediction less the settlement, in pounds.
    pub fn signed_error(&self) -> f64 {
        self.prediction - self.settlement
    }

    pub fn is_covered(&self) -> bool {
        self.lower <= self.settlement && self.settlement <= self.upper
    }

    /// `None` where the age is not known.
    pub fn age_band(&self) -> Option<&'static str> {
        Some(match self.protected.driver_age? {
            0..25 => "under 25",
            25..40 => "25 to 39",
            40..60 => "40 to 59",
            60.. => "60 and over",
        })
    }
}
