//! How far the distributions of the groups lie apart.

use serde::{Deserialize, Serialize};

use super::{Audit, FairnessError, grouping::Grouping};
use crate::{drift::Null, random::Random};

/// The statistics of Kolmogorov and Smirnov between groups, 0 to 1. The p-values are those of
/// dealing the groups anew to the claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation<G> {
    /// Each group against all other rows, in the order of the groups.
    pub against_rest: Vec<GroupSeparation<G>>,
    /// The two groups furthest apart. Small groups lie far apart by chance; the p-value knows.
    pub furthest: (G, G),
    pub statistic: f64,
    pub p_value: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSeparation<G> {
    pub group: G,
    pub statistic: f64,
    pub p_value: f64,
}

impl<G: Ord + Clone> Audit<G> {
    /// Of the predictions. Says whether groups are treated alike, not whether rightly: their claims
    /// may differ, and a bias smaller than the spread of claims is not seen.
    ///
    /// # Errors
    /// For fewer than two groups.
    pub fn statistical_parity(&self, permutations: usize, seed: u64) -> Result<Separation<G>, FairnessError> {
        separation(&self.prediction, &self.grouping, permutations, seed)
    }

    /// Of prediction less outcome.
    ///
    /// # Errors
    /// For fewer than two groups.
    pub fn equalised_residuals(&self, permutations: usize, seed: u64) -> Result<Separation<G>, FairnessError> {
        separation(&self.error, &self.grouping, permutations, seed)
    }
}

fn separation<G: Ord + Clone>(
    values: &[f64],
    grouping: &Grouping<G>,
    permutations: usize,
    seed: u64,
) -> Result<Separation<G>, FairnessError> {
    let groups = grouping.names.len();
    if groups < 2 {
        return Err(FairnessError::OneGroup);
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    // Rows of one value count together.
    let ties: Vec<&[usize]> = order.chunk_by(|a, b| values[*a] == values[*b]).collect();
    let found = Gaps::of(&ties, &grouping.code, groups);
    let mut random = Random::new(seed);
    let chance: Vec<Gaps> =
        (0..permutations).map(|_| Gaps::of(&ties, &grouping.shuffled(&mut random), groups)).collect();
    let p_value = |gap: &dyn Fn(&Gaps) -> f64| Null::of(chance.iter().map(gap).collect()).p_value(gap(&found));
    let name = |group: usize| grouping.names[group].clone();
    Ok(Separation {
        against_rest: (0..groups)
            .map(|g| GroupSeparation {
                group: name(g),
                statistic: found.rest[g],
                p_value: p_value(&|gaps| gaps.rest[g]),
            })
            .collect(),
        furthest: (name(found.pair.0), name(found.pair.1)),
        statistic: found.widest,
        p_value: p_value(&|gaps| gaps.widest),
    })
}

/// The largest differences of distribution functions.
struct Gaps {
    /// Of each group and the rest.
    rest: Vec<f64>,
    /// Of any two groups, and which they are, the one of the smaller values first.
    widest: f64,
    pair: (usize, usize),
}

impl Gaps {
    /// One pass over the values, ascending: the widest gap of two groups is where the highest and
    /// the lowest distribution function are furthest apart.
    fn of(ties: &[&[usize]], code: &[usize], groups: usize) -> Gaps {
        let mut size = vec![0.0; groups];
        code.iter().for_each(|g| size[*g] += 1.0);
        let (rows, mut passed, mut seen) = (code.len() as f64, 0.0, vec![0.0; groups]);
        let mut gaps = Gaps { rest: vec![0.0; groups], widest: 0.0, pair: (0, 1) };
        for tie in ties {
            tie.iter().for_each(|row| seen[code[*row]] += 1.0);
            passed += tie.len() as f64;
            let (mut highest, mut lowest) = ((0, f64::NEG_INFINITY), (0, f64::INFINITY));
            for g in 0..groups {
                let share = seen[g] / size[g];
                gaps.rest[g] = f64::max(gaps.rest[g], (share - (passed - seen[g]) / (rows - size[g])).abs());
                highest = if share > highest.1 { (g, share) } else { highest };
                lowest = if share < lowest.1 { (g, share) } else { lowest };
            }
            if highest.1 - lowest.1 > gaps.widest {
                gaps.widest = highest.1 - lowest.1;
                gaps.pair = (highest.0, lowest.0);
            }
        }
        gaps
    }
}
