//! Exact Shapley values of a product of one factor a feature, over a background.
//!
//! Against one background row the game is Π (aᵢ if i is known, else bᵢ), whose Shapley value is
//!
//! ```text
//! (aᵢ − bᵢ) · ∫₀¹ Π_{j ≠ i} (t aⱼ + (1−t) bⱼ) dt
//! ```
//!
//! (the multilinear extension of the game along its diagonal; Owen 1972), a polynomial of degree
//! d − 1, so Gauss–Legendre with ⌈d/2⌉ points is exact. The mean over the background rows is taken.

use super::legendre::rule;
use crate::families::Exponential;

/// Most features a product may depend on: twice the points of the finest rule.
const WIDEST: usize = 64;

/// `weight · exp(intercept + Σ c x̃)` without trees, prepared for explanations.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductShap {
    /// Features with a coefficient that is not nil.
    features: Vec<usize>,
    coefficients: Vec<f64>,
    asinh: bool,
    /// Pounds: weight · exp(intercept).
    scale: f64,
    /// For each background row the factor of each of `features`.
    background: Vec<Vec<f64>>,
    base: f64,
}

impl ProductShap {
    /// `None` for a model with trees or of too many features, which is no such product.
    pub fn new(model: &Exponential, background: &[Vec<f64>]) -> Option<ProductShap> {
        let coefficients = &model.exponent.coefficients;
        let features: Vec<usize> = (0..coefficients.len()).filter(|&f| coefficients[f] != 0.0).collect();
        if model.exponent.forest.trees() > 0 || features.len() > WIDEST {
            return None;
        }
        let mut shap = ProductShap {
            coefficients: features.iter().map(|&f| coefficients[f]).collect(),
            features,
            asinh: model.asinh,
            scale: model.weight * model.exponent.intercept.exp(),
            background: Vec::new(),
            base: 0.0,
        };
        shap.background = background.iter().map(|row| shap.factors(row)).collect();
        let products = shap.background.iter().map(|factors| factors.iter().product::<f64>());
        shap.base = shap.scale * products.sum::<f64>() / background.len().max(1) as f64;
        Some(shap)
    }

    /// The mean over the background, in pounds.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Adds each feature's share to `phi`.
    pub fn explain(&self, row: &[f64], phi: &mut [f64]) {
        let own = self.factors(row);
        let scale = self.scale / self.background.len().max(1) as f64;
        for other in &self.background {
            for (t, weight) in rule(own.len().div_ceil(2)) {
                let mixed = |i: usize| t * own[i] + (1.0 - t) * other[i];
                let product = weight * scale * (0..own.len()).map(mixed).product::<f64>();
                for (i, feature) in self.features.iter().enumerate() {
                    phi[*feature] += (own[i] - other[i]) * product / mixed(i);
                }
            }
        }
    }

    fn factors(&self, row: &[f64]) -> Vec<f64> {
        let factor = |(f, c): (&usize, &f64)| match row[*f] {
            x if x.is_nan() => 1.0,
            x if self.asinh => (c * x.asinh()).exp(),
            x => (c * x).exp(),
        };
        self.features.iter().zip(&self.coefficients).map(factor).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::brute, *};
    use crate::{families::Additive, trees::Forest};

    fn model(coefficients: &[f64], asinh: bool) -> Exponential {
        let exponent = Additive { intercept: 0.3, coefficients: coefficients.to_vec(), forest: Forest::default() };
        Exponential { weight: 50.0, exponent, asinh }
    }

    proptest! {
        #[test]
        fn it_agrees_with_brute_force(
            coefficients in prop::collection::vec(-0.5..0.5f64, 6),
            background in prop::collection::vec(prop::collection::vec(-3.0..3.0f64, 6), 1..8),
            row in prop::collection::vec(-3.0..3.0f64, 6),
            asinh: bool,
        ) {
            let model = model(&coefficients, asinh);
            let shap = ProductShap::new(&model, &background).unwrap();
            let mut phi = vec![0.0; 6];
            shap.explain(&row, &mut phi);
            let (base, brute_phi) = brute::shapley(6, |set| {
                brute::interventional(|r| model.predict(r), &background, &row, set)
            });
            prop_assert!((shap.base() - base).abs() < 1e-9);
            for (fast, slow) in phi.iter().zip(&brute_phi) {
                prop_assert!((fast - slow).abs() < 1e-9, "{:?} {:?}", phi, brute_phi);
            }
        }
    }

    #[test]
    fn too_many_features_are_not_taken() {
        assert_eq!(ProductShap::new(&model(&[0.1; 65], false), &[vec![0.0; 65]]), None);
    }
}
