//! Shapley values by their definition, over all subsets: the yardstick for the fast way.
#![cfg(test)]

use crate::trees::Forest;

/// E[f] and the Shapley value of every feature, by 2ⁿ expectations. `covers` as in TreeSHAP.
pub fn shapley(forest: &Forest, covers: &[f64], row: &[f64]) -> (f64, Vec<f64>) {
    let n = row.len();
    let value =
        |set: usize| forest.roots().iter().map(|&root| expectation(forest, covers, row, set, root)).sum::<f64>();
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

/// E[tree | features in `set`], following the row where known and the background where not.
fn expectation(forest: &Forest, covers: &[f64], row: &[f64], set: usize, at: u32) -> f64 {
    let node = forest.nodes()[at as usize];
    if node.is_leaf() {
        return node.number;
    }
    if set >> node.feature & 1 == 1 {
        return expectation(forest, covers, row, set, node.child(row));
    }
    let cover = covers[at as usize];
    let share = if cover > 0.0 { covers[node.yes as usize] / cover } else { 0.5 };
    share * expectation(forest, covers, row, set, node.yes)
        + (1.0 - share) * expectation(forest, covers, row, set, node.no)
}
