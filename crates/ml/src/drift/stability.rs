//! The population stability index.

use super::{
    Sorted,
    bins::{self, Shares},
};

/// What an empty bin counts.
const EMPTY: f64 = 1e-4;

/// Σ(p − q) ln(p/q) over the deciles of the reference, for numbers. A bin empty in one sample
/// counts 1e-4 there; one empty in both adds nothing. A value that several deciles coincide on is a
/// bin of its own, with what lies below it and above it, so that a constant reference hides nothing.
///
/// Evidently 0.7 takes bins of equal width instead: [`psi_equal_width`].
pub fn psi(reference: &Sorted, current: &Sorted) -> f64 {
    index(bins::deciles(reference, current))
}

/// The same over the shares of categories.
pub fn psi_categories(reference: &Sorted, current: &Sorted) -> f64 {
    index(bins::values(reference, current))
}

/// The same over the bins of evidently 0.7: equal width, as many as Sturges' rule gives for both
/// samples. Where a bin in use holds fewer than one in 10,000, evidently puts a millionth of that
/// share in the empty ones, and differs from us.
pub fn psi_equal_width(reference: &Sorted, current: &Sorted) -> f64 {
    index(bins::sturges(reference, current))
}

fn index(shares: Shares) -> f64 {
    let filled = |share: f64| if share > 0.0 { share } else { EMPTY };
    let pairs = shares.reference.into_iter().zip(shares.current);
    pairs.map(|(p, q)| (filled(p), filled(q))).map(|(p, q)| (p - q) * (p / q).ln()).sum()
}
