//! Shapley values of any model, by sampling, with the error of the sampling.
//!
//! A permutation of the features turns a background row into the row explained, one feature after
//! another; what each step changes is a draw of that feature's value (Castro, Gómez, Tejada 2009;
//! Štrumbelj and Kononenko 2014). Each permutation is used in both directions, which cancels much
//! of the noise, and every background row as often as any other, so that base and values add up to
//! the prediction exactly.

use crate::random::Random;

/// A black box prepared for explanations.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledShap {
    /// Features the model depends on.
    features: Vec<usize>,
    background: Vec<Vec<f64>>,
    /// Permutations for each background row, each used in both directions.
    permutations: usize,
    base: f64,
}

/// Background rows that are used, and permutations for each: 100 walks over all features.
const ROWS: usize = 50;
const PERMUTATIONS: usize = 1;

impl SampledShap {
    /// For a model that depends on `features` only; of `background` the first rows are used.
    pub fn new(model: impl Fn(&[f64]) -> f64, features: Vec<usize>, background: &[Vec<f64>]) -> SampledShap {
        let background: Vec<Vec<f64>> = background.iter().take(ROWS).cloned().collect();
        let base = background.iter().map(|row| model(row)).sum::<f64>() / background.len().max(1) as f64;
        SampledShap { features, background, permutations: PERMUTATIONS, base }
    }

    /// With `permutations` for each background row: the error falls with their square root.
    pub fn with_permutations(self, permutations: usize) -> SampledShap {
        SampledShap { permutations: permutations.max(1), ..self }
    }

    /// The mean over the background rows that are used.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Adds each feature's share to `phi`; gives the largest standard error of any share. The same
    /// row gets the same answer.
    pub fn explain(&self, model: impl Fn(&[f64]) -> f64, row: &[f64], phi: &mut [f64]) -> f64 {
        let mut random = Random::new(0x5a11);
        let mut order = self.features.clone();
        let (mut sums, mut squares) = (vec![0.0; row.len()], vec![0.0; row.len()]);
        for other in self.background.iter().cycle().take(self.background.len() * self.permutations) {
            random.shuffle(&mut order);
            let mut draw = vec![0.0; row.len()];
            walk(&model, other, row, order.iter(), &mut draw);
            walk(&model, other, row, order.iter().rev(), &mut draw);
            for ((sum, square), draw) in sums.iter_mut().zip(&mut squares).zip(&draw) {
                *sum += draw / 2.0;
                *square += (draw / 2.0).powi(2);
            }
        }
        let n = (self.background.len() * self.permutations).max(1) as f64;
        let mut error: f64 = 0.0;
        for ((phi, sum), square) in phi.iter_mut().zip(sums).zip(squares) {
            *phi += sum / n;
            let variance = (square / n - (sum / n).powi(2)).max(0.0) / (n - 1.0).max(1.0);
            error = error.max(variance.sqrt());
        }
        error
    }
}

/// Adds what each feature changes on the way from `from` to `to` in this order.
fn walk<'a>(
    model: impl Fn(&[f64]) -> f64,
    from: &[f64],
    to: &[f64],
    order: impl Iterator<Item = &'a usize>,
    draw: &mut [f64],
) {
    let mut at = from.to_vec();
    let mut value = model(&at);
    for &feature in order {
        at[feature] = to[feature];
        let next = model(&at);
        draw[feature] += next - value;
        value = next;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::brute, *};

    fn model(row: &[f64]) -> f64 {
        row[0] * row[1] + (row[2] * 0.3).exp() + if row[3] > 0.5 { row[0] * 5.0 } else { 0.0 }
    }

    fn setup() -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut random = Random::new(3);
        let mut row = || (0..5).map(|_| random.normal()).collect::<Vec<f64>>();
        ((0..ROWS).map(|_| row()).collect(), row())
    }

    #[test]
    fn values_lie_within_their_error_of_the_true_ones_and_add_up() {
        let (background, row) = setup();
        let (base, truth) = brute::shapley(5, |set| brute::interventional(model, &background, &row, set));
        let mut last = f64::INFINITY;
        for permutations in [1, 16, 256] {
            let shap = SampledShap::new(model, vec![0, 1, 2, 3], &background).with_permutations(permutations);
            let mut phi = vec![0.0; 5];
            let error = shap.explain(model, &row, &mut phi);
            assert!((shap.base() - base).abs() < 1e-9);
            assert!((base + phi.iter().sum::<f64>() - model(&row)).abs() < 1e-9);
            assert_eq!(phi[4], 0.0);
            for (phi, truth) in phi.iter().zip(&truth) {
                assert!((phi - truth).abs() <= 4.0 * error + 1e-9, "{permutations}: {phi} {truth} {error}");
            }
            assert!(error < 0.6 * last, "{permutations}: {error} after {last}");
            last = error;
        }
    }
}
