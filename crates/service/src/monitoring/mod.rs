//! Watching a company's stream of claims, week by week in London: whether the claims still look like those the model learnt
//! from, and whether it is still as good as it says. What is odd twice alerts (`domain::alert`), once for each signal.

mod acts;
pub mod drift;
pub(crate) mod page;
mod performance;
pub mod run;

pub use acts::{ACKNOWLEDGE, MUTE, UNMUTE};

use domain::alert::Judgement;
use serde::{Deserialize, Serialize};

/// A signal of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The feature's own name, `the prediction`, `mean error` or `coverage`; with ` missing` behind it, whether it is known.
    pub name: String,
    /// How far off it is: the population stability index; the error over what is claimed; the missing share of coverage.
    pub size: f64,
    /// The p-value over all signals of the window; nil where none is tested.
    pub adjusted: f64,
    pub judgement: Judgement,
    /// What is to be known of it, in words; may be empty.
    #[serde(default)]
    pub remark: String,
}

/// What stands in a window's body.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub signals: Vec<Signal>,
    /// True outcomes that the error was judged on.
    #[serde(default)]
    pub outcomes: usize,
}

/// Of drift, so that both are told apart.
pub(crate) const MEAN_ERROR: &str = "mean error";
pub(crate) const COVERAGE: &str = "coverage";
