//! How like two claims are in the model's own eyes.
//!
//! The proximity of two claims is the share of the model's trees in which both fall into the same
//! leaf (Breiman 2002): trees that see no difference between them vote that there is none. Trees
//! of a single leaf do not vote.

use crate::families::Served;

/// Leaves of the background claims, to tell whether a claim is unlike any of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    background: Vec<Leaves>,
    limit: f64,
}

/// The leaf of each tree that a claim falls into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaves(Vec<u16>);

impl Leaves {
    /// Of the point model; `row` has one value for each feature.
    pub fn of(model: &Served, row: &[f64]) -> Leaves {
        // The low 16 bits tell leaves apart in every tree a person could be shown an explanation of.
        Leaves(model.forests().flat_map(|forest| forest.leaves(row)).map(|leaf| leaf as u16).collect())
    }

    /// The share of trees in which both fall into the same leaf; 1 for a model without trees.
    pub fn proximity(&self, other: &Leaves) -> f64 {
        if self.0.is_empty() {
            return 1.0;
        }
        // Counted 128 at a time in bytes: the compiler makes vector instructions of it.
        let same: usize = self
            .0
            .chunks(128)
            .zip(other.0.chunks(128))
            .map(|(a, b)| usize::from(a.iter().zip(b).map(|(a, b)| u8::from(a == b)).sum::<u8>()))
            .sum();
        same as f64 / self.0.len() as f64
    }
}

impl Likeness {
    /// `limit` as [`Likeness::limit`] gives it.
    pub fn new(model: &Served, background: &[Vec<f64>], limit: f64) -> Likeness {
        Likeness { background: background.iter().map(|row| Leaves::of(model, row)).collect(), limit }
    }

    /// How unlike a claim is to the background claim that is most like it: 0 for a copy, 1 where no
    /// tree puts it with any.
    pub fn unlikeness(&self, leaves: &Leaves) -> f64 {
        1.0 - self.background.iter().map(|b| b.proximity(leaves)).fold(0.0, f64::max)
    }

    /// Whether a claim is further from all background claims than 99 in 100 of them are from the
    /// others.
    pub fn is_unlike(&self, leaves: &Leaves) -> bool {
        self.unlikeness(leaves) > self.limit
    }

    /// The 99% quantile, over the background, of a claim's unlikeness to the others. `None` for a
    /// model without trees or for fewer than 20 rows.
    pub fn limit(model: &Served, background: &[Vec<f64>]) -> Option<f64> {
        if background.len() < 20 || model.forests().all(|f| f.trees() == 0) {
            return None;
        }
        let leaves: Vec<Leaves> = background.iter().map(|row| Leaves::of(model, row)).collect();
        let mut apart: Vec<f64> = (0..leaves.len())
            .map(|i| {
                let others = (0..leaves.len()).filter(|j| *j != i);
                1.0 - others.map(|j| leaves[i].proximity(&leaves[j])).fold(0.0, f64::max)
            })
            .collect();
        apart.sort_by(f64::total_cmp);
        Some(apart[(apart.len() - 1) * 99 / 100])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        families::Additive,
        random::Random,
        trees::{Limits, PlainNode},
    };

    /// 400 stumps at thresholds 0 to 399 on one feature.
    fn model() -> Served {
        let mut additive = Additive::nil(1);
        for t in 0..400 {
            let split = PlainNode::Split { feature: 0, threshold: f64::from(t), yes: 1, no: 2, blank_no: false };
            let tree = [split, PlainNode::Leaf(0.0), PlainNode::Leaf(1.0)];
            additive.forest.push(&tree, 1.0, 1, Limits::default()).unwrap();
        }
        additive.into()
    }

    #[test]
    fn proximity_is_the_share_of_trees_that_see_no_difference() {
        let model = model();
        let leaves = |x: f64| Leaves::of(&model, &[x]);
        assert_eq!(leaves(100.5).proximity(&leaves(100.5)), 1.0);
        assert_eq!(leaves(100.5).proximity(&leaves(200.5)), 0.75);
        assert_eq!(leaves(-1.0).proximity(&leaves(400.0)), 0.0);
    }

    #[test]
    fn a_claim_far_from_all_is_told_and_those_like_the_background_are_not() {
        let model = model();
        let mut random = Random::new(1);
        let background: Vec<Vec<f64>> = (0..200).map(|_| vec![random.unit() * 100.0]).collect();
        let limit = Likeness::limit(&model, &background).unwrap();
        let likeness = Likeness::new(&model, &background, limit);
        let unlike = |x: f64| likeness.is_unlike(&Leaves::of(&model, &[x]));
        assert!(unlike(300.0) && !unlike(50.0));
        let own = background.iter().filter(|row| unlike(row[0])).count();
        assert_eq!(own, 0, "a background claim is its own nearest");
        assert_eq!(Likeness::limit(&Additive::nil(1).into(), &background), None);
    }
}
