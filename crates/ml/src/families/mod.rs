//! Model families: what is fitted with smartcore or linfa, and what predictions are served from.
//!
//! Every family learns `settlement − sum of heads` from the same features, so that the sum of the
//! heads (the ceiling of the negotiation) need not be learnt; see [`crate::features`]. Whatever the
//! family, a fitted model is served as an [`Additive`]: a linear part plus a sum of trees.

pub mod elasticnet;
pub mod forest;
pub mod linear;
pub mod ridge;
pub mod stage;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use stage::{FitError, Lesson, Loss, Stage, StageRecipe};

use crate::trees::{Forest, Limits, TreeFault};

/// The families that can be trained and loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Boosting composed from smartcore's `DecisionTreeRegressor`. The default.
    Boosting,
    /// smartcore's `RandomForestRegressor`.
    Forest,
    /// smartcore's `RidgeRegression`.
    Ridge,
    /// linfa's `ElasticNet`.
    ElasticNet,
}

impl Family {
    pub const ALL: [Family; 4] = [Family::Boosting, Family::Forest, Family::Ridge, Family::ElasticNet];

    pub const fn name(self) -> &'static str {
        match self {
            Family::Boosting => "boosting",
            Family::Forest => "forest",
            Family::Ridge => "ridge",
            Family::ElasticNet => "elasticnet",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Family::ALL.map(Family::name).join(", ");
        Family::ALL
            .into_iter()
            .find(|f| f.name() == text)
            .ok_or_else(|| format!("there is no family {text}; known are {}", names()))
    }
}

/// What is stored of a model: the fitted point model `P` and the two quantile models its intervals
/// come from. `P` and `T` are the crates' own types or our mirrors of them, over the same bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document<P, T> {
    pub point: P,
    pub lower: Stage<T>,
    pub upper: Stage<T>,
}

/// `intercept + Σ coefficient · x + Σ trees(x)`, in pounds: what predictions are served from.
#[derive(Debug, Clone, PartialEq)]
pub struct Additive {
    pub intercept: f64,
    /// One for each feature.
    pub coefficients: Vec<f64>,
    pub forest: Forest,
}

impl Additive {
    /// `row` has one value for each coefficient.
    pub fn predict(&self, row: &[f64]) -> f64 {
        let linear: f64 = self.coefficients.iter().zip(row).map(|(c, x)| c * x).sum();
        self.intercept + linear + self.forest.predict(row)
    }
}

/// A fitted model of one of our mirror types.
pub trait Mirror {
    /// Checks the model against a schema of `features` and lays it out for serving.
    fn serve(&self, features: usize, limits: Limits) -> Result<Additive, ModelFault>;
}

/// A fitted model of a machine-learning crate's own type.
pub trait Library {
    /// The crate's own predictions, in pounds. Only for models whose mirror passed its checks.
    fn predict(&self, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError>;
}

/// Why a model is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelFault {
    #[error("tree {tree}: {fault}")]
    Tree { tree: usize, fault: TreeFault },
    #[error("{0}")]
    Shape(String),
}

/// Lays out `trees`, each counting `scale` times its output.
fn plant<'a>(
    trees: impl Iterator<Item = &'a crate::trees::BaseTree>,
    scale: f64,
    features: usize,
    limits: Limits,
) -> Result<Forest, ModelFault> {
    let mut forest = Forest::default();
    for (i, tree) in trees.enumerate() {
        forest.push(tree, scale, features, limits).map_err(|fault| ModelFault::Tree { tree: i, fault })?;
    }
    if forest.trees() == 0 {
        return Err(ModelFault::Tree { tree: 0, fault: TreeFault::NoTrees });
    }
    Ok(forest)
}

fn finite(name: &str, values: &[f64]) -> Result<(), ModelFault> {
    match values.iter().find(|v| !v.is_finite()) {
        Some(value) => Err(ModelFault::Shape(format!("{name} holds {value}"))),
        None => Ok(()),
    }
}
