//! How far a figure could have come out otherwise, had other claims been drawn.
//!
//! Claims are drawn, never rows: copies of a claim are no independent evidence (the cluster
//! bootstrap; Davison and Hinkley 1997, 3.8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::random::Random;

/// A figure with the interval that holds 95% of its bootstrap draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Estimate {
    /// Whether the interval leaves out nil.
    pub fn is_clear(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Rows of a group, as sums: a mean over rows is a ratio of two of them.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    value: f64,
    rows: f64,
}

/// The mean of `values` over rows, drawn `draws` times by their `groups`; all three figures are NaN
/// for no values.
pub fn mean(values: &[f64], groups: &[i64], draws: usize, seed: u64) -> Estimate {
    mean_at(values, groups, draws, seed, LEVEL)
}

/// The same with an interval that holds another share of the draws.
pub fn mean_at(values: &[f64], groups: &[i64], draws: usize, seed: u64, level: f64) -> Estimate {
    let mut by_group: BTreeMap<i64, Sums> = BTreeMap::new();
    for (value, group) in values.iter().zip(groups) {
        let sums = by_group.entry(*group).or_default();
        sums.value += value;
        sums.rows += 1.0;
    }
    let sums: Vec<Sums> = by_group.into_values().collect();
    let ratio = |sums: &mut dyn Iterator<Item = Sums>| {
        let (mut value, mut rows) = (0.0, 0.0);
        sums.for_each(|s| {
            value += s.value;
            rows += s.rows;
        });
        value / rows
    };
    let mut random = Random::stream(seed, 0xb007);
    let mut drawn: Vec<f64> = (0..if sums.is_empty() { 0 } else { draws })
        .map(|_| ratio(&mut (0..sums.len()).map(|_| sums[random.below(sums.len())])))
        .collect();
    drawn.sort_by(f64::total_cmp);
    between(ratio(&mut sums.iter().copied()), &drawn, level)
}

/// Any figure of rows, given by their numbers, drawn by their `groups`.
pub fn statistic(groups: &[i64], draws: usize, seed: u64, figure: impl Fn(&[usize]) -> f64) -> Estimate {
    let mut by_group: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (row, group) in groups.iter().enumerate() {
        by_group.entry(*group).or_default().push(row);
    }
    let members: Vec<Vec<usize>> = by_group.into_values().collect();
    let all: Vec<usize> = (0..groups.len()).collect();
    let mut random = Random::stream(seed, 0xb007);
    let mut rows = Vec::with_capacity(groups.len());
    let mut drawn: Vec<f64> = (0..if members.is_empty() { 0 } else { draws })
        .map(|_| {
            rows.clear();
            (0..members.len()).for_each(|_| rows.extend(&members[random.below(members.len())]));
            figure(&rows)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    between(figure(&all), &drawn, LEVEL)
}

/// The share of draws that intervals hold.
const LEVEL: f64 = 0.95;

/// The value with the middle of the sorted draws.
fn between(value: f64, drawn: &[f64], level: f64) -> Estimate {
    let quantile = |q: f64| drawn.get(((drawn.len().max(1) - 1) as f64 * q).round() as usize).copied().unwrap_or(value);
    let outside = (1.0 - level) / 2.0;
    Estimate { value, low: quantile(outside), high: quantile(1.0 - outside) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_widen_the_interval_and_do_not_narrow_it() {
        let mut random = Random::new(1);
        let values: Vec<f64> = (0..400).map(|_| random.normal()).collect();
        let apart: Vec<i64> = (0..400).collect();
        let once = mean(&values, &apart, 1_000, 1);
        let copied: Vec<f64> = values.iter().flat_map(|v| [*v; 4]).collect();
        let groups: Vec<i64> = apart.iter().flat_map(|g| [*g; 4]).collect();
        let four = mean(&copied, &groups, 1_000, 1);
        assert!((once.value - four.value).abs() < 1e-12);
        assert!(((once.high - once.low) - (four.high - four.low)).abs() < 1e-9, "{once:?} {four:?}");
        // 2 · 1.96 / √400.
        assert!((once.high - once.low - 0.196).abs() < 0.03, "{once:?}");
    }

    #[test]
    fn a_mean_by_its_rows_is_the_mean_by_its_sums() {
        let mut random = Random::new(3);
        let values: Vec<f64> = (0..200).map(|_| random.normal()).collect();
        let groups: Vec<i64> = (0..200).map(|i| i / 3).collect();
        let by_rows =
            statistic(&groups, 300, 5, |rows| rows.iter().map(|&i| values[i]).sum::<f64>() / rows.len() as f64);
        let by_sums = mean(&values, &groups, 300, 5);
        for (a, b) in [(by_rows.value, by_sums.value), (by_rows.low, by_sums.low), (by_rows.high, by_sums.high)] {
            assert!((a - b).abs() < 1e-12, "{by_rows:?} {by_sums:?}");
        }
    }

    #[test]
    fn a_clear_difference_is_told_from_noise() {
        let groups: Vec<i64> = (0..100).collect();
        let mut random = Random::new(2);
        let noise: Vec<f64> = (0..100).map(|_| random.normal()).collect();
        let shifted: Vec<f64> = noise.iter().map(|v| v + 1.0).collect();
        assert!(!mean(&noise, &groups, 500, 1).is_clear());
        assert!(mean(&shifted, &groups, 500, 1).is_clear());
        assert!(mean(&[], &[], 10, 1).value.is_nan());
    }
}
