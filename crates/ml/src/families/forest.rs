//! smartcore's random forest of depth-capped trees.

use smartcore::{
    ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters},
    linalg::basic::matrix::DenseMatrix,
};

use super::{Additive, FitError, Lesson, Library, Mirror, ModelFault, plant};
use crate::trees::{Limits, RandomForest, TreeFault};

pub type SmartcoreForest = RandomForestRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// Deeper trees explain too slowly for a screen (see docs/models.md).
const DEPTH: u16 = 8;
const TREES: usize = 300;
const LEAF: usize = 5;

/// Fits a forest to `lesson`.
pub fn fit(lesson: Lesson, seed: u64) -> Result<RandomForest, FitError> {
    let width = lesson.rows.first().ok_or(FitError::NoRows)?.len();
    let x = DenseMatrix::from_2d_vec(&lesson.rows.iter().map(|r| r.to_vec()).collect())?;
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

impl Mirror for RandomForest {
    fn serve(&self, features: usize, limits: Limits) -> Result<Additive, ModelFault> {
        let model = &self.forest_regressor;
        if model.num_features != features {
            let fault = TreeFault::OtherWidth { found: model.num_features, features };
            return Err(ModelFault::Tree { tree: 0, fault });
        }
        let forest = plant(model.trees.iter(), 1.0 / model.trees.len().max(1) as f64, features, limits)?;
        Ok(Additive { intercept: 0.0, coefficients: vec![0.0; features], forest })
    }
}

impl Library for SmartcoreForest {
    fn predict(&self, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(SmartcoreForest::predict(self, &DenseMatrix::from_2d_vec(&rows.to_vec())?)?)
    }
}
