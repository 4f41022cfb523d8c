//! Names of features in a bundle, and what each is called before a handler.

use domain::Head;
use serde::{Deserialize, Serialize};

use super::{Feature, Figures, Recovered, total_coefficients};

/// A feature as a bundle's manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    pub name: String,
    /// `GBP`, `flag`, `share`, `months`, `count` or `rank`.
    pub unit: String,
    /// What stands in for an unknown value.
    pub imputation: String,
    /// The contribution it is part of.
    pub group: String,
}

/// What a handler sees a contribution of: several features tell of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Head(Head),
    Prognosis,
    Psychological,
    Exceptional,
    AccidentType,
    /// How many heads there are and how the amounts are spread over them.
    Mix,
    /// Heads whose amount is not known.
    Unknown,
    /// The bounds a prediction is kept within.
    Limit,
}

impl Group {
    /// Every group, in the order of a table's columns.
    pub fn all() -> impl Iterator<Item = Group> {
        let rest = [
            Group::Prognosis,
            Group::Psychological,
            Group::Exceptional,
            Group::AccidentType,
            Group::Mix,
            Group::Unknown,
            Group::Limit,
        ];
        Head::ALL.iter().map(|&h| Group::Head(h)).chain(rest)
    }

    /// The name in the API and in column headers.
    pub const fn key(self) -> &'static str {
        match self {
            Group::Head(head) => head.key(),
            Group::Prognosis => "injury_prognosis_months",
            Group::Psychological => "minor_psychological_injury",
            Group::Exceptional => "exceptional_circumstances",
            Group::AccidentType => "accident_type",
            Group::Mix => "mix_of_heads",
            Group::Unknown => "unknown_heads",
            Group::Limit => "limit",
        }
    }

    /// The words a handler reads.
    pub const fn label(self) -> &'static str {
        match self {
            Group::Head(head) => head.label(),
            Group::Prognosis => "Prognosis",
            Group::Psychological => "Minor psychological injury",
            Group::Exceptional => "Exceptional circumstances",
            Group::AccidentType => "Accident type",
            Group::Mix => "Size and mix of the claim",
            Group::Unknown => "Amounts not known",
            Group::Limit => "Kept between nil and the sum claimed",
        }
    }
}

/// A model's input: which features, in which order, and in which numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub columns: Vec<InputColumn>,
    pub precision: Precision,
    /// What [`Feature::Familiar`] looks up.
    pub figures: Figures,
}

/// A feature as a model takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputColumn {
    pub feature: Feature,
    /// Whether an unknown value stays unknown (NaN) rather than being replaced.
    pub keeps_unknown: bool,
}

/// The numbers a model compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    #[default]
    Double,
    /// Values are rounded to 32 bits first, as ONNX and XGBoost do.
    Single,
}

impl Precision {
    /// A value as a model of this precision sees it.
    pub fn round(self, x: f64) -> f64 {
        match self {
            Precision::Double => x,
            Precision::Single => f64::from(x as f32),
        }
    }
}

/// The imputation of a column that keeps its unknown values.
const KEPT: &str = "left unknown";

impl Schema {
    /// Every feature of `features` with its replacement for unknown values, in double precision, no
    /// figures known.
    pub fn of(features: &[Feature]) -> Schema {
        let column = |&feature: &Feature| InputColumn { feature, keeps_unknown: false };
        Schema {
            columns: features.iter().map(column).collect(),
            precision: Precision::Double,
            figures: Figures::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.columns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    pub fn features(&self) -> Vec<Feature> {
        self.columns.iter().map(|c| c.feature).collect()
    }

    /// The values for a claim, one for each column.
    pub fn row(&self, claim: &Recovered) -> Vec<f64> {
        let value = |c: &InputColumn| match c.keeps_unknown && c.feature.is_unknown(claim) {
            true => f64::NAN,
            false => c.feature.value(claim, &self.figures),
        };
        self.columns.iter().map(|column| self.precision.round(value(column))).collect()
    }

    /// See [`total_coefficients`].
    pub fn totals(&self) -> Vec<f64> {
        total_coefficients(&self.features())
    }

    /// As a manifest describes the columns.
    pub fn specs(&self) -> Vec<FeatureSpec> {
        self.columns.iter().map(InputColumn::spec).collect()
    }

    /// The schema a manifest describes; the error is in words.
    pub fn read(specs: &[FeatureSpec], precision: Precision, figures: &Figures) -> Result<Schema, String> {
        let mut columns: Vec<InputColumn> = Vec::with_capacity(specs.len());
        for spec in specs {
            let feature = Feature::named(&spec.name).ok_or_else(|| format!("feature {:?} is not known", spec.name))?;
            if columns.iter().any(|c| c.feature == feature) {
                return Err(format!("feature {} stands twice", spec.name));
            }
            let column = InputColumn { feature, keeps_unknown: spec.imputation == KEPT };
            if column.spec() != *spec {
                return Err(format!("feature {} is described otherwise than this release computes it", spec.name));
            }
            columns.push(column);
        }
        let counted = |head| columns.iter().any(|c| c.feature == Feature::Familiar(head));
        if let Some(head) = figures.heads().find(|head| !counted(*head)) {
            return Err(format!("figures of {} are given, which no feature looks up", head.key()));
        }
        if let Some(fault) = figures.fault() {
            return Err(fault);
        }
        Ok(Schema { columns, precision, figures: figures.clone() })
    }
}

impl InputColumn {
    fn spec(&self) -> FeatureSpec {
        let mut spec = self.feature.spec();
        if self.keeps_unknown {
            spec.imputation = KEPT.to_owned();
        }
        spec
    }
}

impl Feature {
    pub const fn group(self) -> Group {
        match self {
            Feature::Amount(head)
            | Feature::Odd(head)
            | Feature::Roundness(head)
            | Feature::Familiar(head)
            | Feature::Share(head) => Group::Head(head),
            Feature::Unknown(_) | Feature::UnknownOthers => Group::Unknown,
            Feature::Psychological => Group::Psychological,
            Feature::Exceptional => Group::Exceptional,
            Feature::PrognosisMonths => Group::Prognosis,
            Feature::AccidentType => Group::AccidentType,
            Feature::Total | Feature::Negotiable | Feature::HeadCount | Feature::Concentration => Group::Mix,
            Feature::UpliftShare => Group::Head(Head::GeneralUplift),
        }
    }

    /// The name in a manifest.
    pub fn name(self) -> String {
        match self {
            Feature::Amount(head) => head.key().to_owned(),
            Feature::Unknown(head) => format!("unknown:{}", head.key()),
            Feature::UnknownOthers => "unknown:others".to_owned(),
            Feature::Odd(head) => format!("odd:{}", head.key()),
            Feature::Roundness(head) => format!("roundness:{}", head.key()),
            Feature::Familiar(head) => format!("familiar:{}", head.key()),
            Feature::Share(head) => format!("share:{}", head.key()),
            Feature::Psychological => "psychological".to_owned(),
            Feature::Exceptional => "exceptional".to_owned(),
            Feature::PrognosisMonths => "prognosis_months".to_owned(),
            Feature::AccidentType => "accident_type".to_owned(),
            Feature::Total => "total".to_owned(),
            Feature::Negotiable => "negotiable".to_owned(),
            Feature::HeadCount => "head_count".to_owned(),
            Feature::Concentration => "concentration".to_owned(),
            Feature::UpliftShare => "uplift_share".to_owned(),
        }
    }

    /// What people call it.
    pub fn words(self) -> String {
        match self {
            Feature::Amount(head) => head.label().to_owned(),
            Feature::Unknown(head) => format!("{} not known", head.label()),
            Feature::UnknownOthers => "Smaller heads not known".to_owned(),
            Feature::Odd(head) => format!("{} to the penny", head.label()),
            Feature::Roundness(head) => format!("Roundness of {}", head.label()),
            Feature::Familiar(head) => format!("How often others ask the same for {}", head.label()),
            Feature::Share(head) => format!("Share of {}", head.label()),
            Feature::Psychological => "Minor psychological injury".to_owned(),
            Feature::Exceptional => "Exceptional circumstances".to_owned(),
            Feature::PrognosisMonths => "Prognosis in months".to_owned(),
            Feature::AccidentType => "Kind of accident".to_owned(),
            Feature::Total => "Sum claimed".to_owned(),
            Feature::Negotiable => "Sum beyond the tariff".to_owned(),
            Feature::HeadCount => "Number of heads".to_owned(),
            Feature::Concentration => "How far one head prevails".to_owned(),
            Feature::UpliftShare => "Share of the uplift".to_owned(),
        }
    }

    /// The feature of a manifest's name; `None` for names this version does not know.
    pub fn named(name: &str) -> Option<Feature> {
        Feature::trained().into_iter().find(|f| f.name() == name)
    }

    /// In what it is measured: `GBP`, `flag`, `count`, `share`, `months` or `rank`.
    pub fn unit(self) -> &'static str {
        self.measured().0
    }

    pub fn spec(self) -> FeatureSpec {
        let (unit, imputation) = self.measured();
        FeatureSpec {
            name: self.name(),
            unit: unit.to_owned(),
            imputation: imputation.to_owned(),
            group: self.group().key().to_owned(),
        }
    }

    /// Unit, and what stands where it is not known.
    fn measured(self) -> (&'static str, &'static str) {
        match self {
            Feature::Amount(Head::GeneralFixed) => ("GBP", "tariff for prognosis and flag, else 0"),
            Feature::Amount(Head::GeneralUplift) => ("GBP", "20% of the tariff where exceptional, else 0"),
            Feature::Amount(_) => ("GBP", "0"),
            Feature::Total | Feature::Negotiable => ("GBP", "unknown heads count 0"),
            Feature::Unknown(_) | Feature::Odd(_) => ("flag", "0"),
            Feature::Roundness(_) => ("count", "6, as for nil"),
            Feature::Familiar(_) => ("count", "-1, as for nil"),
            Feature::Psychological => ("flag", "column of the tariff amount, else 0.5"),
            Feature::Exceptional => ("flag", "whether an uplift is claimed, else 0.5"),
            Feature::Share(_) | Feature::Concentration | Feature::UpliftShare => ("share", "0"),
            Feature::PrognosisMonths => ("months", "band of the tariff amount, else 0"),
            Feature::HeadCount | Feature::UnknownOthers => ("count", "unknown heads count 0"),
            Feature::AccidentType => ("rank", "-1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_feature_and_groups_have_a_place() {
        let groups: Vec<Group> = Group::all().collect();
        for feature in Feature::trained() {
            assert_eq!(Feature::named(&feature.name()), Some(feature));
            assert!(groups.contains(&feature.group()), "{feature:?}");
        }
        assert_eq!(Feature::named("driver_age"), None);
    }

    #[test]
    fn group_keys_are_unique() {
        let keys: std::collections::BTreeSet<_> = Group::all().map(Group::key).collect();
        assert_eq!(keys.len(), Group::all().count());
    }
}
