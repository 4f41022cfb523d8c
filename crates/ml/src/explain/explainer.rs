//! The Shapley values of a served model: each of its terms explained in its own way, and added up.

use super::{CostLimit, Game, LinearShap, ProductShap, SampledShap, TreeShap};
use crate::families::{Exponential, Served};

/// A served model prepared for explanations.
#[derive(Debug, Clone)]
pub struct Explainer {
    linear: LinearShap,
    trees: TreeShap,
    products: Vec<ProductShap>,
    sampled: Vec<(Exponential, SampledShap)>,
}

/// Why a prediction is what it is: `base + Σ phi` is the prediction. Pounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The mean prediction over the background.
    pub base: f64,
    /// One for each feature.
    pub phi: Vec<f64>,
    /// The largest standard error of any of `phi`; nil where they are exact.
    pub error: f64,
}

impl Explainer {
    /// The error is in words.
    pub fn new(model: &Served, background: &[Vec<f64>], game: Game, limit: CostLimit) -> Result<Explainer, String> {
        let additive = &model.additive;
        let mut explainer = Explainer {
            linear: LinearShap::new(additive.intercept, &additive.coefficients, background),
            trees: TreeShap::new(&additive.forest, background, game, limit).map_err(|e| e.to_string())?,
            products: Vec::new(),
            sampled: Vec::new(),
        };
        for term in &model.exponentials {
            match ProductShap::new(term, background) {
                Some(product) => explainer.products.push(product),
                None => {
                    // A sampled explanation asks the model some 100 times for each feature.
                    let forest = &term.exponent.forest;
                    if forest.trees() * forest.depth() > limit.0 / 500 {
                        return Err(format!(
                            "{} trees under a logarithmic link are too many to explain",
                            forest.trees()
                        ));
                    }
                    let sampled = SampledShap::new(|row| term.predict(row), features_of(term), background);
                    explainer.sampled.push((term.clone(), sampled));
                }
            }
        }
        Ok(explainer)
    }

    /// The mean prediction over the background, in pounds.
    pub fn base(&self) -> f64 {
        let products = self.products.iter().map(ProductShap::base);
        let sampled = self.sampled.iter().map(|(_, shap)| shap.base());
        self.linear.base() + self.trees.base() + products.chain(sampled).sum::<f64>()
    }

    /// `row` has one value for each feature.
    pub fn explain(&self, row: &[f64]) -> Explanation {
        let mut phi = vec![0.0; row.len()];
        self.linear.explain(row, &mut phi);
        self.trees.explain(row, &mut phi);
        self.products.iter().for_each(|product| product.explain(row, &mut phi));
        let errors = self.sampled.iter().map(|(term, shap)| shap.explain(|row| term.predict(row), row, &mut phi));
        let error = errors.fold(0.0, f64::max);
        Explanation { base: self.base(), phi, error }
    }
}

fn features_of(term: &Exponential) -> Vec<usize> {
    let coefficients = &term.exponent.coefficients;
    let splits = term.exponent.forest.splits(coefficients.len());
    (0..coefficients.len()).filter(|&f| coefficients[f] != 0.0 || splits[f] > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::{Additive, Served};

    #[derive(serde::Deserialize)]
    struct Peer {
        background: Vec<Vec<f64>>,
        rows: Vec<Vec<f64>>,
        weights: Vec<f64>,
        linear: Exact,
        product: Exact,
    }

    #[derive(serde::Deserialize)]
    struct Exact {
        base: f64,
        phi: Vec<Vec<f64>>,
    }

    fn agrees(model: &Served, peer: &Peer, expected: &Exact) {
        let explainer = Explainer::new(model, &peer.background, Game::default(), CostLimit::default()).unwrap();
        for (row, expected_phi) in peer.rows.iter().zip(&expected.phi) {
            let explanation = explainer.explain(row);
            assert!((explanation.base - expected.base).abs() < 1e-9, "{explanation:?}");
            for (ours, theirs) in explanation.phi.iter().zip(expected_phi) {
                assert!((ours - theirs).abs() < 1e-9, "{explanation:?} {expected_phi:?}");
            }
            assert_eq!(explanation.error, 0.0);
        }
    }

    #[test]
    fn linear_models_and_products_agree_with_the_shap_package() {
        // The package's version stands in the file.
        let peer: Peer = serde_json::from_str(include_str!("../../tests/vectors/shap.json")).unwrap();
        let hundred = peer.weights.iter().map(|w| 100.0 * w).collect();
        let linear = Additive { intercept: 4.0, coefficients: hundred, ..Additive::nil(5) };
        agrees(&linear.into(), &peer, &peer.linear);
        let exponent = Additive { intercept: 0.3, coefficients: peer.weights.clone(), ..Additive::nil(5) };
        let exponentials = vec![Exponential { weight: 50.0, exponent, asinh: true }];
        agrees(&Served { additive: Additive::nil(5), exponentials }, &peer, &peer.product);
    }
}
