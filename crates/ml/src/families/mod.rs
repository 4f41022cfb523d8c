//! Model families: what is fitted with which library, and what predictions are served from.
//!
//! Every family but the imported ones learns `settlement − sum of heads` from the same features, so
//! that the sum of the heads (the ceiling of the negotiation) need not be learnt; see
//! [`crate::features`]. Whatever the family, a fitted model is served as a [`Served`]: a linear part,
//! a sum of trees and, for models with a logarithmic link, exponentials of such sums.

pub mod blend;
pub mod elasticnet;
mod family;
pub mod forest;
pub mod glm;
pub mod histogram;
pub mod imported;
pub mod leastsquares;
pub mod linear;
pub mod ridge;
pub mod smartcorenet;
pub mod stage;
mod stored;
pub mod xgboost;

pub use family::Family;
pub use stage::{FitError, Lesson, Loss, Stage, StageRecipe};
pub use stored::{Part, Stored};

use crate::trees::{Forest, Limits, PlainNode, TreeFault};

/// `intercept + Σ coefficient · x + Σ trees(x)`, in pounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Additive {
    pub intercept: f64,
    /// One for each feature.
    pub coefficients: Vec<f64>,
    pub forest: Forest,
}

/// A factor of a served model: `weight · exp(intercept + Σ coefficient · x̃ + Σ trees(x))`, where x̃ is
/// asinh x or x itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Exponential {
    /// Pounds.
    pub weight: f64,
    pub exponent: Additive,
    /// Whether the linear part sees asinh x, which is about the logarithm of 2x.
    pub asinh: bool,
}

/// What predictions are served from: the sum of its terms, in pounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    pub additive: Additive,
    pub exponentials: Vec<Exponential>,
}

impl Additive {
    /// Nil, for models of `features`.
    pub fn nil(features: usize) -> Additive {
        Additive { intercept: 0.0, coefficients: vec![0.0; features], forest: Forest::default() }
    }

    /// `row` has one value for each coefficient; unknown values (NaN) count nil in the linear part.
    pub fn predict(&self, row: &[f64]) -> f64 {
        self.linear(row, |x| x) + self.forest.predict(row)
    }

    fn linear(&self, row: &[f64], of: impl Fn(f64) -> f64) -> f64 {
        let term = |(c, x): (&f64, &f64)| if *c == 0.0 || x.is_nan() { 0.0 } else { c * of(*x) };
        self.intercept + self.coefficients.iter().zip(row).map(term).sum::<f64>()
    }

    /// Adds `weight` times `other`, which is of as many features.
    pub fn add(&mut self, other: &Additive, weight: f64) {
        self.intercept += weight * other.intercept;
        self.coefficients.iter_mut().zip(&other.coefficients).for_each(|(c, o)| *c += weight * o);
        self.forest.append(&other.forest, weight);
    }
}

impl Exponential {
    pub fn predict(&self, row: &[f64]) -> f64 {
        let of = |x: f64| if self.asinh { x.asinh() } else { x };
        self.weight * (self.exponent.linear(row, of) + self.exponent.forest.predict(row)).exp()
    }
}

impl Served {
    /// `row` has one value for each feature.
    pub fn predict(&self, row: &[f64]) -> f64 {
        self.additive.predict(row) + self.exponentials.iter().map(|e| e.predict(row)).sum::<f64>()
    }

    /// Writes the predictions of `rows` to `answers`, one for each; many times faster a row than
    /// one at a time.
    pub fn predict_many(&self, rows: &[&[f64]], answers: &mut [f64]) {
        for (answer, row) in answers.iter_mut().zip(rows) {
            *answer = self.additive.linear(row, |x| x) + self.exponentials.iter().map(|e| e.predict(row)).sum::<f64>();
        }
        self.additive.forest.predict_many(rows, answers);
    }

    /// Adds `weight` times `other`, which is of as many features.
    pub fn add(&mut self, other: &Served, weight: f64) {
        self.additive.add(&other.additive, weight);
        let scaled = other.exponentials.iter().map(|e| Exponential { weight: weight * e.weight, ..e.clone() });
        self.exponentials.extend(scaled);
    }

    /// Every forest of the model.
    pub fn forests(&self) -> impl Iterator<Item = &Forest> {
        std::iter::once(&self.additive.forest).chain(self.exponentials.iter().map(|e| &e.exponent.forest))
    }

    /// Splits and leaves over all trees.
    pub fn size(&self) -> usize {
        self.forests().map(Forest::size).sum()
    }
}

impl From<Additive> for Served {
    fn from(additive: Additive) -> Self {
        Served { additive, exponentials: Vec::new() }
    }
}

/// What a model is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// For each feature, how much of it counts in the sum of the heads; see
    /// [`crate::features::total_coefficients`].
    pub totals: &'a [f64],
}

impl Input<'_> {
    pub fn features(&self) -> usize {
        self.totals.len()
    }

    /// The sum of the heads of a row, in pounds.
    pub fn total(&self, row: &[f64]) -> f64 {
        self.totals.iter().zip(row).filter(|(t, x)| **t != 0.0 && !x.is_nan()).map(|(t, x)| t * x).sum()
    }
}

/// A fitted model of one of our mirror types.
pub trait Mirror {
    /// Checks the model against its input and lays it out for serving: in pounds relative to the
    /// sum of the heads.
    fn serve(&self, input: Input, limits: Limits) -> Result<Served, ModelFault>;
}

/// A fitted model of a machine-learning crate's own type.
pub trait Library {
    /// The crate's own predictions, in pounds relative to the sum of the heads. Only for models
    /// whose mirror passed its checks.
    fn predict(&self, input: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError>;
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
fn plant(
    trees: impl Iterator<Item = Result<Vec<PlainNode>, TreeFault>>,
    scale: f64,
    features: usize,
    limits: Limits,
) -> Result<Forest, ModelFault> {
    let mut forest = Forest::default();
    for (i, tree) in trees.enumerate() {
        let pushed = tree.and_then(|tree| forest.push(&tree, scale, features, limits));
        pushed.map_err(|fault| ModelFault::Tree { tree: i, fault })?;
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
