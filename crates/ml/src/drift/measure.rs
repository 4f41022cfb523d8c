//! The four measures, and the limits their peers have fixed.

use serde::{Deserialize, Serialize};

use super::{
    KolmogorovSmirnov, Sorted, jensen_shannon, jensen_shannon_categories, kolmogorov_smirnov, psi, psi_categories,
    wasserstein,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// A number whose order and distances mean something.
    Number,
    /// A code for a category.
    Category,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    PopulationStability,
    Wasserstein,
    JensenShannon,
    KolmogorovSmirnov,
}

impl Measure {
    pub const ALL: [Measure; 4] =
        [Measure::PopulationStability, Measure::Wasserstein, Measure::JensenShannon, Measure::KolmogorovSmirnov];

    /// What takes the place of this measure for a kind of feature: categories have no order, so
    /// the two measures that need one become the Jensen–Shannon distance.
    pub fn suited_to(self, kind: FeatureKind) -> Measure {
        match (kind, self) {
            (FeatureKind::Category, Measure::Wasserstein | Measure::KolmogorovSmirnov) => Measure::JensenShannon,
            (FeatureKind::Category, Measure::PopulationStability | Measure::JensenShannon)
            | (FeatureKind::Number, _) => self,
        }
    }

    /// The statistic, larger for samples further apart; zero for equal ones.
    pub fn between(self, kind: FeatureKind, reference: &Sorted, current: &Sorted) -> f64 {
        match (self.suited_to(kind), kind) {
            (Measure::PopulationStability, FeatureKind::Number) => psi(reference, current),
            (Measure::PopulationStability, FeatureKind::Category) => psi_categories(reference, current),
            (Measure::JensenShannon, FeatureKind::Number) => jensen_shannon(reference, current),
            (Measure::JensenShannon, FeatureKind::Category) => jensen_shannon_categories(reference, current),
            (Measure::Wasserstein, _) => wasserstein(reference, current),
            (Measure::KolmogorovSmirnov, _) => kolmogorov_smirnov(reference, current),
        }
    }
}

/// Every measure that the kind of feature has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    pub population_stability: f64,
    pub jensen_shannon: f64,
    /// Numbers only, as is the next.
    pub wasserstein: Option<f64>,
    pub kolmogorov_smirnov: Option<KolmogorovSmirnov>,
}

impl Statistics {
    pub fn of(kind: FeatureKind, reference: &Sorted, current: &Sorted) -> Statistics {
        let number = kind == FeatureKind::Number;
        Statistics {
            population_stability: Measure::PopulationStability.between(kind, reference, current),
            jensen_shannon: Measure::JensenShannon.between(kind, reference, current),
            wasserstein: number.then(|| wasserstein(reference, current)),
            kolmogorov_smirnov: number.then(|| KolmogorovSmirnov::test(reference, current)),
        }
    }
}

/// The two steps of the population stability index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// At least 0.1.
    Moderate,
    /// At least 0.25.
    Strong,
}

/// What the limits fixed by evidently and by credit scoring's custom would have said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedAlarms {
    pub population_stability: Option<Warning>,
    /// At least 0.1.
    pub jensen_shannon: bool,
    /// At least 0.1.
    pub wasserstein: bool,
    /// p < 0.05.
    pub kolmogorov_smirnov: bool,
}

impl FixedAlarms {
    pub fn of(statistics: &Statistics) -> FixedAlarms {
        let stability = statistics.population_stability;
        FixedAlarms {
            population_stability: (stability >= 0.1).then_some(if stability >= 0.25 {
                Warning::Strong
            } else {
                Warning::Moderate
            }),
            jensen_shannon: statistics.jensen_shannon >= 0.1,
            wasserstein: statistics.wasserstein.is_some_and(|w| w >= 0.1),
            kolmogorov_smirnov: statistics.kolmogorov_smirnov.is_some_and(|t| t.p_value < 0.05),
        }
    }
}
