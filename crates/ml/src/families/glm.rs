//! linfa's Tweedie regression with a logarithmic link: the generalised linear model of the field.
//!
//! It learns the settlement as a share of the sum of the heads: the sum is the exposure, as premiums
//! are priced per car and year. The share is a product of powers of the features, which are seen as
//! asinh x: about the logarithm of 2x, and defined everywhere.

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
const ALPHA: f64 = 1e-3;

/// A regression over standardised asinh features; `M` is linfa's or its mirror.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logarithmic<M> {
    #[serde(deserialize_with = "bounded")]
    means: Vec<f64>,
    #[serde(deserialize_with = "bounded")]
    scales: Vec<f64>,
    /// The feature that is the sum of the heads.
    exposure: usize,
    /// What a share of one is fitted as.
    unit: f64,
    model: M,
}

/// The exposure of a total in pounds: about the total, never nil.
fn exposure(total: f64) -> f64 {
    total.asinh().exp() / 2.0
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

/// Fits to `lesson`, whose target is relative to the `totals` (pounds) of its rows, one of whose
/// features they are. Rows are not weighted, linfa's cannot be.
pub fn fit(lesson: Lesson, totals: &[f64]) -> Result<Glm, FitError> {
    let rows: Vec<Vec<f64>> = lesson.rows.iter().map(|row| row.iter().map(|x| x.asinh()).collect()).collect();
    let borrowed: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let ready = Standardised::of(Lesson { rows: &borrowed, ..lesson })?;
    let width = lesson.rows.first().map_or(0, |row| row.len());
    let is_total = |f: &usize| lesson.rows.iter().zip(totals).all(|(row, total)| (row[*f] - total).abs() < 1e-6);
    let column = (0..width).find(is_total).ok_or(FitError::NoExposure)?;
    // linfa sums the deviance, and its line search fails where the first gradient is large. Deviance of
    // power 3/2 goes with the root of the target: in this unit the sum is a mean.
    let unit = (lesson.rows.len() as f64).powi(-2);
    let share = |(t, total): (&f64, &f64)| unit * (t + total).max(0.0) / exposure(*total);
    let shares: Vec<f64> = lesson.target.iter().zip(totals).map(share).collect();
    let data = Dataset::new(records(&ready.rows)?, Array1::from(shares));
    let params = TweedieRegressor::params().power(POWER).link(Link::Log).alpha(ALPHA).max_iter(5_000).tol(1e-6);
    let fitted = params.fit(&data).map_err(|e| FitError::Linfa(e.to_string()))?;
    let model = serde_json::from_slice(&serde_json::to_vec(&fitted)?)?;
    let (means, scales) = ready.scaling();
    Ok(Logarithmic { means, scales, exposure: column, unit, model })
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
        let mut unscaled: Vec<f64> = coefficients.iter().zip(&self.scales).map(|(c, s)| c / s).collect();
        let shift: f64 = unscaled.iter().zip(&self.means).map(|(c, m)| c * m).sum();
        // The exposure is exp(asinh x) / 2: a coefficient of one more, and a half.
        *unscaled.get_mut(self.exposure).ok_or_else(|| ModelFault::Shape("no such exposure".into()))? += 1.0;
        let intercept = self.model.intercept - shift - std::f64::consts::LN_2 - self.unit.ln();
        finite("the exponent", &[intercept])?;
        let exponent = Additive { intercept, coefficients: unscaled, forest: Forest::default() };
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
        let pounds =
            |(share, row): (&f64, &Vec<f64>)| share / self.unit * exposure(row[self.exposure]) - input.total(row);
        Ok(answers.iter().zip(rows).map(pounds).collect())
    }
}
