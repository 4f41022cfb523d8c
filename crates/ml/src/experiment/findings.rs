//! What an experiment found.

use serde::{Deserialize, Serialize};

use super::{Copies, Recommendation};
use crate::{
    evaluate::{Estimate, Report},
    families::Family,
    interval::Band,
};

/// How the experiment is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub families: Vec<Family>,
    /// How often the claims are dealt into folds anew.
    pub repeats: usize,
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { families: Family::trained().collect(), repeats: 3, seed: 1 }
    }
}

/// Everything found, in pounds where no unit is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    pub settings: Settings,
    pub copies: Copies,
    pub leak: Leak,
    /// The family with the lowest error.
    pub best: Family,
    /// Families and rules, best first.
    pub entries: Vec<Entry>,
    pub ablations: Vec<Ablation>,
    /// With fewer rows to learn from, fewest first.
    pub learning: Vec<LearningPoint>,
    /// The served method first.
    pub intervals: Vec<IntervalMethod>,
    pub report: Report,
    pub fairness: Vec<Fairness>,
    pub residuals: Residuals,
    pub recommendation: Recommendation,
}

/// What a split of rows at random would have reported of the same family.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    pub random_mae: f64,
    pub random_r2: f64,
    pub grouped_mae: f64,
    pub grouped_r2: f64,
}

/// A family or a rule in the tournament.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    /// `None` for a rule that needs no training.
    pub family: Option<Family>,
    pub mae: Estimate,
    /// The lowest and highest error of one repeat.
    pub spread: (f64, f64),
    pub median_ae: Estimate,
    pub rmse: Estimate,
    pub r2: Estimate,
    /// Its error less that of the best, on the same claims.
    pub difference: Estimate,
    /// How often each setting was chosen within the claims learnt from.
    pub settings: Vec<(usize, usize)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ablation {
    pub name: String,
    pub mae: Estimate,
    /// Its error less that of the whole method with the same settings: above nil where the part is worth something.
    pub difference: Estimate,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    /// Rows learnt from.
    pub rows: usize,
    pub mae: Estimate,
}

/// How intervals of one method did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalMethod {
    pub name: String,
    pub all: Coverage,
    pub mean_width: f64,
    pub median_width: f64,
    /// Share of settlements below and above.
    pub below: f64,
    pub above: f64,
    pub by_kind: Vec<Coverage>,
    /// Fifths of the claims by settlement.
    pub by_value: Vec<Coverage>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    pub name: String,
    pub rows: usize,
    pub claims: usize,
    pub covered: f64,
    /// Where the share should lie in 95% of calibrations with as many claims.
    pub band: Band,
}

/// Whether an attribute that is never priced shows all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fairness {
    pub attribute: String,
    pub groups: Vec<FairGroup>,
    /// The largest less the smallest mean absolute error.
    pub mae_difference: f64,
    /// Of the predictions, and of prediction less settlement.
    pub parity: Separation,
    pub residual_parity: Separation,
    pub proxy: Vec<ProxyFinding>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairGroup {
    pub name: String,
    pub rows: usize,
    pub mae: f64,
    pub mean_prediction: f64,
    pub bias: f64,
}

/// The statistic of Kolmogorov and Smirnov between the two groups furthest apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Separation {
    pub statistic: f64,
    pub p_value: f64,
}

/// How well the features give a group away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProxyFinding {
    pub group: String,
    pub auc: f64,
    /// What chance exceeds in 5 of 100.
    pub limit: f64,
    pub adjusted: f64,
}

/// Where the error lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Residuals {
    /// Share of all error that the 10% of rows with the largest carry.
    pub top_tenth: f64,
    /// Share of claims that settled for the sum of their heads, to 50p.
    pub paid_in_full: f64,
    /// Mean error of those, and of the others.
    pub mae_paid_in_full: f64,
    pub mae_others: f64,
    /// Share of rows within 10% of the settlement.
    pub within_tenth: f64,
}
