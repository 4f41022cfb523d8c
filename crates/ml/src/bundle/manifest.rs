//! What a bundle says about itself.

use std::collections::BTreeMap;

use domain::Head;
use serde::{Deserialize, Serialize};

use crate::{
    evaluate::Report,
    explain::Game,
    families::Family,
    features::{FeatureSpec, Figures, Precision, Recovered},
    interval::{Band, Calibration},
};

/// Version of the bundle's layout. Version 1, which is read as well, knew four families, had its
/// models untagged and its quantile models always of smartcore's trees.
pub const BUNDLE_VERSION: u32 = 2;
pub const OLDEST_VERSION: u32 = 1;

/// Versions of the crates whose serialised models can be read; the serialised forms of other
/// versions differ. A test holds them against Cargo.lock.
pub const SMARTCORE: &str = "0.7.0";
pub const LINFA_ELASTICNET: &str = "0.8.1";
pub const LINFA_LINEAR: &str = "0.8.1";

/// How the stored model relates to the settlement.
pub const TARGET_TRANSFORM: &str = "settlement minus the sum of the heads, in pounds";

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub bundle_version: u32,
    pub name: String,
    pub family: Family,
    /// The crates that decode the model, each with its exact version.
    pub libraries: Vec<Library>,
    /// In the order of the model's input.
    pub features: Vec<FeatureSpec>,
    /// Figures that several of the claims the model learnt from asked for.
    #[serde(default, skip_serializing_if = "Figures::is_empty")]
    pub figures: Figures,
    pub target_transform: String,
    #[serde(default)]
    pub precision: Precision,
    /// What the explanation lets stand in for unknown features.
    #[serde(default)]
    pub explanation: Game,
    /// A claim further than this from every background claim is unlike any seen: a share of trees,
    /// see [`crate::bundle::Likeness`]. `None` for models without trees.
    #[serde(default)]
    pub unlike: Option<f64>,
    pub calibration: Calibration,
    pub limits: PredictionLimits,
    pub metrics: Metrics,
    pub baselines: Vec<Metrics>,
    /// The same claims looked at apart; bundles of layout 1 have none.
    #[serde(default)]
    pub report: Option<Report>,
    pub training: Training,
    /// Settings of the training, by name.
    pub recipe: BTreeMap<String, String>,
    pub author: String,
    pub release_notes: String,
    /// RFC 3339.
    pub created: String,
    /// SHA-256 of every other file of the bundle, in hexadecimal, by name.
    pub files: BTreeMap<String, String>,
}

/// A crate a model was serialised with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    pub name: String,
    pub version: String,
}

/// The data a model learnt from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Of the file, in hexadecimal.
    pub sha256: String,
    /// Rows with a settlement value.
    pub rows: usize,
    /// Rows without one.
    pub skipped: usize,
    /// Groups no fold splits: rows with the same settlement to the pound.
    pub claims: usize,
}

/// How well a model (or a rule that needs none) did on claims it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub name: String,
    /// How the numbers were obtained.
    pub method: String,
    pub rows: usize,
    pub claims: usize,
    /// Pounds.
    pub mae: f64,
    /// Pounds.
    pub median_ae: f64,
    /// Pounds.
    pub rmse: f64,
    pub r2: f64,
    pub interval: IntervalMetrics,
}

/// How a model's intervals did on claims they were not calibrated on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalMetrics {
    pub level: f64,
    /// Share of rows inside.
    pub coverage: f64,
    /// Share of rows that settled for less than the interval; unknown in older bundles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// Where that share lies in 95% of calibrations with as many claims (see
    /// [`crate::interval::coverage_band`]).
    pub band: Band,
    /// Pounds.
    pub mean_width: f64,
    /// Pounds.
    pub median_width: f64,
}

/// The bounds a prediction is kept within: never below nil, never above what was claimed by more
/// than settlements in the training data were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictionLimits {
    /// Largest settlement as a share of the sum of the heads, where all heads are known.
    pub ceiling_share: f64,
    /// What a head that is not known may come to, in pounds.
    pub unknown_heads: BTreeMap<Head, f64>,
}

impl PredictionLimits {
    /// The highest prediction for a claim, in pounds.
    pub fn ceiling(&self, claim: &Recovered) -> f64 {
        let unknown = self.unknown_heads.iter().filter(|(h, _)| claim.is_unknown(**h)).map(|(_, pounds)| pounds);
        (claim.total() * self.ceiling_share + unknown.sum::<f64>()).max(0.0)
    }

    /// What is wrong with limits from outside, if anything.
    pub fn fault(&self) -> Option<String> {
        if !(1.0..=2.0).contains(&self.ceiling_share) {
            return Some(format!("a ceiling of {} times the sum of the heads", self.ceiling_share));
        }
        let bad = self.unknown_heads.iter().find(|(_, pounds)| !(0.0..=1e6).contains(*pounds));
        bad.map(|(head, pounds)| format!("{pounds} pounds for an unknown {}", head.key()))
    }
}

/// The crates a family's models are serialised with, in the bundle layout of `version`.
pub fn libraries(family: Family, version: u32) -> Vec<Library> {
    let library = |name: &str, version: &str| Library { name: name.to_owned(), version: version.to_owned() };
    let smartcore = || library("smartcore", SMARTCORE);
    let own = match family {
        Family::Histogram | Family::Imported => vec![],
        Family::Boosting
        | Family::XgBoost
        | Family::Forest
        | Family::ExtraTrees
        | Family::Ridge
        | Family::SmartcoreNet
        | Family::Blend => vec![smartcore()],
        Family::ElasticNet => vec![library("linfa-elasticnet", LINFA_ELASTICNET)],
        Family::LeastSquares | Family::Glm => vec![library("linfa-linear", LINFA_LINEAR)],
    };
    // The quantile models of version 1 were smartcore trees, whatever the family.
    let tails = (version == 1 && family == Family::ElasticNet).then(smartcore);
    own.into_iter().chain(tails).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_those_that_are_built_against() {
        let lock = include_str!("../../../../Cargo.lock");
        let expected =
            [("smartcore", SMARTCORE), ("linfa-elasticnet", LINFA_ELASTICNET), ("linfa-linear", LINFA_LINEAR)];
        for (name, version) in expected {
            assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")), "{name}");
        }
    }

    #[test]
    fn the_ceiling_rises_only_for_heads_that_are_not_known() {
        let limits = PredictionLimits {
            ceiling_share: 1.0,
            unknown_heads: [(Head::GeneralRest, 2_000.0), (Head::SpecialFixes, 0.0)].into(),
        };
        let mut facts = domain::ClaimFacts::default();
        facts.heads.set(Head::GeneralFixed, Some(domain::Money::from_pounds(520)));
        assert_eq!(limits.ceiling(&Recovered::of(&facts)), 2_520.0);
        facts.heads.set(Head::GeneralRest, Some(domain::Money::ZERO));
        assert_eq!(limits.ceiling(&Recovered::of(&facts)), 520.0);
    }
}
