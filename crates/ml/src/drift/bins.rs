//! Shares of two samples in the same bins.

use super::Sorted;

/// The share of each bin in the reference and in the current sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    pub reference: Vec<f64>,
    pub current: Vec<f64>,
}

/// Between the deciles of the reference: (−∞, d₁], (d₁, d₂] … (d₉, ∞). A value that several
/// deciles coincide on is a bin of its own, so that half the claims at nil, or a constant
/// reference, hide a move to neither side; what lies below such a value is then a bin as well.
pub fn deciles(reference: &Sorted, current: &Sorted) -> Shares {
    let deciles: Vec<f64> = (1..10).map(|k| reference.quantile(f64::from(k) / 10.0)).collect();
    let ends = |sample: &Sorted| {
        let mut ends = Vec::with_capacity(2 * deciles.len() + 1);
        for same in deciles.chunk_by(|a, b| a == b) {
            if same.len() > 1 {
                ends.push(sample.below(same[0]));
            }
            ends.push(sample.up_to(same[0]));
        }
        ends.push(sample.values().len());
        shares(sample, &ends)
    };
    Shares { reference: ends(reference), current: ends(current) }
}

/// Each value that occurs in either sample is a bin.
pub fn values(reference: &Sorted, current: &Sorted) -> Shares {
    let mut all = [reference.values(), current.values()].concat();
    all.sort_by(f64::total_cmp);
    all.dedup();
    let of = |sample: &Sorted| shares(sample, &all.iter().map(|v| sample.up_to(*v)).collect::<Vec<_>>());
    Shares { reference: of(reference), current: of(current) }
}

/// Bins of equal width over both samples together, as many as Sturges' rule gives for their
/// number; each value a bin where the reference has at most 20 different ones (evidently 0.7).
pub fn sturges(reference: &Sorted, current: &Sorted) -> Shares {
    if reference.distinct() <= 20 {
        return values(reference, current);
    }
    let (low, high) = (reference.min().min(current.min()), reference.max().max(current.max()));
    let width = (high - low) / ((reference.count() + current.count()).log2() + 1.0);
    let edges = edges(low, high, width);
    let of = |sample: &Sorted| shares(sample, &inside(sample, &edges));
    Shares { reference: of(reference), current: of(current) }
}

/// Bins of equal width over the reference, as many as Doane's rule gives for it, and one more for
/// what lies outside (nannyml 0.13).
pub fn doane(reference: &Sorted, current: &Sorted) -> Shares {
    let edges = edges(reference.min(), reference.max(), doane_width(reference));
    let of = |sample: &Sorted| {
        let ends = inside(sample, &edges);
        let mut shares = shares(sample, &ends);
        shares.push(1.0 - shares.iter().sum::<f64>());
        shares
    };
    Shares { reference: of(reference), current: of(current) }
}

/// Doane (1976): Sturges' rule with an allowance for skewness. Zero for a constant sample.
fn doane_width(sample: &Sorted) -> f64 {
    let (n, mean, deviation) = (sample.count(), sample.mean(), sample.deviation());
    if n <= 2.0 || deviation <= 0.0 {
        return 0.0;
    }
    let skewness = sample.values().iter().map(|v| ((v - mean) / deviation).powi(3)).sum::<f64>() / n;
    let error = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    (sample.max() - sample.min()) / (1.0 + n.log2() + (1.0 + skewness.abs() / error).log2())
}

/// Edges of bins of about `width` each, as numpy's `histogram_bin_edges` makes them of floats.
fn edges(low: f64, high: f64, width: f64) -> Vec<f64> {
    let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
    let bins = if width > 0.0 { ((high - low) / width).ceil().max(1.0) } else { 1.0 };
    let step = (high - low) / bins;
    (0..bins as usize).map(|i| i as f64 * step + low).chain([high]).collect()
}

/// How many values lie below the end of each bin; a bin holds its lower edge, the last one both.
fn inside(sample: &Sorted, edges: &[f64]) -> Vec<usize> {
    let last = edges.len() - 1;
    let start = sample.below(edges[0]);
    (1..=last)
        .map(|i| if i == last { sample.up_to(edges[i]) } else { sample.below(edges[i]) })
        .map(|end| end - start)
        .collect()
}

fn shares(sample: &Sorted, ends: &[usize]) -> Vec<f64> {
    let starts = [0].into_iter().chain(ends.iter().copied());
    ends.iter().zip(starts).map(|(end, start)| end.saturating_sub(start) as f64 / sample.count()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[f64]) -> Sorted {
        Sorted::of(values.to_vec()).unwrap()
    }

    #[test]
    fn a_constant_reference_has_a_bin_on_either_side() {
        let shares = deciles(&sorted(&[5.0; 10]), &sorted(&[4.0, 5.0, 6.0, 7.0]));
        assert_eq!(shares, Shares { reference: vec![0.0, 1.0, 0.0], current: vec![0.25, 0.25, 0.5] });
    }

    #[test]
    fn a_value_that_deciles_coincide_on_is_a_bin() {
        // Deciles: 0 × 5, then 0.5, 1.2, 2.1 … of 0 0 0 0 0 0 1 2 3 4.
        let reference = sorted(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
        let shares = deciles(&reference, &sorted(&[-1.0, 0.0, 0.2, 9.0]));
        assert_eq!(shares.reference[..2], [0.0, 0.6]);
        assert_eq!(shares.current[..3], [0.25, 0.25, 0.25]);
        assert_eq!(shares.current.last(), Some(&0.25));
        assert!((shares.reference.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_lies_outside_fixed_bins_is_a_bin() {
        let reference = sorted(&(0..100).map(f64::from).collect::<Vec<_>>());
        let shares = doane(&reference, &sorted(&[-50.0, 10.0, 500.0, 501.0]));
        assert_eq!(shares.current.last(), Some(&0.75));
        assert!(shares.reference[shares.reference.len() - 1].abs() < 1e-12);
    }
}
