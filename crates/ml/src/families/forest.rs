//! smartcore's random forest and extra trees, of trees no deeper than can be explained on a screen.

use smartcore::{
    ensemble::{
        extra_trees_regressor::{ExtraTreesRegressor, ExtraTreesRegressorParameters},
        random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters},
    },
    linalg::basic::matrix::DenseMatrix,
};

use super::{Additive, FitError, Input, Lesson, Library, Mirror, ModelFault, Served, plant};
use crate::trees::{Limits, RandomForest, TreeFault};

pub type SmartcoreForest = RandomForestRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;
pub type SmartcoreExtraTrees = ExtraTreesRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

const DEPTH: u16 = 8;
const TREES: usize = 300;
const LEAF: usize = 5;

/// Fits a random forest to `lesson`.
pub fn fit(lesson: Lesson, seed: u64) -> Result<RandomForest, FitError> {
    let (x, width) = matrix(lesson)?;
    let parameters = RandomForestRegressorParameters::default()
        // smartcore counts levels, not splits.
        .with_max_depth(DEPTH + 1)
        .with_n_trees(TREES)
        .with_min_samples_leaf(LEAF)
        .with_m(width / 3)
        .with_keep_samples(false)
        .with_seed(seed);
    let forest = SmartcoreForest::fit_with_weights(&x, &lesson.target.to_vec(), lesson.weight, parameters)?;
    Ok(serde_json::from_slice(&serde_json::to_vec(&forest)?)?)
}

/// Fits extra trees to `lesson`: each split is the best of one random threshold a feature.
pub fn fit_extra(lesson: Lesson, seed: u64) -> Result<RandomForest, FitError> {
    let (x, width) = matrix(lesson)?;
    let parameters = ExtraTreesRegressorParameters::default()
        .with_max_depth(DEPTH + 1)
        .with_n_trees(TREES)
        .with_min_samples_leaf(LEAF)
        .with_m(width / 2)
        .with_keep_samples(false)
        .with_seed(seed);
    let forest = SmartcoreExtraTrees::fit_with_weights(&x, &lesson.target.to_vec(), lesson.weight, parameters)?;
    Ok(serde_json::from_slice(&serde_json::to_vec(&forest)?)?)
}

/// The rows of a lesson, and how many features they have.
fn matrix(lesson: Lesson) -> Result<(DenseMatrix<f64>, usize), FitError> {
    let width = lesson.rows.first().ok_or(FitError::NoRows)?.len();
    Ok((DenseMatrix::from_2d_vec(&lesson.rows.iter().map(|r| r.to_vec()).collect())?, width))
}

impl Mirror for RandomForest {
    fn serve(&self, input: Input, limits: Limits) -> Result<Served, ModelFault> {
        let (model, features) = (&self.forest_regressor, input.features());
        if model.num_features != features {
            let fault = TreeFault::OtherWidth { found: model.num_features, features };
            return Err(ModelFault::Tree { tree: 0, fault });
        }
        let scale = 1.0 / model.trees.len().max(1) as f64;
        let forest = plant(model.trees.iter().map(|tree| tree.plain()), scale, features, limits)?;
        Ok(Additive { intercept: 0.0, coefficients: vec![0.0; features], forest }.into())
    }
}

impl Library for SmartcoreForest {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(SmartcoreForest::predict(self, &DenseMatrix::from_2d_vec(&rows.to_vec())?)?)
    }
}

impl Library for SmartcoreExtraTrees {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(SmartcoreExtraTrees::predict(self, &DenseMatrix::from_2d_vec(&rows.to_vec())?)?)
    }
}
