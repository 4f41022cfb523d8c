//! Conformal calibration within groups of any kind.

use std::collections::BTreeMap;

use super::{Correction, conformal_quantile};

/// Corrections by group (Mondrian conformal prediction; Vovk, Lindsay, Nouretdinov, Gammerman
/// 2003). Coverage holds within each group that has scores enough, and within the merged one.
#[derive(Debug, Clone, PartialEq)]
pub struct Mondrian<G> {
    groups: BTreeMap<G, Correction>,
    /// What serves sparse groups, and such as had no score at all.
    rest: Correction,
}

impl<G: Ord + Clone> Mondrian<G> {
    /// From scores with the group each belongs to. Groups with fewer than `sparse` scores are merged
    /// with each other; where even together they have fewer, all scores serve them. With `sparse` 0
    /// or 1 nothing is merged. A group with too few scores for `level` has an infinite widening.
    ///
    /// ([`super::Calibration`] has four kinds of claim only, and lets all scores serve any sparse
    /// one.)
    pub fn of(scores: &[(G, f64)], level: f64, sparse: usize) -> Mondrian<G> {
        let mut own: BTreeMap<G, Vec<f64>> = BTreeMap::new();
        for (group, score) in scores {
            own.entry(group.clone()).or_default().push(*score);
        }
        let (ample, few): (BTreeMap<_, _>, BTreeMap<_, _>) =
            own.into_iter().partition(|(_, scores)| scores.len() >= sparse);
        let correction =
            |scores: &[f64]| Correction { scores: scores.len(), widening: conformal_quantile(scores, level) };
        let merged: Vec<f64> = few.into_values().flatten().collect();
        let rest = if merged.is_empty() || merged.len() < sparse {
            correction(&scores.iter().map(|(_, score)| *score).collect::<Vec<_>>())
        } else {
            correction(&merged)
        };
        Mondrian { groups: ample.into_iter().map(|(group, scores)| (group, correction(&scores))).collect(), rest }
    }

    /// What widens the interval of a claim of this group, and from how many scores.
    pub fn correction(&self, group: &G) -> Correction {
        self.groups.get(group).copied().unwrap_or(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many scores for each group, all of them equal to its `level`.
    fn scores(groups: &[(char, usize, f64)]) -> Vec<(char, f64)> {
        groups.iter().flat_map(|(group, n, score)| vec![(*group, *score); *n]).collect()
    }

    #[test]
    fn sparse_groups_are_merged_with_each_other() {
        let mondrian = Mondrian::of(&scores(&[('a', 40, 1.0), ('b', 15, 5.0), ('c', 15, 9.0)]), 0.9, 30);
        let of = |group| mondrian.correction(&group);
        assert_eq!(of('a'), Correction { scores: 40, widening: 1.0 });
        assert_eq!((of('b'), of('c')), (Correction { scores: 30, widening: 9.0 }, of('b')));
        assert_eq!(of('z'), of('b'), "a group never seen is a sparse one");
    }

    #[test]
    fn what_is_sparse_even_together_is_served_by_all() {
        let mondrian = Mondrian::of(&scores(&[('a', 40, 1.0), ('b', 5, 5.0), ('c', 6, 9.0)]), 0.9, 30);
        assert_eq!(mondrian.correction(&'b'), Correction { scores: 51, widening: 9.0 });
        assert_eq!(mondrian.correction(&'a').widening, 1.0);
    }

    #[test]
    fn without_merging_too_few_scores_have_no_finite_interval() {
        let mondrian = Mondrian::of(&scores(&[('a', 9, 1.0), ('b', 8, 5.0)]), 0.9, 0);
        assert_eq!(mondrian.correction(&'a').widening, 1.0);
        assert_eq!(mondrian.correction(&'b').widening, f64::INFINITY);
    }
}
