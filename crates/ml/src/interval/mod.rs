//! Prediction intervals that keep their promise: conformal calibration of quantile models.
//!
//! Conformalised quantile regression (Romano, Patterson, Candès 2019) within groups of claims
//! (Mondrian; Vovk 2012), from scores of claims the quantile models had not seen.

mod beta;
mod cross;
mod kind;
mod mondrian;
mod split;
#[cfg(test)]
mod vectors;

use serde::{Deserialize, Serialize};

pub use beta::{Band, coverage_band};
pub use cross::cv_plus;
pub use kind::ClaimKind;
pub use mondrian::Mondrian;
pub use split::split_conformal;

/// The share of claims an interval is to hold.
pub const LEVEL: f64 = 0.9;

/// A group of claims with fewer scores than this is calibrated with all others, unless its own scores
/// call for more.
pub const SPARSE: usize = 120;

/// By how much (pounds) an interval is widened at both ends, by kind of claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    pub level: f64,
    #[serde(default)]
    pub method: Method,
    /// Scores over all claims, and the widening for kinds not listed in `groups`.
    pub all: Correction,
    /// Kinds with enough claims of their own, or whose few call for more than all do.
    pub groups: Vec<GroupCorrection>,
}

/// What is widened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The interval between two quantile models (CQR).
    #[default]
    Quantiles,
    /// The prediction itself, by the same amount for all claims (split conformal).
    Split,
    /// The prediction itself, by kind of claim (Mondrian).
    Mondrian,
}

impl std::str::FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "quantiles" => Ok(Method::Quantiles),
            "mondrian" => Ok(Method::Mondrian),
            "split" => Ok(Method::Split),
            other => Err(format!("there is no interval method {other}; known are quantiles, mondrian, split")),
        }
    }
}

impl Method {
    /// Whether intervals are made around the prediction, without quantile models.
    pub const fn is_around_the_point(self) -> bool {
        match self {
            Method::Quantiles => false,
            Method::Split | Method::Mondrian => true,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Calibration scores behind it.
    pub scores: usize,
    /// Pounds; negative where the quantile models were too cautious.
    pub widening: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCorrection {
    pub kind: ClaimKind,
    pub scores: usize,
    pub widening: f64,
}

/// How far `truth` lies outside `[lower, upper]`; negative inside.
pub fn score(truth: f64, lower: f64, upper: f64) -> f64 {
    (lower - truth).max(truth - upper)
}

/// The ⌈(n+1)·level⌉-th smallest score, infinite where there are fewer scores than that.
pub fn conformal_quantile(scores: &[f64], level: f64) -> f64 {
    // The subtraction keeps (n+1)·level from being rounded up past a whole number by float error.
    let rank = ((scores.len() + 1) as f64 * level - 1e-9).ceil().max(1.0) as usize;
    if rank > scores.len() {
        return f64::INFINITY;
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[rank - 1]
}

impl Calibration {
    /// From scores with the kind of claim each belongs to. `None` for too few scores.
    ///
    /// The correction of a sparse kind swings with its few scores, so it is served by that of all; but
    /// where its own is larger that would break the promise for the kind, and its own is taken.
    pub fn of(method: Method, scores: &[(ClaimKind, f64)], level: f64) -> Option<Calibration> {
        let correction = |kind: Option<ClaimKind>| {
            let own: Vec<f64> =
                scores.iter().filter(|(k, _)| kind.is_none_or(|kind| *k == kind)).map(|(_, s)| *s).collect();
            Correction { scores: own.len(), widening: conformal_quantile(&own, level) }
        };
        let all = correction(None);
        let groups = ClaimKind::ALL
            .into_iter()
            .map(|kind| (kind, correction(Some(kind))))
            .filter(|(_, c)| method != Method::Split && c.widening.is_finite())
            .filter(|(_, c)| c.scores >= SPARSE || c.widening > all.widening)
            .map(|(kind, c)| GroupCorrection { kind, scores: c.scores, widening: c.widening })
            .collect();
        all.widening.is_finite().then_some(Calibration { level, method, all, groups })
    }

    /// The widening for a kind of claim, in pounds.
    pub fn widening(&self, kind: ClaimKind) -> f64 {
        self.groups.iter().find(|g| g.kind == kind).map_or(self.all.widening, |g| g.widening)
    }

    /// What is wrong with a calibration from outside, if anything.
    pub fn fault(&self) -> Option<String> {
        let widenings = self.groups.iter().map(|g| g.widening).chain([self.all.widening]);
        if !(self.level > 0.5 && self.level < 1.0) {
            return Some(format!("level {} is not between one half and one", self.level));
        }
        widenings.into_iter().find(|w| !w.is_finite()).map(|w| format!("widening {w} is not finite"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    #[test]
    fn ranks_are_those_of_the_formula() {
        let scores: Vec<f64> = (1..=19).map(f64::from).collect();
        // n = 19: ⌈20 · 0.9⌉ = 18.
        assert_eq!(conformal_quantile(&scores, 0.9), 18.0);
        // n = 9: ⌈10 · 0.9⌉ = 9, the largest. n = 8: ⌈9 · 0.9⌉ = 9 > 8, no finite interval.
        assert_eq!(conformal_quantile(&scores[..9], 0.9), 9.0);
        assert_eq!(conformal_quantile(&scores[..8], 0.9), f64::INFINITY);
        assert_eq!(conformal_quantile(&[], 0.9), f64::INFINITY);
    }

    #[test]
    fn sparse_kinds_share_the_correction_of_all_unless_their_own_is_larger() {
        let scores: Vec<_> = (0..SPARSE)
            .map(|i| (ClaimKind::TariffOnly, i as f64))
            .chain((0..SPARSE - 1).map(|i| (ClaimKind::Special, i as f64 - 1_000.0)))
            .chain((0..20).map(|i| (ClaimKind::OtherGeneral, 1_000.0 + i as f64)))
            .chain((0..5).map(|_| (ClaimKind::Incomplete, 5_000.0)))
            .collect();
        let calibration = Calibration::of(Method::Quantiles, &scores, 0.9).unwrap();
        assert_eq!(calibration.groups.len(), 2);
        assert_eq!(calibration.widening(ClaimKind::TariffOnly), 108.0);
        assert_eq!(calibration.widening(ClaimKind::Special), calibration.all.widening);
        assert_eq!(calibration.widening(ClaimKind::OtherGeneral), 1_018.0);
        // Of five claims nine in ten cannot be promised.
        assert_eq!(calibration.widening(ClaimKind::Incomplete), calibration.all.widening);
        assert_eq!(Calibration::of(Method::Quantiles, &scores[..5], 0.9), None);
    }

    #[test]
    fn coverage_on_fresh_claims_stays_in_its_band() {
        let (n, draws) = (500, 200);
        let band = coverage_band(n, LEVEL);
        let mut random = Random::new(9);
        let mut outside = 0;
        for _ in 0..draws {
            let scores: Vec<f64> = (0..n).map(|_| random.normal().abs()).collect();
            let bound = conformal_quantile(&scores, LEVEL);
            let fresh = (0..20_000).filter(|_| random.normal().abs() <= bound).count() as f64 / 20_000.0;
            outside += usize::from(fresh < band.low || fresh > band.high);
        }
        // 5% are expected outside: 10 of 200, give or take 3 each way of standard deviation.
        assert!((2..=22).contains(&outside), "{outside}");
    }

    proptest! {
        #[test]
        fn at_least_the_level_of_the_calibration_scores_is_covered(scores in prop::collection::vec(-1e3..1e3f64, 9..200)) {
            let bound = conformal_quantile(&scores, 0.9);
            let covered = scores.iter().filter(|s| **s <= bound).count() as f64;
            prop_assert!(covered >= 0.9 * scores.len() as f64);
        }

        #[test]
        fn a_higher_level_is_never_narrower(scores in prop::collection::vec(-1e3..1e3f64, 1..200), a in 0.5..0.99f64, b in 0.5..0.99f64) {
            prop_assert!(conformal_quantile(&scores, a.min(b)) <= conformal_quantile(&scores, a.max(b)));
        }
    }
}
