//! From the facts of a claim to the numbers a model sees.
//!
//! Amounts are pounds, flags 0 or 1 (0.5 where nobody said), shares 0 to 1. Every value is finite.
//! Left out on purpose: age and gender (never priced), and vehicle, weather, police, witness,
//! descriptions and dates, which carry no signal on the reference data and would only invite
//! overfitting.

mod figures;
mod recover;
mod schema;

use domain::{Head, claim::ACCIDENT_TYPES};

pub use figures::{Askers, COUNTED, Figures};
pub use recover::Recovered;
pub use schema::{FeatureSpec, Group, InputColumn, Precision, Schema};

/// One number of the model's input. A bundle names its own order; [`Feature::trained`] is that of the
/// models trained here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// The amount of a head; nil where it is not known (and then [`Feature::Unknown`] says so).
    Amount(Head),
    /// 1 where the amount of a head is not known and could not be recovered.
    Unknown(Head),
    /// How many of the heads without a flag of their own are not known.
    UnknownOthers,
    /// 1 where the amount is not a multiple of £50: computed rather than proposed.
    Odd(Head),
    /// How many of £1, £5, £10, £50, £100 and £500 the amount is a multiple of: what was proposed
    /// in round figures tends to be paid as proposed, what was computed tends to be negotiated.
    Roundness(Head),
    /// How many settled claims asked for the very same figure, see [`Figures::count`].
    Familiar(Head),
    /// A head's share of the total.
    Share(Head),
    Psychological,
    Exceptional,
    PrognosisMonths,
    /// Rank of the accident type by frequency, −1 where unknown.
    AccidentType,
    /// Sum of the heads.
    Total,
    /// Sum of the heads that the tariff does not fix.
    Negotiable,
    /// Heads above nil that the tariff does not fix.
    HeadCount,
    /// Share of the largest negotiable head in the negotiable sum.
    Concentration,
    /// The uplift as a share of the tariff.
    UpliftShare,
}

/// Heads frequent enough that a blank cell is worth a flag of its own.
const FLAGGED: [Head; 9] = [
    Head::GeneralRest,
    Head::SpecialTherapy,
    Head::SpecialEarningsLoss,
    Head::SpecialAssetDamage,
    Head::SpecialUsageLoss,
    Head::SpecialJourneyExpenses,
    Head::SpecialTripCosts,
    Head::SpecialLoanerVehicle,
    Head::SpecialOverage,
];

impl Feature {
    /// What models trained here see.
    pub fn trained() -> Vec<Feature> {
        Feature::all().into_iter().chain(COUNTED.map(Feature::Familiar)).collect()
    }

    /// All that can be told from a claim alone, so by anyone: what imported models may see.
    pub fn all() -> Vec<Feature> {
        let mut all: Vec<Feature> = Head::ALL.iter().map(|&h| Feature::Amount(h)).collect();
        all.push(Feature::Unknown(Head::GeneralFixed));
        all.extend(FLAGGED.map(Feature::Unknown));
        all.push(Feature::UnknownOthers);
        all.extend([Head::GeneralRest, Head::SpecialTherapy, Head::SpecialEarningsLoss].map(Feature::Odd));
        all.push(Feature::Roundness(Head::GeneralRest));
        all.extend([Head::GeneralFixed, Head::GeneralRest, Head::SpecialTherapy].map(Feature::Share));
        all.extend([
            Feature::Psychological,
            Feature::Exceptional,
            Feature::PrognosisMonths,
            Feature::AccidentType,
            Feature::Total,
            Feature::Negotiable,
            Feature::HeadCount,
            Feature::Concentration,
            Feature::UpliftShare,
        ]);
        all
    }

    /// The value for a claim; `figures` are those that the model knows.
    pub fn value(self, claim: &Recovered, figures: &Figures) -> f64 {
        match self {
            Feature::Amount(head) => claim.amount(head),
            Feature::Unknown(head) => flag(claim.is_unknown(head)),
            Feature::UnknownOthers => others().filter(|&h| claim.is_unknown(h)).count() as f64,
            Feature::Odd(head) => flag(claim.amount(head) % 50.0 != 0.0),
            Feature::Roundness(head) => roundness(claim.amount(head)),
            Feature::Familiar(head) => figures.count(head, claim),
            Feature::Share(head) => ratio(claim.amount(head), claim.total()),
            Feature::Psychological => claim.psychological.map_or(0.5, flag),
            Feature::Exceptional => claim.exceptional.map_or(0.5, flag),
            Feature::PrognosisMonths => f64::from(claim.months.unwrap_or(0)),
            Feature::AccidentType => claim.accident_rank,
            Feature::Total => claim.total(),
            Feature::Negotiable => negotiable(claim).sum(),
            Feature::HeadCount => negotiable(claim).filter(|&a| a > 0.0).count() as f64,
            Feature::Concentration => ratio(negotiable(claim).fold(0.0, f64::max), negotiable(claim).sum()),
            Feature::UpliftShare => ratio(claim.amount(Head::GeneralUplift), claim.amount(Head::GeneralFixed)),
        }
    }
}

impl Feature {
    /// Which way the settlement less the sum of the heads may go with it: −1 where more means that more
    /// is asked for, of which never less is taken off; 0 where either may be.
    pub const fn rule(self) -> i8 {
        match self {
            Feature::Amount(head) if head.is_reduction() => 0,
            Feature::Amount(_) | Feature::Total | Feature::Negotiable | Feature::HeadCount => -1,
            _ => 0,
        }
    }

    /// Whether nothing is known that the value could be computed from.
    pub fn is_unknown(self, claim: &Recovered) -> bool {
        match self {
            Feature::Amount(head)
            | Feature::Odd(head)
            | Feature::Roundness(head)
            | Feature::Familiar(head)
            | Feature::Share(head) => claim.is_unknown(head),
            Feature::UpliftShare => claim.is_unknown(Head::GeneralUplift) || claim.is_unknown(Head::GeneralFixed),
            Feature::Psychological => claim.psychological.is_none(),
            Feature::Exceptional => claim.exceptional.is_none(),
            Feature::PrognosisMonths => claim.months.is_none(),
            Feature::AccidentType => claim.accident_rank < 0.0,
            Feature::Unknown(_)
            | Feature::UnknownOthers
            | Feature::Total
            | Feature::Negotiable
            | Feature::HeadCount
            | Feature::Concentration => false,
        }
    }
}

/// +1 for every amount that adds to the sum of the heads, −1 for a reduction, 0 for the rest:
/// the dot product with [`Schema::row`] is the total, wherever all heads are among the features.
pub fn total_coefficients(features: &[Feature]) -> Vec<f64> {
    let coefficient = |f: &Feature| match f {
        Feature::Amount(head) if head.is_reduction() => -1.0,
        Feature::Amount(_) => 1.0,
        _ => 0.0,
    };
    features.iter().map(coefficient).collect()
}

/// Position of an accident type among the known ones, the last ("Other") for any other text.
fn accident_rank(text: Option<&str>) -> f64 {
    let Some(text) = text else { return -1.0 };
    let rank = ACCIDENT_TYPES.iter().position(|t| t.eq_ignore_ascii_case(text.trim()));
    rank.unwrap_or(ACCIDENT_TYPES.len() - 1) as f64
}

fn others() -> impl Iterator<Item = Head> {
    Head::ALL.iter().copied().filter(|h| !FLAGGED.contains(h) && *h != Head::GeneralFixed)
}

fn negotiable(claim: &Recovered) -> impl Iterator<Item = f64> + '_ {
    let fixed = |h: &Head| matches!(h, Head::GeneralFixed | Head::GeneralUplift) || h.is_reduction();
    Head::ALL.iter().filter(move |h| !fixed(h)).map(|&h| claim.amount(h))
}

/// 6 for nil and for multiples of £500, 0 for an amount with pennies.
fn roundness(pounds: f64) -> f64 {
    let pence = (pounds * 100.0).round() as i64;
    [1, 5, 10, 50, 100, 500].iter().filter(|unit| pence % (*unit * 100) == 0).count() as f64
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use domain::{ClaimFacts, Money};

    use super::*;

    fn vector(features: &[Feature], facts: &ClaimFacts) -> Vec<f64> {
        Schema::of(features).row(&Recovered::of(facts))
    }

    #[test]
    fn the_total_is_the_dot_product_of_the_coefficients() {
        let mut facts = ClaimFacts::default();
        for (i, &head) in Head::ALL.iter().enumerate() {
            facts.heads.set(head, Some(Money::from_pence(10_050 * (i as i64 + 1))));
        }
        let features = Feature::trained();
        let values = vector(&features, &facts);
        let total: f64 = total_coefficients(&features).iter().zip(&values).map(|(c, v)| c * v).sum();
        assert!((total - facts.heads.total().unwrap().as_pounds()).abs() < 1e-9);
        assert!((values[features.iter().position(|&f| f == Feature::Total).unwrap()] - total).abs() < 1e-9);
    }

    #[test]
    fn an_empty_claim_gives_finite_numbers_and_says_what_is_unknown() {
        let features = Feature::trained();
        let values = vector(&features, &ClaimFacts::default());
        assert!(values.iter().all(|v| v.is_finite()));
        for (feature, value) in features.iter().zip(&values) {
            if let Feature::Unknown(_) = feature {
                assert_eq!(*value, 1.0, "{feature:?}");
            }
        }
    }

    #[test]
    fn round_figures_are_told_from_computed_ones() {
        let of = |pounds: f64| roundness(pounds);
        assert_eq!(
            [0.0, 1_500.0, 1_300.0, 1_250.0, 1_240.0, 1_235.0, 1_233.0, 1_233.5].map(of),
            [6.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
        );
    }

    #[test]
    fn age_gender_and_noise_columns_cannot_move_a_vector() {
        let plain = ClaimFacts::default();
        let noisy = ClaimFacts {
            whiplash: Some(true),
            weather_conditions: Some("Snowy".into()),
            vehicle_age: Some(9),
            passengers: Some(3),
            police_report_filed: Some(true),
            witness_present: Some(false),
            accident_date: chrono::NaiveDate::from_ymd_opt(2022, 1, 1),
            ..ClaimFacts::default()
        };
        assert_eq!(vector(&Feature::trained(), &plain), vector(&Feature::trained(), &noisy));
    }
}
