//! smartcore's XGRegressor: second-order boosting on squared error.

use serde::{Deserialize, Serialize};
use smartcore::{
    linalg::basic::matrix::DenseMatrix,
    xgboost::{XGRegressor, XGRegressorParameters},
};

use super::{Additive, FitError, Input, Lesson, Library, Mirror, ModelFault, Served, finite, plant};
use crate::trees::{Limits, PlainNode, TreeFault};

pub type SmartcoreXgBoost = XGRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// Mirror of `smartcore::xgboost::XGRegressor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XgBoost {
    regressors: Option<Vec<Tree>>,
    parameters: Option<Parameters>,
    _phantom_ty: (),
    _phantom_tx: (),
    _phantom_y: (),
    _phantom_x: (),
}

/// Mirror of its trees, which are boxes in boxes: JSON nests them no deeper than serde_json's limit
/// of 128, which neither reading nor dropping them can exhaust the stack with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tree {
    left: Option<Box<Tree>>,
    right: Option<Box<Tree>>,
    value: f64,
    threshold: f64,
    split_feature_idx: usize,
    split_score: f64,
    _phantom_tx: (),
    _phantom_ty: (),
    _phantom_x: (),
    _phantom_y: (),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    n_estimators: usize,
    max_depth: u16,
    learning_rate: f64,
    min_child_weight: usize,
    lambda: f64,
    gamma: f64,
    base_score: f64,
    subsample: f64,
    seed: u64,
    objective: Objective,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Objective {
    MeanSquaredError,
}

/// Fits to `lesson`, its target brought within its 2% and 98% quantiles, because squared error
/// would else chase the few very large reductions. Rows are not weighted, smartcore's cannot be.
pub fn fit(lesson: Lesson, seed: u64) -> Result<XgBoost, FitError> {
    let target = lesson.within_quantiles();
    let x = DenseMatrix::from_2d_vec(&lesson.rows.iter().map(|r| r.to_vec()).collect())?;
    let parameters = XGRegressorParameters::default()
        .with_n_estimators(200)
        .with_learning_rate(0.05)
        .with_max_depth(4)
        .with_min_child_weight(20)
        .with_lambda(5.0)
        .with_subsample(0.5)
        .with_base_score(target.iter().sum::<f64>() / target.len().max(1) as f64)
        .with_seed(seed);
    let model = SmartcoreXgBoost::fit(&x, &target, parameters)?;
    Ok(serde_json::from_slice(&serde_json::to_vec(&model)?)?)
}

impl Tree {
    /// Lays the tree out, parents before children.
    fn plain(&self) -> Result<Vec<PlainNode>, TreeFault> {
        let mut nodes = Vec::new();
        let mut order = vec![self];
        let mut place = 0;
        while let Some(&tree) = order.get(place) {
            if !tree.value.is_finite() {
                return Err(TreeFault::NotFinite { node: place });
            }
            nodes.push(match (&tree.left, &tree.right) {
                (None, None) => PlainNode::Leaf(tree.value),
                (Some(left), Some(right)) => {
                    let yes = order.len();
                    order.extend([left.as_ref(), right.as_ref()]);
                    let (feature, threshold) = (tree.split_feature_idx, tree.threshold);
                    PlainNode::Split { feature, threshold, yes, no: yes + 1, blank_no: true }
                }
                _ => return Err(TreeFault::HalfSplit { node: place }),
            });
            place += 1;
        }
        Ok(nodes)
    }
}

impl Mirror for XgBoost {
    fn serve(&self, input: Input, limits: Limits) -> Result<Served, ModelFault> {
        let (Some(trees), Some(parameters)) = (&self.regressors, &self.parameters) else {
            return Err(ModelFault::Shape("a model that was never fitted".into()));
        };
        let Parameters { base_score, learning_rate, .. } = *parameters;
        finite("the parameters", &[base_score, learning_rate])?;
        let forest = plant(trees.iter().map(Tree::plain), learning_rate, input.features(), limits)?;
        Ok(Additive { intercept: base_score, coefficients: vec![0.0; input.features()], forest }.into())
    }
}

impl Library for SmartcoreXgBoost {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(SmartcoreXgBoost::predict(self, &DenseMatrix::from_2d_vec(&rows.to_vec())?)?)
    }
}
