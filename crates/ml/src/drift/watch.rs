//! Watching a stream: which features of a window have moved beyond chance, and far enough to matter.

use serde::{Deserialize, Serialize};

use super::{Feature, FeatureKind, Measure, Null, Sorted, benjamini_hochberg, psi, psi_categories};

/// A feature of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    pub name: String,
    /// The population stability index against the reference.
    pub index: f64,
    /// Kolmogorov–Smirnov, of categories the Jensen–Shannon distance.
    pub statistic: f64,
    /// Over all features of the window; 1 where the index is too small to matter.
    pub adjusted: f64,
    /// It holds one value in both samples: nothing can be said of it.
    pub constant: bool,
}

/// Compares a window's rows with the reference's, each of one finite value for each feature. A feature whose index is
/// below `matters` is not tested: its p-value counts as 1, which makes those of the others larger, never smaller.
///
/// `draws`: samples of each bootstrap; with fewer than features / alpha no single feature could alarm.
pub fn watch(
    features: &[Feature],
    reference: &[Vec<f64>],
    current: &[Vec<f64>],
    matters: f64,
    draws: usize,
    seed: u64,
) -> Vec<Watched> {
    let mut watched = Vec::with_capacity(features.len());
    for (column, feature) in features.iter().enumerate() {
        let sorted = |rows: &[Vec<f64>]| Sorted::of(rows.iter().filter_map(|row| row.get(column).copied()).collect());
        let (Some(then), Some(now)) = (sorted(reference), sorted(current)) else { continue };
        let measure = Measure::KolmogorovSmirnov.suited_to(feature.kind);
        let index = match feature.kind {
            FeatureKind::Number => psi(&then, &now),
            FeatureKind::Category => psi_categories(&then, &now),
        };
        let between = |a: &Sorted, b: &Sorted| measure.between(feature.kind, a, b);
        let statistic = between(&then, &now);
        let adjusted = if index < matters {
            1.0
        } else {
            Null::bootstrap(&then, &now, draws, seed.wrapping_add(column as u64), between).p_value(statistic)
        };
        let constant = then.min() == then.max() && now.min() == now.max() && then.min() == now.min();
        watched.push(Watched { name: feature.name.clone(), index, statistic, adjusted, constant });
    }
    let p_values: Vec<f64> = watched.iter().map(|w| w.adjusted).collect();
    for (one, adjusted) in watched.iter_mut().zip(benjamini_hochberg(&p_values)) {
        one.adjusted = adjusted;
    }
    watched
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn rows(n: usize, seed: u64, shift: f64) -> Vec<Vec<f64>> {
        let mut random = Random::stream(seed, 1);
        let mut uniform = || random.below(10_000) as f64 / 10_000.0;
        (0..n).map(|_| vec![uniform() + shift, uniform(), 1.0]).collect()
    }

    #[test]
    fn what_has_moved_is_named_and_what_has_not_is_not_tested() {
        let feature = |name: &str| Feature { name: name.into(), kind: FeatureKind::Number };
        let features = ["moved", "still", "constant"].map(feature);
        let watched = watch(&features, &rows(400, 1, 0.0), &rows(200, 2, 0.3), 0.1, 999, 1);
        assert!(watched[0].index > 0.25 && watched[0].adjusted < 0.01, "{watched:?}");
        assert_eq!((watched[1].adjusted, watched[1].constant), (1.0, false));
        assert!(watched[2].constant && watched[2].adjusted == 1.0);
    }
}
