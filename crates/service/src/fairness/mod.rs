//! Whether claimants of one group are served worse than those of another: by the model, and by what people decide. Each
//! month and when asked, on true outcomes; what is found has an owner and a day until it is mended, tested again or
//! accepted (story 29).

mod acts;
pub mod audit;
pub(crate) mod page;
pub mod run;

pub use acts::{ANSWER, ASK};

use ml::fairness::Flip;
use serde::{Deserialize, Serialize};

/// A mean in pounds with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// What was found of a group by one judge: the model, or people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Served {
    pub mae: Mean,
    /// Less the outcome: positive where too much is paid.
    pub bias: Mean,
    /// The bias less that of all others.
    pub gap: Mean,
    /// Of the errors' distributions against the others, corrected for the number of groups.
    pub p: f64,
    pub finding: bool,
}

/// A group of claimants. Fewer than ten are not shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub name: String,
    pub claims: usize,
    /// `None`: too few to judge.
    pub model: Option<Served>,
    pub people: Option<Served>,
    /// How well the group can be told from what the model sees: 0.5 is chance; with its corrected p-value.
    pub proxy: Option<(f64, f64)>,
}

/// By one attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: String,
    pub groups: Vec<Group>,
    /// Claims of groups that are too small to be shown.
    pub hidden: usize,
    /// Of the distributions of predictions between groups: they may differ because the claims do.
    pub parity: Option<f64>,
}

/// What a report holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub claims: usize,
    pub attributes: Vec<Attribute>,
    /// What changes when the attributes alone are changed.
    pub flip: Option<Flip>,
    /// SHA-256 of claims and outcomes.
    pub data: String,
}

/// The groups as a proxy is flagged.
pub(crate) fn is_proxy((auc, p): (f64, f64)) -> bool {
    auc > 0.6 && p < 0.01
}
