//! Can the attribute be read off the features?

use serde::{Deserialize, Serialize};

use super::{FairnessError, auc, grouping::Grouping, ridge::Ridge};
use crate::{
    drift::{Null, benjamini_hochberg},
    random::Random,
    train::folds::{FOLDS, deal},
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProxySettings {
    pub permutations: usize,
    /// The share of false alarms among all alarms, and the level of the limits.
    pub alpha: f64,
    pub seed: u64,
}

impl Default for ProxySettings {
    fn default() -> Self {
        ProxySettings { permutations: 199, alpha: 0.05, seed: 1 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy<G> {
    /// Each group against all others; without those that no fold could be judged by.
    pub groups: Vec<ProxyGroup<G>>,
    /// Some group is told apart better than chance would.
    pub alarm: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyGroup<G> {
    pub group: G,
    pub rows: usize,
    pub claims: usize,
    /// The mean over the folds; 0.5 is chance, 1 means that the features give the group away.
    pub auc: f64,
    /// What chance exceeds with probability alpha.
    pub limit: f64,
    pub p_value: f64,
    /// Over the groups (Benjamini and Hochberg).
    pub adjusted: f64,
}

/// Predicts the group from the features by a linear discriminant over five folds, none of which
/// splits a claim, and compares its AUC with those after dealing the groups anew to the claims.
/// A group that shows only in the interplay of features is not found.
///
/// # Errors
/// For no rows, different lengths, values that are not finite, and fewer than two groups.
pub fn proxy_test<G: Ord + Clone>(
    features: &[Vec<f64>],
    group: &[G],
    claim: Option<&[i64]>,
    settings: &ProxySettings,
) -> Result<Proxy<G>, FairnessError> {
    let grouping = Grouping::of(group, claim)?;
    check(features, &grouping)?;
    let rows: Vec<i64> = (0..group.len() as i64).collect();
    let splits = splits(features, &deal(claim.unwrap_or(&rows), settings.seed, FOLDS));
    let mut random = Random::stream(settings.seed, 0x9c0);
    let chance: Vec<Vec<usize>> = (0..settings.permutations).map(|_| grouping.shuffled(&mut random)).collect();
    let judge = |code: usize| {
        let found = mean_auc(&splits, &grouping.code, code)?;
        // Where chance leaves no fold to judge by, it has found nothing.
        let null = Null::of(chance.iter().map(|codes| mean_auc(&splits, codes, code).unwrap_or(0.5)).collect());
        Some(ProxyGroup {
            group: grouping.names[code].clone(),
            rows: grouping.code.iter().filter(|c| **c == code).count(),
            claims: grouping.units_of(code).count(),
            auc: found,
            limit: null.limit(settings.alpha),
            p_value: null.p_value(found),
            adjusted: 1.0,
        })
    };
    let mut groups: Vec<ProxyGroup<G>> = (0..grouping.names.len()).filter_map(judge).collect();
    let p_values: Vec<f64> = groups.iter().map(|g| g.p_value).collect();
    groups.iter_mut().zip(benjamini_hochberg(&p_values)).for_each(|(group, adjusted)| group.adjusted = adjusted);
    Ok(Proxy { alarm: groups.iter().any(|g| g.adjusted <= settings.alpha), groups })
}

fn check<G>(features: &[Vec<f64>], grouping: &Grouping<G>) -> Result<(), FairnessError> {
    let expected = grouping.code.len();
    if features.len() != expected {
        return Err(FairnessError::Length { found: features.len(), expected });
    }
    if let Some(row) = features.iter().find(|row| row.len() != features[0].len()) {
        return Err(FairnessError::Length { found: row.len(), expected: features[0].len() });
    }
    if features.iter().flatten().any(|v| !v.is_finite()) {
        return Err(FairnessError::NotFinite);
    }
    if grouping.names.len() < 2 { Err(FairnessError::OneGroup) } else { Ok(()) }
}

/// One fit prepared for each fold.
pub(super) fn splits(features: &[Vec<f64>], folds: &[usize]) -> Vec<Ridge> {
    (0..FOLDS).map(|fold| Ridge::new(features, |row| folds[row] == fold)).collect()
}

/// Over the folds that hold rows of the group and others.
pub(super) fn mean_auc(splits: &[Ridge], codes: &[usize], code: usize) -> Option<f64> {
    let of = |split: &Ridge| {
        let positive: Vec<bool> = split.test.iter().map(|row| codes[*row] == code).collect();
        auc(&split.scores(codes, code), &positive)
    };
    let found: Vec<f64> = splits.iter().filter_map(of).collect();
    (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
}
