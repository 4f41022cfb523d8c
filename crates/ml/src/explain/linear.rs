//! Exact SHAP of a linear function over a background with independent features:
//! φᵢ = cᵢ (xᵢ − mean of xᵢ) (Štrumbelj and Kononenko 2014).

/// `intercept + Σ c x`, prepared for explanations.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearShap {
    coefficients: Vec<f64>,
    means: Vec<f64>,
    base: f64,
}

impl LinearShap {
    /// `background` is not empty; its rows have one value for each coefficient.
    pub fn new(intercept: f64, coefficients: &[f64], background: &[Vec<f64>]) -> LinearShap {
        let n = background.len().max(1) as f64;
        let means: Vec<f64> =
            (0..coefficients.len()).map(|j| background.iter().map(|r| known(r[j])).sum::<f64>() / n).collect();
        let base = intercept + coefficients.iter().zip(&means).map(|(c, m)| c * m).sum::<f64>();
        LinearShap { coefficients: coefficients.to_vec(), means, base }
    }

    /// The mean over the background.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Adds each feature's share to `phi`.
    pub fn explain(&self, row: &[f64], phi: &mut [f64]) {
        for (((phi, c), x), mean) in phi.iter_mut().zip(&self.coefficients).zip(row).zip(&self.means) {
            *phi += c * (known(*x) - mean);
        }
    }
}

/// Unknown values (NaN) count nil, as in the model.
fn known(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_start_at_the_mean_and_add_up() {
        let background = vec![vec![1.0, 10.0], vec![3.0, 30.0]];
        let shap = LinearShap::new(5.0, &[2.0, -0.5], &background);
        assert_eq!(shap.base(), 5.0 + 4.0 - 10.0);
        let mut phi = [0.0; 2];
        shap.explain(&[4.0, 10.0], &mut phi);
        assert_eq!(phi, [4.0, 5.0]);
    }
}
