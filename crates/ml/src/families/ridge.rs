//! smartcore's ridge regression.

use serde::{Deserialize, Serialize};
use smartcore::{
    linalg::basic::matrix::DenseMatrix,
    linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters, RidgeRegressionSolverName},
};

use super::{
    FitError, Input, Lesson, Library, ModelFault,
    linear::{Coefficients, Scaled, Standardised, bounded},
};

pub type SmartcoreRidge = RidgeRegression<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// Mirror of `smartcore::linear::ridge_regression::RidgeRegression`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ridge {
    coefficients: Matrix,
    intercept: f64,
    _phantom_ty: (),
    _phantom_y: (),
}

/// Mirror of `smartcore::linalg::basic::matrix::DenseMatrix`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    ncols: usize,
    nrows: usize,
    #[serde(deserialize_with = "bounded")]
    values: Vec<f64>,
    column_major: bool,
}

/// Fits the ridge to `lesson`; rows are not weighted, smartcore's ridge cannot.
pub fn fit(lesson: Lesson, alpha: f64) -> Result<Scaled<Ridge>, FitError> {
    let ready = Standardised::of(lesson)?;
    let parameters = RidgeRegressionParameters::default()
        .with_alpha(alpha)
        .with_normalize(false)
        .with_solver(RidgeRegressionSolverName::Cholesky);
    let model = SmartcoreRidge::fit(&DenseMatrix::from_2d_vec(&ready.rows)?, &ready.target, parameters)?;
    Ok(ready.with(serde_json::from_slice(&serde_json::to_vec(&model)?)?))
}

impl Matrix {
    /// The numbers of a matrix of one column.
    pub fn column(&self) -> Result<&[f64], ModelFault> {
        let Matrix { ncols, nrows, ref values, .. } = *self;
        if ncols != 1 || nrows != values.len() {
            return Err(ModelFault::Shape(format!("{} coefficients in a matrix of {nrows} by {ncols}", values.len())));
        }
        Ok(values)
    }
}

impl Coefficients for Ridge {
    fn coefficients(&self) -> Result<(f64, &[f64]), ModelFault> {
        Ok((self.intercept, self.coefficients.column()?))
    }
}

impl Library for SmartcoreRidge {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(SmartcoreRidge::predict(self, &DenseMatrix::from_2d_vec(&rows.to_vec())?)?)
    }
}
