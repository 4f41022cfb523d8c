//! The Jensen–Shannon distance.

use std::f64::consts::LN_2;

use super::{
    Sorted,
    bins::{self, Shares},
};

/// √JSD in natural logarithms (Lin 1991), at most √ln 2 = 0.833, for numbers: over bins of equal
/// width, as many as Sturges' rule gives for both samples, or over the values themselves where the
/// reference has at most 20 (evidently 0.7).
pub fn jensen_shannon(reference: &Sorted, current: &Sorted) -> f64 {
    divergence(bins::sturges(reference, current)).sqrt()
}

/// The same over the shares of categories.
pub fn jensen_shannon_categories(reference: &Sorted, current: &Sorted) -> f64 {
    divergence(bins::values(reference, current)).sqrt()
}

/// √JSD in bits, at most 1, over bins of the reference alone by Doane's rule (nannyml 0.13).
pub fn jensen_shannon_fixed_bins(reference: &Sorted, current: &Sorted) -> f64 {
    (divergence(bins::doane(reference, current)) / LN_2).sqrt()
}

/// Never below zero, which rounding would make it for equal shares.
fn divergence(shares: Shares) -> f64 {
    let relative = |p: f64, middle: f64| if p > 0.0 { p * (p / middle).ln() } else { 0.0 };
    let pairs = shares.reference.into_iter().zip(shares.current);
    let sum: f64 = pairs.map(|(p, q)| relative(p, f64::midpoint(p, q)) + relative(q, f64::midpoint(p, q))).sum();
    (sum / 2.0).max(0.0)
}
