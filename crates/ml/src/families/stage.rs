//! Gradient boosting composed from smartcore's regression trees.
//!
//! smartcore's own boosting knows squared error only, which chases the few very large reductions.
//! Here each round fits a `DecisionTreeRegressor` to the gradient of a robust loss (Friedman 2001,
//! "Greedy function approximation"), and for quantiles the leaves are then set to the quantile of
//! what is left in them, because the gradient of the pinball loss has lost its scale.

use serde::{Deserialize, Serialize};
use smartcore::{
    linalg::basic::matrix::DenseMatrix,
    tree::decision_tree_regressor::{DecisionTreeRegressor, DecisionTreeRegressorParameters},
};

use super::{Additive, Input, Library, Mirror, ModelFault, Served, finite, plant};
use crate::{
    random::Random,
    trees::{DecisionTree, Limits, TreeFault},
};

pub type SmartcoreTree = DecisionTreeRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// `start + rate × Σ tree(x)`; `T` is smartcore's tree or its mirror.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage<T> {
    /// Pounds.
    pub start: f64,
    pub rate: f64,
    pub trees: Vec<T>,
}

/// What a stage minimises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// Squared up to this many pounds, absolute beyond.
    Huber(f64),
    Absolute,
    /// The pinball loss of this quantile.
    Quantile(f64),
}

/// How a stage is grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageRecipe {
    pub loss: Loss,
    pub rounds: usize,
    pub rate: f64,
    /// Splits on the longest path.
    pub depth: u16,
    /// Fewest rows in a leaf.
    pub leaf: usize,
    /// Share of the rows each tree is grown on.
    pub share: f64,
    /// Share of the features each tree may split on.
    pub features: f64,
}

/// Rows of features with what is to be predicted. All of one length, not empty, finite.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    pub rows: &'a [&'a [f64]],
    /// Pounds.
    pub target: &'a [f64],
    /// Above 0.
    pub weight: &'a [f64],
    /// For each feature whether the answer may only rise (+1) or only fall (−1) with it, or 0; empty for no
    /// such rules. Histogram trees keep to them, other families cannot.
    pub rules: &'a [i8],
}

impl Lesson<'_> {
    /// The target brought within its 2% and 98% quantiles.
    pub fn within_quantiles(&self) -> Vec<f64> {
        let quantile = |q| weighted_quantile(self.target.iter().map(|&t| (t, 1.0)), q);
        let (low, high) = (quantile(0.02), quantile(0.98));
        self.target.iter().map(|t| t.clamp(low, high)).collect()
    }
}

/// Why a model could not be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error("there are no rows to learn from")]
    NoRows,
    #[error("smartcore: {0}")]
    Smartcore(#[from] smartcore::error::Failed),
    #[error("linfa: {0}")]
    Linfa(String),
    #[error("no feature is the sum of the heads, which the model is an exposure of")]
    NoExposure,
    #[error("the fitted model does not pass its own checks: {0}")]
    Unsound(String),
    #[error("a model of another library is imported, not trained here")]
    Imported,
    #[error("the fitted model has an unexpected form: {0}")]
    Form(#[from] serde_json::Error),
}

impl Stage<DecisionTree> {
    /// Grows a stage. The same lesson, recipe and random numbers give the same stage.
    pub fn fit(lesson: Lesson, recipe: &StageRecipe, random: &mut Random) -> Result<Self, FitError> {
        let n = lesson.rows.len();
        if n == 0 {
            return Err(FitError::NoRows);
        }
        let start =
            weighted_quantile(lesson.target.iter().copied().zip(lesson.weight.iter().copied()), recipe.loss.quantile());
        let mut fitted = vec![start; n];
        let mut stage = Stage { start, rate: recipe.rate, trees: Vec::with_capacity(recipe.rounds) };
        let parameters = DecisionTreeRegressorParameters {
            // smartcore counts levels, not splits.
            max_depth: Some(recipe.depth + 1),
            min_samples_leaf: recipe.leaf,
            min_samples_split: 2 * recipe.leaf,
            seed: Some(0),
        };
        for _ in 0..recipe.rounds {
            let drawn: Vec<usize> = (0..n).filter(|_| random.chance(recipe.share)).collect();
            if drawn.is_empty() {
                continue;
            }
            let mut tree = grow(&lesson, &fitted, recipe, &parameters, &drawn, random)?;
            if let Loss::Quantile(quantile) = recipe.loss {
                renew(&mut tree, &lesson, &fitted, &drawn, quantile);
            }
            for (f, row) in fitted.iter_mut().zip(lesson.rows) {
                let nodes = &tree.tree_regressor;
                *f += recipe.rate * nodes.nodes[nodes.leaf(row)].output;
            }
            stage.trees.push(tree);
        }
        Ok(stage)
    }
}

impl Mirror for Stage<DecisionTree> {
    fn serve(&self, input: Input, limits: Limits) -> Result<Served, ModelFault> {
        let features = input.features();
        finite("a stage", &[self.start, self.rate])?;
        for (tree, found) in self.trees.iter().map(|t| t.num_features).enumerate() {
            if found != features {
                return Err(ModelFault::Tree { tree, fault: TreeFault::OtherWidth { found, features } });
            }
        }
        let forest = plant(self.trees.iter().map(|t| t.tree_regressor.plain()), self.rate, features, limits)?;
        Ok(Additive { intercept: self.start, coefficients: vec![0.0; features], forest }.into())
    }
}

impl Library for Stage<SmartcoreTree> {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        let x = DenseMatrix::from_2d_vec(&rows.to_vec())?;
        let mut fitted = vec![self.start; rows.len()];
        for tree in &self.trees {
            for (f, output) in fitted.iter_mut().zip(tree.predict(&x)?) {
                *f += self.rate * output;
            }
        }
        Ok(fitted)
    }
}

impl Loss {
    /// The quantile of the target that a constant prediction should be.
    pub fn quantile(self) -> f64 {
        match self {
            Loss::Huber(_) | Loss::Absolute => 0.5,
            Loss::Quantile(q) => q,
        }
    }

    /// The negative gradient at `residual = target − fitted`.
    pub fn gradient(self, residual: f64) -> f64 {
        match self {
            Loss::Absolute if residual == 0.0 => 0.0,
            Loss::Absolute => residual.signum(),
            Loss::Huber(bound) => residual.clamp(-bound, bound),
            Loss::Quantile(q) if residual < 0.0 => q - 1.0,
            Loss::Quantile(q) => q,
        }
    }
}

/// One tree on the drawn rows. Leaving a row out is the same to smartcore as weighing it 0 (it
/// skips such rows) and spares sorting it.
fn grow(
    lesson: &Lesson,
    fitted: &[f64],
    recipe: &StageRecipe,
    parameters: &DecisionTreeRegressorParameters,
    drawn: &[usize],
    random: &mut Random,
) -> Result<DecisionTree, FitError> {
    let width = lesson.rows[0].len();
    let kept: Vec<bool> = (0..width).map(|_| recipe.features >= 1.0 || random.chance(recipe.features)).collect();
    let mut values = Vec::with_capacity(drawn.len() * width);
    for (feature, &kept) in kept.iter().enumerate() {
        // A feature held back is a constant column: it keeps its number and offers no split.
        values.extend(drawn.iter().map(|&i| if kept { lesson.rows[i][feature] } else { 0.0 }));
    }
    let x = DenseMatrix::new(drawn.len(), width, values, true)?;
    let y: Vec<f64> = drawn.iter().map(|&i| recipe.loss.gradient(lesson.target[i] - fitted[i])).collect();
    let weight: Vec<f64> = drawn.iter().map(|&i| lesson.weight[i]).collect();
    let tree = SmartcoreTree::fit_with_weights(&x, &y, &weight, parameters.clone())?;
    Ok(serde_json::from_slice(&serde_json::to_vec(&tree)?)?)
}

/// Sets each leaf to the quantile of what is left to explain in it.
fn renew(tree: &mut DecisionTree, lesson: &Lesson, fitted: &[f64], drawn: &[usize], quantile: f64) {
    let tree = &mut tree.tree_regressor;
    let mut left: Vec<Vec<(f64, f64)>> = vec![Vec::new(); tree.nodes.len()];
    for &i in drawn {
        left[tree.leaf(lesson.rows[i])].push((lesson.target[i] - fitted[i], lesson.weight[i]));
    }
    for (node, left) in tree.nodes.iter_mut().zip(left) {
        if !left.is_empty() {
            node.output = weighted_quantile(left, quantile);
        }
    }
}

/// The smallest value at or below which `quantile` of the weight lies; 0 for no values.
pub fn weighted_quantile(values: impl IntoIterator<Item = (f64, f64)>, quantile: f64) -> f64 {
    let mut values: Vec<(f64, f64)> = values.into_iter().collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = quantile * values.iter().map(|(_, w)| w).sum::<f64>();
    let mut below = 0.0;
    for &(value, weight) in &values {
        below += weight;
        if below >= wanted {
            return value;
        }
    }
    values.last().map_or(0.0, |&(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: StageRecipe =
        StageRecipe { loss: Loss::Huber(5.0), rounds: 200, rate: 0.1, depth: 2, leaf: 10, share: 0.5, features: 1.0 };

    /// 600 rows: y = 100 where x > 5, else 0, with noise, and every 20th row far out.
    fn lesson() -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut random = Random::new(4);
        let rows: Vec<Vec<f64>> = (0..600).map(|_| vec![random.unit() * 10.0, random.unit()]).collect();
        let y = rows.iter().enumerate().map(|(i, r)| {
            let slip = if i % 20 == 0 { -5_000.0 } else { 0.0 };
            f64::from(u8::from(r[0] > 5.0)) * 100.0 + random.normal() + slip
        });
        let y = y.collect();
        (rows, y)
    }

    fn fit(recipe: &StageRecipe) -> Served {
        let (rows, y) = lesson();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let lesson = Lesson { rows: &rows, target: &y, weight: &vec![1.0; 600], rules: &[] };
        Stage::fit(lesson, recipe, &mut Random::new(1))
            .unwrap()
            .serve(Input { totals: &[0.0; 2] }, Limits::default())
            .unwrap()
    }

    #[test]
    fn a_robust_loss_learns_the_step_and_not_the_slips() {
        let model = fit(&RECIPE);
        for (x, truth) in [(2.0, 0.0), (8.0, 100.0)] {
            let answer = model.predict(&[x, 0.5]);
            // The mean of these rows is 250 lower.
            assert!((answer - truth).abs() < 6.0, "{x}: {answer}");
        }
    }

    #[test]
    fn a_quantile_stage_has_its_share_of_rows_below() {
        for quantile in [0.1, 0.5, 0.9] {
            let model = fit(&StageRecipe { loss: Loss::Quantile(quantile), ..RECIPE });
            let (rows, y) = lesson();
            let below = rows.iter().zip(&y).filter(|(r, y)| **y <= model.predict(r)).count() as f64 / 600.0;
            assert!((below - quantile).abs() < 0.05, "{quantile}: {below}");
        }
    }

    #[test]
    fn nothing_is_learnt_from_nothing() {
        let lesson = Lesson { rows: &[], target: &[], weight: &[], rules: &[] };
        assert!(matches!(Stage::fit(lesson, &RECIPE, &mut Random::new(1)), Err(FitError::NoRows)));
    }

    #[test]
    fn quantiles_are_weighted() {
        let values = [(3.0, 1.0), (1.0, 1.0), (2.0, 8.0)];
        assert_eq!([0.05, 0.5, 0.95].map(|q| weighted_quantile(values, q)), [1.0, 2.0, 3.0]);
        assert_eq!(weighted_quantile([], 0.5), 0.0);
    }
}
