//! Which of our features each input of a model is.

use serde::Deserialize;

use super::{ImportError, Raw};
use crate::{
    data::Column,
    features::{Feature, Figures, InputColumn, Precision, Schema},
};

/// Inputs with their features, in the order of the model's inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping(pub Vec<Entry>);

/// An input of the model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it was called in training, and is in the probes.
    pub input: String,
    /// Our name of it, as a bundle's manifest or `solatium features` writes it; the input's own where
    /// left out.
    #[serde(default)]
    pub feature: Option<String>,
    #[serde(default)]
    pub unknown: Unknown,
}

/// What stands for a value nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// What the feature itself says, such as nil for an amount.
    #[default]
    Replace,
    /// Nothing: the model was trained with missing values.
    Keep,
}

/// A feature's name as a column of `solatium features`: without the colon, which LightGBM does not
/// take.
pub fn column_name(feature: Feature) -> String {
    feature.name().replace(':', "_")
}

/// Most entries read: above [`super::MOST_INPUTS`].
const LARGEST: usize = 1 << 20;

impl Mapping {
    /// Reads a mapping: JSON, a list of entries.
    pub fn read(json: &[u8]) -> Result<Mapping, ImportError> {
        let form = r#"[{"input": "column name", "feature": "our name", "unknown": "keep" or "replace"}, …]"#;
        if json.len() > LARGEST {
            return Err(ImportError::Mapping(format!("a mapping of more than {LARGEST} bytes; write {form}")));
        }
        let entries = serde_json::from_slice(json)
            .map_err(|e| ImportError::Mapping(format!("the mapping cannot be read ({e}); write {form}")))?;
        Ok(Mapping(entries))
    }

    /// Every input under its own name. Fails where the model's file has no names.
    pub fn of_names(raw: &Raw, unknown: Unknown) -> Result<Mapping, ImportError> {
        let names = raw.inputs.as_ref().ok_or_else(|| {
            ImportError::Mapping(format!(
                "the model's file has no names for its {} inputs: give a mapping that lists them in order",
                raw.count
            ))
        })?;
        Ok(Mapping(names.iter().map(|name| Entry { input: name.clone(), feature: None, unknown }).collect()))
    }

    /// The schema of a bundle of `raw`.
    pub fn schema(&self, raw: &Raw, precision: Precision) -> Result<Schema, ImportError> {
        let Mapping(entries) = self;
        if entries.len() != raw.count {
            let (listed, count) = (entries.len(), raw.count);
            return Err(ImportError::Mapping(format!(
                "{listed} inputs are listed, but the model has {count}: list all, in its order"
            )));
        }
        if let Some(names) = &raw.inputs
            && let Some((name, entry)) = names.iter().zip(entries).find(|(name, entry)| **name != entry.input)
        {
            return Err(ImportError::Mapping(format!(
                "the mapping lists {:?} where the model has {name:?}: list the inputs in the model's order",
                entry.input
            )));
        }
        let mut columns: Vec<InputColumn> = Vec::with_capacity(entries.len());
        for entry in entries {
            let column = entry.column()?;
            if columns.iter().any(|c| c.feature == column.feature) {
                let name = column.feature.name();
                return Err(ImportError::Mapping(format!("feature {name} is listed twice: each may feed one input")));
            }
            columns.push(column);
        }
        Ok(Schema { columns, precision, figures: Figures::default() })
    }
}

impl Entry {
    fn column(&self) -> Result<InputColumn, ImportError> {
        let name = self.feature.as_deref().unwrap_or(&self.input);
        let found = Feature::all().into_iter().find(|f| f.name() == name || column_name(*f) == name);
        match found {
            Some(feature) => Ok(InputColumn { feature, keeps_unknown: self.unknown == Unknown::Keep }),
            None => Err(ImportError::Mapping(refusal(name))),
        }
    }
}

/// Words for people's attributes, in whatever column they come.
const PROTECTED: [&str; 16] = [
    "age",
    "gender",
    "sex",
    "female",
    "male",
    "birth",
    "dob",
    "ethnicity",
    "race",
    "religion",
    "nationality",
    "disability",
    "marital",
    "pregnancy",
    "name",
    "postcode",
];

/// Why a name is not taken, and what to do.
fn refusal(name: &str) -> String {
    let shown: String = name.chars().take(60).collect();
    let retrain = "train without it, on the columns of `solatium features`";
    let mut words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    match Column::named(name) {
        Some(Column::Settlement) => format!("{shown:?} is what is to be predicted: {retrain}"),
        Some(Column::DriverAge | Column::Gender) => {
            format!("{shown:?} is never priced: age and gender are kept for audits of fairness only; {retrain}")
        }
        Some(Column::Head(head)) => format!("{shown:?} is our feature {:?}: write that into the mapping", head.key()),
        Some(_) => format!(
            "{shown:?} is none of our features (vehicle, weather, police, witness, descriptions and dates are never priced): {retrain}"
        ),
        None if Feature::trained().into_iter().any(|f| f.name() == name || column_name(f) == name) => format!(
            "{shown:?} is counted in the claims that our own models learn from, which an imported model does not bring: {retrain}"
        ),
        None if words.any(|word| PROTECTED.contains(&word.as_str())) => {
            format!("{shown:?} reads like an attribute of a person, which is never priced: {retrain}")
        }
        None => format!("{shown:?} is none of our features: say in the mapping which it is, or {retrain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::imported::Link;

    fn raw(names: &[&str]) -> Raw {
        Raw {
            source: String::new(),
            inputs: Some(names.iter().map(|n| (*n).to_owned()).collect()),
            count: names.len(),
            link: Link::Identity,
            intercept: 0.0,
            coefficients: vec![0.0; names.len()],
            trees: Vec::new(),
            precision: Precision::Double,
        }
    }

    fn refused(names: &[&str]) -> String {
        let raw = raw(names);
        Mapping::of_names(&raw, Unknown::Keep).unwrap().schema(&raw, Precision::Double).unwrap_err().to_string()
    }

    #[test]
    fn names_of_columns_lead_to_one_feature_each() {
        let names: Vec<String> = Feature::all().into_iter().map(column_name).collect();
        let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
        let raw = raw(&borrowed);
        let schema = Mapping::of_names(&raw, Unknown::Keep).unwrap().schema(&raw, Precision::Single).unwrap();
        assert_eq!(schema.features(), Feature::all());
        assert!(schema.columns.iter().all(|c| c.keeps_unknown));
    }

    #[test]
    fn attributes_that_are_never_priced_are_refused_with_the_reason() {
        for name in ["Driver Age", "driver_age", "Gender", "Claimant sex", "date_of_birth", "passenger-age"] {
            assert!(refused(&["total", name]).contains("never priced"), "{name}");
        }
        assert!(refused(&["Weather Conditions"]).contains("never priced"));
        assert!(refused(&["SettlementValue"]).contains("what is to be predicted"));
        assert!(refused(&["familiar_special_therapy"]).contains("counted"));
        assert!(refused(&["Column_0"]).contains("none of our features"));
        assert!(refused(&["total", "total"]).contains("twice"));
    }

    #[test]
    fn a_mapping_names_the_inputs_in_order() {
        let json =
            br#"[{"input": "a", "feature": "total", "unknown": "keep"}, {"input": "b", "feature": "unknown_others"}]"#;
        let mapping = Mapping::read(json).unwrap();
        let schema = mapping.schema(&raw(&["a", "b"]), Precision::Double).unwrap();
        assert_eq!(schema.features(), [Feature::Total, Feature::UnknownOthers]);
        assert!(mapping.schema(&raw(&["b", "a"]), Precision::Double).is_err());
        assert!(mapping.schema(&raw(&["a"]), Precision::Double).is_err());
        assert!(Mapping::read(b"[{}]").is_err() && Mapping::read(b"{").is_err());
        let nameless = Raw { inputs: None, ..raw(&["a", "b"]) };
        assert!(
            mapping.schema(&nameless, Precision::Double).is_ok()
                && Mapping::of_names(&nameless, Unknown::Keep).is_err()
        );
    }
}
