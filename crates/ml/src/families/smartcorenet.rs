//! smartcore's elastic net.

use serde::{Deserialize, Serialize};
use smartcore::{
    linalg::basic::matrix::DenseMatrix,
    linear::elastic_net::{ElasticNet, ElasticNetParameters},
};

use super::{
    FitError, Input, Lesson, Library, ModelFault,
    linear::{Coefficients, Scaled, Standardised},
    ridge::Matrix,
};

pub type SmartcoreElasticNet = ElasticNet<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// The share of the penalty that is absolute rather than squared.
const L1_RATIO: f64 = 0.5;

/// Mirror of `smartcore::linear::elastic_net::ElasticNet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmartcoreNet {
    coefficients: Option<Matrix>,
    intercept: Option<f64>,
    _phantom_ty: (),
    _phantom_y: (),
}

/// Fits the net to `lesson`; rows are not weighted, smartcore's cannot.
pub fn fit(lesson: Lesson, alpha: f64) -> Result<Scaled<SmartcoreNet>, FitError> {
    let ready = Standardised::of(lesson)?;
    let parameters = ElasticNetParameters::default()
        .with_alpha(alpha)
        .with_l1_ratio(L1_RATIO)
        .with_normalize(false)
        .with_max_iter(2_000)
        .with_tol(1e-4);
    let model = SmartcoreElasticNet::fit(&DenseMatrix::from_2d_vec(&ready.rows)?, &ready.target, parameters)?;
    Ok(ready.with(serde_json::from_slice(&serde_json::to_vec(&model)?)?))
}

impl Coefficients for SmartcoreNet {
    fn coefficients(&self) -> Result<(f64, &[f64]), ModelFault> {
        match (self.intercept, &self.coefficients) {
            (Some(intercept), Some(matrix)) => Ok((intercept, matrix.column()?)),
            _ => Err(ModelFault::Shape("a model that was never fitted".into())),
        }
    }
}

impl Library for SmartcoreElasticNet {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(SmartcoreElasticNet::predict(self, &DenseMatrix::from_2d_vec(&rows.to_vec())?)?)
    }
}
