//! Which features have drifted.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{FeatureKind, FixedAlarms, Measure, Null, Sorted, Statistics, benjamini_hochberg};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    pub name: String,
    pub kind: FeatureKind,
}

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// What alarms; the others are reported.
    pub measure: Measure,
    /// The share of false alarms among all alarms, above 0 and below 1.
    pub alpha: f64,
    /// Samples drawn for each feature; at least features / alpha, or no single one could alarm.
    pub draws: usize,
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { measure: Measure::KolmogorovSmirnov, alpha: 0.05, draws: 999, seed: 1 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub reference_rows: usize,
    pub current_rows: usize,
    /// In the order given.
    pub features: Vec<FeatureDrift>,
    /// The share of the features that alarm, 0 to 1.
    pub drifted_share: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureDrift {
    pub feature: Feature,
    pub statistics: Statistics,
    /// The one asked for, or what takes its place for categories.
    pub measure: Measure,
    pub statistic: f64,
    /// Of the statistic, at alpha for this feature alone.
    pub limit: f64,
    pub p_value: f64,
    /// Over all features; an alarm is raised where it is at most alpha.
    pub adjusted: f64,
    pub alarm: bool,
    pub fixed: FixedAlarms,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DriftError {
    #[error("there are no features")]
    NoFeatures,
    #[error("there are no rows to compare")]
    NoRows,
    #[error("a row has {found} values for {expected} features")]
    Width { found: usize, expected: usize },
    #[error("{0} has a value that is not a finite number")]
    NotFinite(String),
    #[error("alpha is not between nought and one")]
    Alpha,
    #[error("at least {0} draws are needed for so many features")]
    Draws(usize),
}

/// Compares `current` rows with `reference` rows, each of one value for each feature.
///
/// # Errors
/// For nothing to compare, values that are missing or not finite, and settings by which no alarm
/// could be raised.
pub fn report(
    features: &[Feature],
    reference: &[Vec<f64>],
    current: &[Vec<f64>],
    settings: &Settings,
) -> Result<Report, DriftError> {
    check(features, reference, current, settings)?;
    let mut judged = Vec::with_capacity(features.len());
    for (column, feature) in features.iter().enumerate() {
        let sorted = |rows: &[Vec<f64>]| {
            let values = rows.iter().map(|row| row[column]).collect();
            Sorted::of(values).ok_or_else(|| DriftError::NotFinite(feature.name.clone()))
        };
        let seed = settings.seed.wrapping_add(column as u64);
        judged.push(judge(feature, &sorted(reference)?, &sorted(current)?, &Settings { seed, ..*settings }));
    }
    let p_values: Vec<f64> = judged.iter().map(|f| f.p_value).collect();
    for (feature, adjusted) in judged.iter_mut().zip(benjamini_hochberg(&p_values)) {
        feature.adjusted = adjusted;
        feature.alarm = adjusted <= settings.alpha;
    }
    let drifted = judged.iter().filter(|f| f.alarm).count();
    Ok(Report {
        reference_rows: reference.len(),
        current_rows: current.len(),
        drifted_share: drifted as f64 / features.len() as f64,
        features: judged,
    })
}

fn check(
    features: &[Feature],
    reference: &[Vec<f64>],
    current: &[Vec<f64>],
    settings: &Settings,
) -> Result<(), DriftError> {
    if features.is_empty() {
        return Err(DriftError::NoFeatures);
    }
    if reference.is_empty() || current.is_empty() {
        return Err(DriftError::NoRows);
    }
    let expected = features.len();
    if let Some(row) = reference.iter().chain(current).find(|row| row.len() != expected) {
        return Err(DriftError::Width { found: row.len(), expected });
    }
    if !(settings.alpha > 0.0 && settings.alpha < 1.0) {
        return Err(DriftError::Alpha);
    }
    // The least p-value, 1 / (draws + 1), times the number of features must be able to reach alpha.
    let needed = (expected as f64 / settings.alpha - 1e-9).ceil() as usize - 1;
    if settings.draws < needed { Err(DriftError::Draws(needed)) } else { Ok(()) }
}

/// One feature by itself: `adjusted` is its own p-value until all are known.
fn judge(feature: &Feature, reference: &Sorted, current: &Sorted, settings: &Settings) -> FeatureDrift {
    let kind = feature.kind;
    let measure = settings.measure.suited_to(kind);
    let between = |a: &Sorted, b: &Sorted| measure.between(kind, a, b);
    let null = Null::bootstrap(reference, current, settings.draws, settings.seed, between);
    let statistics = Statistics::of(kind, reference, current);
    let statistic = between(reference, current);
    let p_value = null.p_value(statistic);
    FeatureDrift {
        feature: feature.clone(),
        measure,
        statistic,
        limit: null.limit(settings.alpha),
        p_value,
        adjusted: p_value,
        alarm: p_value <= settings.alpha,
        fixed: FixedAlarms::of(&statistics),
        statistics,
    }
}
