//! Shapley values by their definition, over all subsets: the yardstick for the fast ways.
#![cfg(test)]

use crate::{explain::treeshap::Covers, trees::Forest};

/// The value of no features and the Shapley value of each of `n`, for a game that gives each set
/// of features, by bits, a value.
pub fn shapley(n: usize, value: impl Fn(usize) -> f64) -> (f64, Vec<f64>) {
    let values: Vec<f64> = (0..1 << n).map(value).collect();
    let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
    let phi = (0..n)
        .map(|i| {
            (0..1usize << n)
                .filter(|set| set >> i & 1 == 0)
                .map(|set| {
                    let k = set.count_ones() as usize;
                    factorial(k) * factorial(n - k - 1) / factorial(n) * (values[set | 1 << i] - values[set])
                })
                .sum()
        })
        .collect();
    (values[0], phi)
}

/// E[f | features in `set`], following the row where known and the background's shares where not.
pub fn path_dependent(forest: &Forest, covers: &Covers, row: &[f64], set: usize) -> f64 {
    forest.roots().iter().map(|tree| expectation(forest, covers, row, set, tree.root as usize)).sum()
}

fn expectation(forest: &Forest, covers: &Covers, row: &[f64], set: usize, at: usize) -> f64 {
    if forest.is_leaf(at) {
        return forest.value(at);
    }
    let node = forest.nodes()[at];
    let child = |second: usize| expectation(forest, covers, row, set, node.first as usize + second);
    if set >> node.feature & 1 == 1 {
        return child(usize::from(node.second(row)));
    }
    let share = covers.first_share(forest, at);
    share * child(0) + (1.0 - share) * child(1)
}

/// The mean of `model` over `background` with the features in `set` taken from `row`.
pub fn interventional(model: impl Fn(&[f64]) -> f64, background: &[Vec<f64>], row: &[f64], set: usize) -> f64 {
    let mixed = |other: &Vec<f64>| -> Vec<f64> {
        row.iter().zip(other).enumerate().map(|(i, (x, z))| if set >> i & 1 == 1 { *x } else { *z }).collect()
    };
    background.iter().map(|other| model(&mixed(other))).sum::<f64>() / background.len() as f64
}
