//! linfa's ordinary least squares.

use linfa::{
    Dataset,
    prelude::{Fit, Predict},
};
use linfa_linear::{FittedLinearRegression, LinearRegression};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{
    FitError, Input, Lesson, Library, ModelFault,
    elasticnet::{NdArray, records},
    linear::{Coefficients, Scaled, Standardised},
};

/// Mirror of `linfa_linear::FittedLinearRegression`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeastSquares {
    intercept: f64,
    params: NdArray,
}

/// Fits to `lesson`; rows are not weighted, linfa's cannot be. Features that follow from earlier
/// ones (the sum of the heads beside the heads) are held at nil: least squares has no one answer
/// for them.
pub fn fit(lesson: Lesson) -> Result<Scaled<LeastSquares>, FitError> {
    let mut ready = Standardised::of(lesson)?;
    let dependent = dependent(&ready.rows);
    let kept: Vec<usize> = (0..dependent.len()).filter(|&f| !dependent[f]).collect();
    let rows: Vec<Vec<f64>> = ready.rows.iter().map(|row| kept.iter().map(|&f| row[f]).collect()).collect();
    let data = Dataset::new(records(&rows)?, Array1::from(std::mem::take(&mut ready.target)));
    let fitted = LinearRegression::new().fit(&data).map_err(|e| FitError::Linfa(e.to_string()))?;
    let mut params = vec![0.0; dependent.len()];
    kept.iter().zip(fitted.params()).for_each(|(&f, coefficient)| params[f] = *coefficient);
    Ok(ready.with(LeastSquares { intercept: fitted.intercept(), params: NdArray::new(params) }))
}

/// Which columns are linear in those before them, by Gram and Schmidt.
fn dependent(rows: &[Vec<f64>]) -> Vec<bool> {
    let width = rows.first().map_or(0, Vec::len);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    (0..width)
        .map(|f| {
            let mut column: Vec<f64> = rows.iter().map(|row| row[f]).collect();
            let size = dot(&column, &column);
            // Twice, because once leaves what rounding put back.
            for direction in basis.iter().chain(&basis) {
                let along = dot(&column, direction);
                column.iter_mut().zip(direction).for_each(|(c, d)| *c -= along * d);
            }
            let left = dot(&column, &column);
            if left <= 1e-8 * size.max(1e-300) {
                return true;
            }
            let scale = left.sqrt().recip();
            column.iter_mut().for_each(|c| *c *= scale);
            basis.push(column);
            false
        })
        .collect()
}

impl Coefficients for LeastSquares {
    fn coefficients(&self) -> Result<(f64, &[f64]), ModelFault> {
        Ok((self.intercept, self.params.numbers()?))
    }
}

impl Library for FittedLinearRegression<f64> {
    fn predict(&self, _: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        Ok(Predict::predict(self, &records(rows)?).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_follows_from_others_is_found_and_the_fit_is_exact_without_it() {
        let rows: Vec<Vec<f64>> = (0..60)
            .map(|i| {
                let (a, b) = (f64::from(i % 7), f64::from(i % 11));
                vec![a, b, a + b]
            })
            .collect();
        let y: Vec<f64> = rows.iter().map(|r| 3.0 * r[0] - 2.0 * r[1] + 5.0).collect();
        assert_eq!(dependent(&rows), [false, false, true]);
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let lesson = Lesson { rows: &rows, target: &y, weight: &[1.0; 60], rules: &[] };
        let model = fit(lesson).unwrap();
        let (intercept, coefficients) = model.model.coefficients().unwrap();
        assert!(intercept.abs() < 1e-9 && coefficients[2] == 0.0, "{intercept} {coefficients:?}");
        assert!((coefficients[0] / model.scales[0] - 3.0).abs() < 0.2, "{coefficients:?}");
    }
}
