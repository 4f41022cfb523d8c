//! Copies of claims in a file: how many there are, and what a split that ignores them would report.

use std::collections::{BTreeMap, BTreeSet};

use domain::Head;
use serde::{Deserialize, Serialize};

use crate::train::Sample;

/// What is in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copies {
    /// Rows of the file.
    pub rows: usize,
    /// Rows with a settlement: those that are learnt from.
    pub settled: usize,
    /// Different sets of amounts with their settlement.
    pub signatures: usize,
    /// Settled rows that share amounts and settlement with another row.
    pub copied: usize,
    /// Rows of the largest group of copies.
    pub largest: usize,
    /// Groups no fold splits: different settlements to the pound, the cautious count of claims.
    pub claims: usize,
    /// Share of blank cells among the amounts.
    pub blank: f64,
    /// Mean absolute error, in pounds, that knowing everything in the features would leave: the best
    /// constant for each set of features that occurs with different settlements, and nil elsewhere.
    /// A lower bound, because most sets occur once.
    pub irreducible: f64,
}

/// Counts the copies.
pub fn count(sample: &Sample) -> Copies {
    let pence = |i: usize, h: &Head| (sample.recovered[i].amount(*h) * 100.0).round() as i64;
    let inputs = |i: usize| -> Vec<i64> { Head::ALL.iter().map(|h| pence(i, h)).collect() };
    let mut signatures: BTreeMap<(Vec<i64>, i64), usize> = BTreeMap::new();
    let mut settlements: BTreeMap<Vec<i64>, Vec<f64>> = BTreeMap::new();
    let mut blank = 0usize;
    for i in 0..sample.len() {
        *signatures.entry((inputs(i), (sample.settlement[i] * 100.0).round() as i64)).or_default() += 1;
        settlements.entry(inputs(i)).or_default().push(sample.settlement[i]);
        blank += Head::ALL.iter().filter(|h| sample.recovered[i].is_unknown(**h)).count();
    }
    let groups: BTreeSet<i64> = sample.group.iter().copied().collect();
    Copies {
        rows: sample.len() + sample.skipped,
        settled: sample.len(),
        signatures: signatures.len(),
        copied: signatures.values().filter(|n| **n > 1).sum(),
        largest: signatures.values().copied().max().unwrap_or(0),
        claims: groups.len(),
        blank: blank as f64 / (sample.len() * Head::ALL.len()).max(1) as f64,
        irreducible: settlements.values().map(|s| about_the_median(s)).sum::<f64>() / sample.len().max(1) as f64,
    }
}

/// The sum of distances from the median.
fn about_the_median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    sorted.iter().map(|v| (v - median).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::parse_claims;

    #[test]
    fn copies_are_counted_once_and_different_outcomes_of_one_input_are_irreducible() {
        let mut text = "SettlementValue,GeneralFixed,SpecialTherapy\n".to_owned();
        text += &"800,520,400\n".repeat(3);
        text += "900,520,400\n700,520,200\n,520,100\n";
        let copies = count(&Sample::of(&parse_claims(text.as_bytes())));
        assert_eq!((copies.rows, copies.settled, copies.signatures), (6, 5, 3));
        assert_eq!((copies.copied, copies.largest, copies.claims), (3, 3, 3));
        assert!((copies.irreducible - 100.0 / 5.0).abs() < 1e-9);
    }
}
