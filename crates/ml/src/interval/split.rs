//! The plainest conformal interval.

use super::conformal_quantile;

/// Half the width, in pounds, of split conformal intervals ŷ ± q at `level` (Papadopoulos et al.
/// 2002): the ⌈(n+1)·level⌉-th smallest |y − ŷ| of n claims the model had not seen, infinite for
/// too few. Holds over all claims together only: it has covered 98%, 77% and 44% of three kinds of
/// claim, for which there is [`super::Mondrian`].
pub fn split_conformal(residuals: &[f64], level: f64) -> f64 {
    let scores: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    conformal_quantile(&scores, level)
}
