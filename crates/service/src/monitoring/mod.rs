//! Watching a company's stream of claims, week by week in London: whether the claims still look like those the model learnt
//! from, and whether it is still as good as it says. What is odd twice alerts (`domain::alert`), once for each signal.

mod acts;
pub mod drift;
pub(crate) mod page;
pub mod performance;
pub mod run;

pub use acts::{ACKNOWLEDGE, MUTE, UNMUTE};

use domain::alert::Judgement;
use serde::{Deserialize, Serialize};

/// A signal of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The feature's own name, `the prediction`, `mean error`, `bias` or `coverage`; with ` missing` behind it, whether it is
    /// known.
    pub name: String,
    /// How far off it is: the population stability index; the error over what is claimed; the bias over what is settled; the
    /// missing share of coverage.
    pub size: f64,
    /// The p-value over all signals of the window; nil where none is tested.
    pub adjusted: f64,
    pub judgement: Judgement,
    /// What is to be known of it, in words; may be empty.
    #[serde(default)]
    pub remark: String,
    /// Where its values lie, of one that is odd.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bins: Vec<Bin>,
}

/// A range of a signal's values, with the shares that lie in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Such as “£120 to £480”.
    pub label: String,
    /// Of the claims that the model learnt from.
    pub then: f64,
    /// Of the window's.
    pub now: f64,
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
pub(crate) const BIAS: &str = "bias";
pub(crate) const COVERAGE: &str = "coverage";

/// Whether it is judged on true outcomes, and not on the claims themselves.
pub(crate) fn is_of_outcomes(signal: &str) -> bool {
    [MEAN_ERROR, BIAS, COVERAGE].contains(&signal)
}
