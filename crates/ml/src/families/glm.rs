//! linfa's Tweedie regression with a logarithmic link: the generalised linear model of the field.
//!
//! It learns the settlement itself, as a product of powers of the amounts: the features it sees are
//! asinh x, which is about the logarithm of 2x and defined everywhere.

use linfa::{
    Dataset,
    prelude::{Fit, Predict},
};
use linfa_linear::{Link, TweedieRegressor};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{
    Additive, Exponential, FitError, Input, Lesson, Library, Mirror, ModelFault, Served,
    elasticnet::{NdArray, records},
    finite,
    linear::{Standardised, bounded},
};
use crate::trees::{Forest, Limits};

/// Variance in proportion to the mean to this power: between Poisson (1) and gamma (2), with a
/// mass at nil.
const POWER: f64 = 1.5;
const ALPHA: f64 = 0.1;

/// A regression over standardised asinh features; `M` is linfa's or its mirror.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logarithmic<M> {
    #[serde(deserialize_with = "bounded")]
    means: Vec<f64>,
    #[serde(deserialize_with = "bounded")]
    scales: Vec<f64>,
    model: M,
}

pub type Glm = Logarithmic<Tweedie>;
pub type LinfaGlm = Logarithmic<TweedieRegressor<f64>>;

/// Mirror of `linfa_linear::TweedieRegressor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tweedie {
    coef: NdArray,
    intercept: f64,
    link: LogLink,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum LogLink {
    Log,
}

/// Fits to `lesson`, whose target is relative to the `totals` (pounds) of its rows. Rows are not
/// weighted, linfa's cannot be.
pub fn fit(lesson: Lesson, totals: &[f64]) -> Result<Glm, FitError> {
    let rows: Vec<Vec<f64>> = lesson.rows.iter().map(|row| row.iter().map(|x| x.asinh()).collect()).collect();
    let borrowed: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let ready = Standardised::of(Lesson { rows: &borrowed, ..lesson })?;
    let settlement: Vec<f64> = lesson.target.iter().zip(totals).map(|(t, total)| (t + total).max(0.0)).collect();
    let data = Dataset::new(records(&ready.rows)?, Array1::from(settlement));
    let params = TweedieRegressor::params().power(POWER).link(Link::Log).alpha(ALPHA).max_iter(500).tol(1e-4);
    let fitted = params.fit(&data).map_err(|e| FitError::Linfa(e.to_string()))?;
    let model = serde_json::from_slice(&serde_json::to_vec(&fitted)?)?;
    let (means, scales) = ready.scaling();
    Ok(Logarithmic { means, scales, model })
}

impl Mirror for Glm {
    fn serve(&self, input: Input, _: Limits) -> Result<Served, ModelFault> {
        let coefficients = self.model.coef.numbers()?;
        let features = input.features();
        for (name, values) in [("means", &self.means[..]), ("scales", &self.scales), ("coefficients", coefficients)] {
            if values.len() != features {
                return Err(ModelFault::Shape(format!("{} {name} for {features} features", values.len())));
            }
            finite(name, values)?;
        }
        if let Some(scale) = self.scales.iter().find(|s| **s < 1e-12) {
            return Err(ModelFault::Shape(format!("a scale of {scale}")));
        }
        let unscaled: Vec<f64> = coefficients.iter().zip(&self.scales).map(|(c, s)| c / s).collect();
        let shift: f64 = unscaled.iter().zip(&self.means).map(|(c, m)| c * m).sum();
        finite("the exponent", &[self.model.intercept - shift])?;
        let exponent =
            Additive { intercept: self.model.intercept - shift, coefficients: unscaled, forest: Forest::default() };
        let minus_total =
            Additive { coefficients: input.totals.iter().map(|t| -t).collect(), ..Additive::nil(features) };
        let exponentials = vec![Exponential { weight: 1.0, exponent, asinh: true }];
        Ok(Served { additive: minus_total, exponentials })
    }
}

impl Library for LinfaGlm {
    fn predict(&self, input: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        let scaled = |row: &Vec<f64>| -> Vec<f64> {
            row.iter().zip(&self.means).zip(&self.scales).map(|((x, m), s)| (x.asinh() - m) / s).collect()
        };
        let scaled: Vec<Vec<f64>> = rows.iter().map(scaled).collect();
        let answers = Predict::predict(&self.model, &records(&scaled)?);
        Ok(answers.iter().zip(rows).map(|(answer, row)| answer - input.total(row)).collect())
    }
}
