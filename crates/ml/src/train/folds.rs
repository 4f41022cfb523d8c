//! Folds by claim, never by row: copies of a claim on both sides of a split would make any model
//! look better than it is.

use std::collections::BTreeMap;

use super::Sample;
use crate::random::Random;

pub const FOLDS: usize = 5;

/// The fold of each row of a sample; see [`deal`].
pub fn assign(sample: &Sample, seed: u64, count: usize) -> Vec<usize> {
    deal(&sample.group, seed, count)
}

/// The fold, of `count`, of each row, given its group. Groups are dealt in random order, each to the
/// fold with fewest rows.
pub fn deal(group_of: &[i64], seed: u64, count: usize) -> Vec<usize> {
    let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
    for group in group_of {
        *sizes.entry(*group).or_default() += 1;
    }
    let mut groups: Vec<(i64, usize)> = sizes.into_iter().collect();
    Random::stream(seed, 0xf01d).shuffle(&mut groups);
    let mut filled = vec![0usize; count];
    let mut fold_of: BTreeMap<i64, usize> = BTreeMap::new();
    for (group, size) in groups {
        let fold = (0..count).min_by_key(|&f| filled[f]).unwrap_or(0);
        filled[fold] += size;
        fold_of.insert(group, fold);
    }
    group_of.iter().map(|g| fold_of[g]).collect()
}
