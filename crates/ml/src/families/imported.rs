//! Models of other libraries: trees, linear parts and links, in a form of our own.

use serde::{Deserialize, Serialize};

use super::{Additive, Exponential, FitError, Input, Library, Mirror, ModelFault, Served, finite, linear::bounded};
use crate::trees::{Forest, Limits, PlainNode};

/// A model over the features of its bundle: `link(intercept + Σ coefficient · x + Σ trees(x))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// What it was exported from, in words.
    pub source: String,
    pub link: Link,
    pub target: Target,
    pub intercept: f64,
    /// One for each feature.
    #[serde(deserialize_with = "bounded")]
    pub coefficients: Vec<f64>,
    pub trees: Vec<ImportedTree>,
}

/// How the sum becomes the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    Identity,
    /// The answer is the exponential of the sum.
    Log,
}

/// What the model was trained to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    Settlement,
    /// Settlement minus the sum of the heads.
    Residual,
}

/// A tree. A child from 0 on is a split, a negative one is leaf `-1 - child`; the root is split 0,
/// or leaf 0 where there is no split.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedTree {
    /// Feature, threshold, child for values up to it, child for others, and whether an unknown
    /// value goes to the latter.
    pub splits: Vec<(u16, f64, i32, i32, bool)>,
    pub leaves: Vec<f64>,
}

impl ImportedTree {
    fn plain(&self) -> Vec<PlainNode> {
        let place = |child: i32| if child < 0 { self.splits.len() + !child as usize } else { child as usize };
        let split = |&(feature, threshold, yes, no, blank_no): &(u16, f64, i32, i32, bool)| PlainNode::Split {
            feature: usize::from(feature),
            threshold,
            yes: place(yes),
            no: place(no),
            blank_no,
        };
        self.splits.iter().map(split).chain(self.leaves.iter().map(|&value| PlainNode::Leaf(value))).collect()
    }

    fn leaf(&self, row: &[f64]) -> f64 {
        let mut at = if self.splits.is_empty() { !0 } else { 0 };
        while at >= 0 {
            let (feature, threshold, yes, no, blank_no) = self.splits[at as usize];
            let x = row[usize::from(feature)];
            let goes_no = if x.is_nan() { blank_no } else { x > threshold };
            at = if goes_no { no } else { yes };
        }
        self.leaves[!at as usize]
    }
}

impl Mirror for Imported {
    fn serve(&self, input: Input, limits: Limits) -> Result<Served, ModelFault> {
        let features = input.features();
        if self.coefficients.len() != features {
            let found = self.coefficients.len();
            return Err(ModelFault::Shape(format!("{found} coefficients for {features} features")));
        }
        finite("the linear part", &self.coefficients)?;
        finite("the linear part", &[self.intercept])?;
        let mut forest = Forest::default();
        for (tree, imported) in self.trees.iter().enumerate() {
            let pushed = forest.push(&imported.plain(), 1.0, features, limits);
            pushed.map_err(|fault| ModelFault::Tree { tree, fault })?;
        }
        let sum = Additive { intercept: self.intercept, coefficients: self.coefficients.clone(), forest };
        let mut served = match self.link {
            Link::Identity => Served::from(sum),
            Link::Log => Served {
                additive: Additive::nil(features),
                exponentials: vec![Exponential { weight: 1.0, exponent: sum, asinh: false }],
            },
        };
        if self.target == Target::Settlement {
            let coefficients = &mut served.additive.coefficients;
            coefficients.iter_mut().zip(input.totals).for_each(|(c, t)| *c -= t);
        }
        Ok(served)
    }
}

/// Walked in the stored form, apart from the layout that predictions are served from.
impl Library for Imported {
    fn predict(&self, input: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        let answer = |row: &Vec<f64>| {
            let known = |(c, x): (&f64, &f64)| if x.is_nan() { 0.0 } else { c * x };
            let linear: f64 = self.coefficients.iter().zip(row).map(known).sum();
            let sum = self.intercept + linear + self.trees.iter().map(|tree| tree.leaf(row)).sum::<f64>();
            let answer = if self.link == Link::Log { sum.exp() } else { sum };
            if self.target == Target::Settlement { answer - input.total(row) } else { answer }
        };
        Ok(rows.iter().map(answer).collect())
    }
}
