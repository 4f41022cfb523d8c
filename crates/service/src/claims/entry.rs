//! From what was typed, uploaded or posted to facts: parsed once, every mistake named by its field.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use contract::claim::ClaimInput;
use contract::error::FieldError;
use domain::claim::{LARGEST_AMOUNT, LONGEST_PROGNOSIS, LONGEST_TEXT, LONGEST_WORD, parse_prognosis};
use domain::{ClaimFacts, Head, Heads, Money};
use serde::Deserialize;
use serde_json::Value;
use store::claims::{Claim, Protected};

use super::document::{Document, Raw};
use crate::error::sentence;

/// A claim ready to be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub facts: ClaimFacts,
    pub protected: Protected,
    pub reference: Option<String>,
    /// The insurer's own name for the claimant, by which several claims are known to be one person's.
    pub claimant_reference: Option<String>,
    pub medical_report: bool,
}

/// Names of the fields besides the heads, as the API has them.
pub const FIELDS: &[&str] = &[
    "accident_type",
    "accident_date",
    "claim_date",
    "injury_prognosis_months",
    "minor_psychological_injury",
    "exceptional_circumstances",
    "whiplash",
    "dominant_injury",
    "injury_description",
    "accident_description",
    "vehicle_type",
    "vehicle_age",
    "weather_conditions",
    "passengers",
    "police_report_filed",
    "witness_present",
    "driver_age",
    "gender",
    "external_reference",
    "claimant_reference",
    "medical_report_received",
];

/// A form's fields: everything is text, heads are pounds.
pub fn from_form(input: &ClaimInput, today: NaiveDate) -> Result<Entry, Vec<FieldError>> {
    let mut reader = Reader::default();
    for (name, text) in &input.fields {
        if !text.trim().is_empty() {
            reader.values.insert(name.clone(), Raw::Text(text.trim().to_owned()));
        }
    }
    for name in ["accident_type", "accident_date", "claim_date", "injury_prognosis_months"] {
        if !reader.values.contains_key(name) {
            reader.error(name, "fill this in: the prediction rests on it");
        }
    }
    reader.entry(today)
}

/// The same of all fields of a claim that is there already, some of which may be empty.
pub fn from_fields(fields: &BTreeMap<String, String>, today: NaiveDate) -> Result<Entry, Vec<FieldError>> {
    let mut reader = Reader::default();
    let said = fields.iter().filter(|(_, text)| !text.trim().is_empty());
    reader.values = said.map(|(name, text)| (name.clone(), Raw::Text(text.trim().to_owned()))).collect();
    reader.entry(today)
}

/// Whether a claim's form has such a field.
pub fn is_field(name: &str) -> bool {
    Head::from_key(name).is_some() || FIELDS.contains(&name)
}

/// A claim as its form would have it: what is not stated is left out.
pub fn fields_of(claim: &Claim, protected: &Protected) -> BTreeMap<String, String> {
    let f = &claim.facts;
    let flag = |value: Option<bool>| value.map(|v| v.to_string());
    let small = |value: Option<u8>| value.map(|v| v.to_string());
    let date = |value: Option<NaiveDate>| value.map(|d| d.to_string());
    let own = [
        ("accident_type", f.accident_type.clone()),
        ("accident_date", date(f.accident_date)),
        ("claim_date", date(f.claim_date)),
        ("injury_prognosis_months", small(f.injury_prognosis_months)),
        ("minor_psychological_injury", flag(f.minor_psychological_injury)),
        ("exceptional_circumstances", flag(f.exceptional_circumstances)),
        ("whiplash", flag(f.whiplash)),
        ("dominant_injury", f.dominant_injury.clone()),
        ("injury_description", f.injury_description.clone()),
        ("accident_description", f.accident_description.clone()),
        ("vehicle_type", f.vehicle_type.clone()),
        ("vehicle_age", small(f.vehicle_age)),
        ("weather_conditions", f.weather_conditions.clone()),
        ("passengers", small(f.passengers)),
        ("police_report_filed", flag(f.police_report_filed)),
        ("witness_present", flag(f.witness_present)),
        ("driver_age", small(protected.driver_age)),
        ("gender", protected.gender.clone()),
        ("external_reference", claim.reference.clone()),
        ("claimant_reference", claim.claimant_reference.clone()),
        ("medical_report_received", claim.medical_report.then(|| "true".to_owned())),
    ];
    let heads = f.heads.iter().map(|(head, amount)| (head.key(), amount.map(Money::plain)));
    own.into_iter().chain(heads).filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A JSON object as posted to the API: heads are whole pence under `…_pence`.
pub fn from_document(claim: &Document, today: NaiveDate) -> Result<Entry, Vec<FieldError>> {
    let mut reader = Reader { pence: true, ..Reader::default() };
    let members = match claim {
        Document::Members(members) => members,
        Document::Twice(name) => {
            reader.error(name, "this member stands twice: remove one of the two");
            return Err(reader.errors);
        }
        Document::TooMany => {
            reader.error("claim", "this has more members than a claim: see /api/v1/openapi.json for its fields");
            return Err(reader.errors);
        }
        Document::NoObject => {
            reader.error("claim", "send a JSON object with the claim's fields");
            return Err(reader.errors);
        }
    };
    for (name, value) in members {
        let head = name.strip_suffix("_pence").and_then(Head::from_key);
        if head.is_none() && !FIELDS.contains(&name.as_str()) {
            reader.error(name, "there is no such field: see /api/v1/openapi.json for the fields of a claim");
            continue;
        }
        let raw = match value {
            Raw::Null => continue,
            Raw::Text(text) if text.trim().is_empty() => continue,
            Raw::Text(text) => Raw::Text(text.trim().to_owned()),
            Raw::Whole(_) | Raw::Flag(_) | Raw::Other => value.clone(),
        };
        reader.values.insert(head.map_or_else(|| name.clone(), |h| h.key().to_owned()), raw);
    }
    reader.entry(today)
}

/// The same from a value in memory.
pub fn from_json(claim: &Value, today: NaiveDate) -> Result<Entry, Vec<FieldError>> {
    // Every value is some document.
    from_document(&Document::deserialize(claim).unwrap_or(Document::NoObject), today)
}

/// Facts with some of them otherwise, as a form says them: heads, the prognosis, and the two flags of
/// the tariff. Never who the claimant is.
pub fn changed(
    facts: &ClaimFacts,
    changes: &BTreeMap<String, String>,
    today: NaiveDate,
) -> Result<ClaimFacts, Vec<FieldError>> {
    let mut reader = Reader::default();
    let said = changes.iter().filter(|(_, text)| !text.trim().is_empty());
    reader.values = said.map(|(name, text)| (name.clone(), Raw::Text(text.trim().to_owned()))).collect();
    let mut changed = facts.clone();
    for name in changes.keys() {
        match (name.as_str(), Head::from_key(name)) {
            (_, Some(head)) => changed.heads.set(head, reader.amount(head)),
            ("injury_prognosis_months", _) => match reader.values.contains_key(name) {
                true => changed.injury_prognosis_months = reader.prognosis(),
                false => reader.error(name, "fill this in: the prediction rests on it"),
            },
            ("minor_psychological_injury", _) => changed.minor_psychological_injury = reader.flag(name),
            ("exceptional_circumstances", _) => changed.exceptional_circumstances = reader.flag(name),
            _ => reader.error(name, "this cannot be changed in a what-if"),
        }
    }
    if let (true, Some((field, remedy))) = (reader.errors.is_empty(), check(&changed, today)) {
        reader.error(field, remedy);
    }
    if reader.errors.is_empty() { Ok(changed) } else { Err(reader.errors) }
}

/// What must hold of the facts of any claim, from whatever form: the field that is wrong, and the remedy.
pub fn check(facts: &ClaimFacts, today: NaiveDate) -> Option<(&'static str, &'static str)> {
    for (field, date) in [("accident_date", facts.accident_date), ("claim_date", facts.claim_date)] {
        match date {
            Some(date) if date > today => return Some((field, "this date is in the future: check it")),
            Some(date) if date < today - chrono::Days::new(36_525) => {
                return Some((field, "this is more than a hundred years ago: check it"));
            }
            Some(_) | None => {}
        }
    }
    if let (Some(accident), Some(claim)) = (facts.accident_date, facts.claim_date)
        && claim < accident
    {
        let remedy = "the claim cannot have been made before the accident: correct one of the two dates";
        return Some(("claim_date", remedy));
    }
    if facts.heads.total().is_none_or(|t| t <= Money::ZERO) {
        let remedy = "enter at least one head of loss: without an amount there is nothing to settle";
        return Some((Head::GeneralFixed.key(), remedy));
    }
    None
}

#[derive(Default)]
struct Reader {
    values: BTreeMap<String, Raw>,
    errors: Vec<FieldError>,
    /// Whether heads are whole pence instead of pounds.
    pence: bool,
}

impl Reader {
    fn error(&mut self, field: &str, message: &str) {
        let is_head = self.pence && Head::from_key(field).is_some();
        let field = if is_head { format!("{field}_pence") } else { field.to_owned() };
        self.errors.push(FieldError { field, message: sentence(message) });
    }

    fn entry(mut self, today: NaiveDate) -> Result<Entry, Vec<FieldError>> {
        let facts = ClaimFacts {
            accident_type: self.word("accident_type"),
            accident_date: self.date("accident_date"),
            claim_date: self.date("claim_date"),
            injury_prognosis_months: self.prognosis(),
            minor_psychological_injury: self.flag("minor_psychological_injury"),
            exceptional_circumstances: self.flag("exceptional_circumstances"),
            whiplash: self.flag("whiplash"),
            dominant_injury: self.word("dominant_injury"),
            injury_description: self.text("injury_description", LONGEST_TEXT),
            accident_description: self.text("accident_description", LONGEST_TEXT),
            vehicle_type: self.word("vehicle_type"),
            vehicle_age: self.small("vehicle_age", 0, 100),
            weather_conditions: self.word("weather_conditions"),
            passengers: self.small("passengers", 0, 100),
            police_report_filed: self.flag("police_report_filed"),
            witness_present: self.flag("witness_present"),
            heads: self.heads(),
        };
        let protected = Protected { driver_age: self.small("driver_age", 0, 120), gender: self.word("gender") };
        let reference = self.word("external_reference");
        let claimant_reference = self.word("claimant_reference");
        let medical_report = self.flag("medical_report_received").unwrap_or(false);
        // A fact that could not be read has its error already, and may be what is missing here.
        if let Some((field, remedy)) = check(&facts, today)
            && !self
                .errors
                .iter()
                .any(|e| e.field == field || is_head_field(&e.field) && Head::from_key(field).is_some())
        {
            self.error(field, remedy);
        }
        if self.errors.is_empty() {
            Ok(Entry { facts, protected, reference, claimant_reference, medical_report })
        } else {
            Err(self.errors)
        }
    }

    fn heads(&mut self) -> Heads {
        let mut heads = Heads::default();
        for &head in Head::ALL {
            let amount = self.amount(head);
            heads.set(head, amount);
        }
        heads
    }

    fn amount(&mut self, head: Head) -> Option<Money> {
        let amount = match self.values.get(head.key())? {
            Raw::Whole(pence) if self.pence => Ok(Money::from_pence(*pence)),
            Raw::Text(text) if !self.pence => Money::parse_pounds(text).map_err(|e| e.to_string()),
            Raw::Text(_) | Raw::Whole(_) | Raw::Flag(_) | Raw::Null | Raw::Other => {
                Err("give a whole number of pence, such as 52000 for £520".into())
            }
        };
        match amount {
            Ok(amount) if amount < Money::ZERO => {
                self.refuse(head.key(), "an amount cannot be negative: enter 0 or more")
            }
            Ok(amount) if amount > LARGEST_AMOUNT => {
                self.refuse(head.key(), "this is more than £10,000,000: check the amount")
            }
            Ok(amount) => Some(amount),
            Err(message) => self.refuse(head.key(), &message),
        }
    }

    fn refuse<T>(&mut self, field: &str, message: &str) -> Option<T> {
        self.error(field, message);
        None
    }

    fn word(&mut self, field: &str) -> Option<String> {
        self.text(field, LONGEST_WORD)
    }

    fn text(&mut self, field: &str, longest: usize) -> Option<String> {
        match self.values.get(field)? {
            Raw::Text(text) if text.contains('\0') => self.refuse(field, "take out the character with the number 0"),
            Raw::Text(text) if text.chars().count() <= longest => Some(text.clone()),
            Raw::Text(_) => self.refuse(field, &format!("this is longer than {longest} characters: shorten it")),
            Raw::Whole(_) | Raw::Flag(_) | Raw::Null | Raw::Other => self.refuse(field, "give a text"),
        }
    }

    fn flag(&mut self, field: &str) -> Option<bool> {
        match self.values.get(field)? {
            Raw::Flag(value) => Some(*value),
            Raw::Text(text) => match text.to_ascii_lowercase().as_str() {
                "yes" | "true" | "on" => Some(true),
                "no" | "false" => Some(false),
                _ => self.refuse(field, "answer yes or no"),
            },
            Raw::Whole(_) | Raw::Null | Raw::Other => self.refuse(field, "give true or false"),
        }
    }

    fn small(&mut self, field: &str, least: i64, most: i64) -> Option<u8> {
        let value = match self.values.get(field)? {
            Raw::Whole(value) => Some(*value),
            Raw::Text(text) => text.parse().ok(),
            Raw::Flag(_) | Raw::Null | Raw::Other => None,
        };
        match value.filter(|v| (least..=most).contains(v)).and_then(|v| u8::try_from(v).ok()) {
            Some(value) => Some(value),
            None => self.refuse(field, &format!("give a whole number from {least} to {most}")),
        }
    }

    fn prognosis(&mut self) -> Option<u8> {
        let field = "injury_prognosis_months";
        let months = match self.values.get(field)? {
            Raw::Whole(value) => u8::try_from(*value).ok().filter(|m| (1..=LONGEST_PROGNOSIS).contains(m)),
            Raw::Text(text) => parse_prognosis(text),
            Raw::Flag(_) | Raw::Null | Raw::Other => None,
        };
        if months.is_none() {
            self.error(field, &format!("give the expected months to recovery, from 1 to {LONGEST_PROGNOSIS}"));
        }
        months
    }

    fn date(&mut self, field: &str) -> Option<NaiveDate> {
        let date = match self.values.get(field)? {
            // Systems send a time along with the date; it is not used.
            Raw::Text(text) => text.get(..10).and_then(|d| d.parse::<NaiveDate>().ok()),
            Raw::Whole(_) | Raw::Flag(_) | Raw::Null | Raw::Other => None,
        };
        match date {
            None => self.refuse(field, "give a date as year-month-day, such as 2026-03-31"),
            date => date,
        }
    }
}

fn is_head_field(field: &str) -> bool {
    Head::from_key(field.trim_end_matches("_pence")).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn today() -> NaiveDate {
        "2026-11-22".parse().unwrap()
    }

    fn form(fields: &[(&str, &str)]) -> ClaimInput {
        let mut all: BTreeMap<String, String> = [
            ("accident_type", "Rear end"),
            ("accident_date", "2026-01-10"),
            ("claim_date", "2026-02-01"),
            ("injury_prognosis_months", "6"),
            ("special_therapy", "£1,200.50"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into();
        all.extend(fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        ClaimInput { fields: all, ..ClaimInput::default() }
    }

    #[test]
    fn a_form_is_read_in_pounds_and_a_document_in_pence() {
        let typed = from_form(&form(&[]), today()).unwrap();
        let posted = from_json(
            &json!({"accident_type": "Rear end", "accident_date": "2026-01-10T09:30:00Z", "claim_date": "2026-02-01",
                    "injury_prognosis_months": 6, "special_therapy_pence": 120050}),
            today(),
        )
        .unwrap();
        assert_eq!(typed, posted);
        assert_eq!(typed.facts.heads.get(Head::SpecialTherapy), Some(Money::from_pence(120_050)));
    }

    #[test]
    fn every_mistake_is_named_by_its_field() {
        for (field, value, part) in [
            ("accident_date", "31/01/2026", "year-month-day"),
            ("accident_date", "2027-01-01", "future"),
            ("claim_date", "2026-01-09", "before the accident"),
            ("injury_prognosis_months", "soon", "from 1 to 60"),
            ("accident_type", "", "Fill this in"),
            ("special_therapy", "lots", "amount in pounds"),
            ("special_therapy", "-5", "negative"),
            ("special_therapy", "99999999", "£10,000,000"),
            ("special_therapy", "", "at least one head"),
            ("vehicle_age", "101", "from 0 to 100"),
            ("whiplash", "perhaps", "yes or no"),
        ] {
            let errors = from_form(&form(&[(field, value)]), today()).unwrap_err();
            assert_eq!(errors.len(), 1, "{field} {value}: {errors:?}");
            assert!(errors[0].message.contains(part), "{field} {value}: {}", errors[0].message);
        }
        let errors =
            from_json(&json!({"special_therapy_pence": "12", "yacht": 1, "vehicle_age": 1.5}), today()).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["yacht", "vehicle_age", "special_therapy_pence"]);
        assert_eq!(from_json(&json!([]), today()).unwrap_err()[0].field, "claim");
    }
}
