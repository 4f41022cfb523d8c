//! Conformal intervals from cross-validation, without claims set apart.

use super::conformal_quantile;

/// CV+ (Barber, Candès, Ramdas, Tibshirani 2021) for one new claim, in pounds. For each of the n
/// claims learnt from, `fold_predictions` has what the model that did not see it says of the new
/// one, and `residuals` its own y − ŷ by that model (either sign). The lower bound is the
/// ⌊α(n+1)⌋-th smallest ŷ − |r|, the upper the ⌈(1−α)(n+1)⌉-th smallest ŷ + |r|; infinite for too
/// few claims. `None` for different lengths.
pub fn cv_plus(fold_predictions: &[f64], residuals: &[f64], level: f64) -> Option<(f64, f64)> {
    if fold_predictions.len() != residuals.len() {
        return None;
    }
    let pairs = || fold_predictions.iter().zip(residuals);
    // The lower bound is the upper one of the world turned upside down: the ranks are mirrored.
    let below: Vec<f64> = pairs().map(|(prediction, residual)| residual.abs() - prediction).collect();
    let above: Vec<f64> = pairs().map(|(prediction, residual)| prediction + residual.abs()).collect();
    Some((-conformal_quantile(&below, level), conformal_quantile(&above, level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_formula() {
        let predictions = [0.0; 19];
        let residuals: Vec<f64> = (1..=19).map(|r| if r % 2 == 0 { f64::from(r) } else { -f64::from(r) }).collect();
        // n = 19: ⌊0.1 · 20⌋ = 2nd smallest of −19 … −1, and ⌈0.9 · 20⌉ = 18th of 1 … 19.
        assert_eq!(cv_plus(&predictions, &residuals, 0.9), Some((-18.0, 18.0)));
        assert_eq!(cv_plus(&predictions[..8], &residuals[..8], 0.9), Some((f64::NEG_INFINITY, f64::INFINITY)));
        assert_eq!(cv_plus(&predictions, &residuals[..8], 0.9), None);
    }
}
