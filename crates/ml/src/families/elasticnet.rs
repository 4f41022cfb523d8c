//! linfa's elastic net.

use linfa::{
    Dataset,
    prelude::{Fit, Predict},
};
use linfa_elasticnet::ElasticNet as LinfaElasticNet;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::{
    FitError, Input, Lesson, Library, ModelFault,
    linear::{Coefficients, Scaled, Standardised, bounded},
};

/// The share of the penalty that is absolute rather than squared.
const L1_RATIO: f64 = 0.5;

/// Mirror of `linfa_elasticnet::ElasticNet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticNet {
    hyperplane: NdArray,
    intercept: f64,
    duality_gap: f64,
    n_steps: u32,
    variance: Variance,
}

/// The variance of the coefficients, for which linfa keeps a `Result`. Ours are never known: the sum
/// of the heads is a feature beside the heads, so the features are collinear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Variance {
    Err(NoVariance),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum NoVariance {
    IllConditioned,
}

/// Mirror of a one-dimensional `ndarray` array, format 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NdArray {
    v: u8,
    dim: [usize; 1],
    #[serde(deserialize_with = "bounded")]
    data: Vec<f64>,
}

/// Fits the net to `lesson`; rows are not weighted, linfa's cannot.
pub fn fit(lesson: Lesson, penalty: f64) -> Result<Scaled<ElasticNet>, FitError> {
    let ready = Standardised::of(lesson)?;
    let data = Dataset::new(records(&ready.rows)?, Array1::from(ready.target.clone()));
    let net = LinfaElasticNet::<f64>::params().penalty(penalty).l1_ratio(L1_RATIO).max_iterations(5_000).fit(&data);
    let net = net.map_err(|e| FitError::Linfa(e.to_string()))?;
    let mut fields = serde_json::to_value(&net)?;
    // On features this near to singular linfa may also give variances that are no numbers.
    fields["variance"] = serde_json::to_value(Variance::Err(NoVariance::IllConditioned))?;
    Ok(ready.with(serde_json::from_value(fields)?))
}

/// Rows as linfa takes them.
pub fn records(rows: &[Vec<f64>]) -> Result<Array2<f64>, FitError> {
    let width = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), width), rows.concat()).map_err(|e| FitError::Linfa(e.to_string()))
}

impl NdArray {
    pub fn new(data: Vec<f64>) -> NdArray {
        NdArray { v: 1, dim: [data.len()], data }
    }

    /// The numbers, after checking the shape.
    pub fn numbers(&self) -> Result<&[f64], ModelFault> {
        let NdArray { v, dim, ref data } = *self;
        if v != 1 || dim != [data.len()] {
            return Err(ModelFault::Shape(format!("{} numbers in an array of {dim:?}, format {v}", data.len())));
        }
        Ok(data)
    }
}

impl Coefficients for ElasticNet {
    fn coefficients(&self) -> Result<(f64, &[f64]), ModelFault> {
        Ok((self.intercept, self.hyperplane.numbers()?))
    }
}

impl Library for LinfaElasticNet<f64> {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(Predict::predict(self, &records(rows)?).to_vec())
    }
}
