//! What is known of a claim before it is valued.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Head, Heads, Money};

/// Whether something is claimed, or paid, under the whiplash tariff or as its uplift.
pub fn pays_tariff(heads: &Heads) -> bool {
    [Head::GeneralFixed, Head::GeneralUplift].iter().any(|head| heads.get(*head).is_some_and(|a| a > Money::ZERO))
}

/// The facts a claim is valued from. A missing fact is `None`: the models impute, people may not.
/// Age and gender are not here: they are kept apart and are never features.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimFacts {
    /// One of [`ACCIDENT_TYPES`] or a text of the insurer's own.
    pub accident_type: Option<String>,
    pub accident_date: Option<NaiveDate>,
    pub claim_date: Option<NaiveDate>,
    /// Expected months to recovery, 1 to 60.
    pub injury_prognosis_months: Option<u8>,
    pub minor_psychological_injury: Option<bool>,
    pub exceptional_circumstances: Option<bool>,
    pub whiplash: Option<bool>,
    pub dominant_injury: Option<String>,
    pub injury_description: Option<String>,
    pub accident_description: Option<String>,
    pub vehicle_type: Option<String>,
    /// Years.
    pub vehicle_age: Option<u8>,
    pub weather_conditions: Option<String>,
    pub passengers: Option<u8>,
    pub police_report_filed: Option<bool>,
    pub witness_present: Option<bool>,
    pub heads: Heads,
}

impl ClaimFacts {
    /// Whether the law takes it for a whiplash claim; `None` where nobody has said. Whoever claims the whiplash tariff has
    /// said so, whatever else the claim states (Civil Liability Act 2018, sections 1, 3 and 6).
    pub fn is_whiplash(&self) -> Option<bool> {
        if pays_tariff(&self.heads) { Some(true) } else { self.whiplash }
    }

    /// It states that it is no whiplash injury, and claims the whiplash tariff.
    pub fn contradicts_itself(&self) -> bool {
        self.whiplash == Some(false) && self.is_whiplash() == Some(true)
    }
}

/// The accident types of the case study's data set, most frequent first.
pub const ACCIDENT_TYPES: &[&str] = &[
    "Rear end",
    "Other side pulled out of side road",
    "Rear end - Clt pushed into next vehicle",
    "Other side turned across Clt's path",
    "Other side changed lanes and collided with clt's vehicle",
    "Rear end - 3 car - Clt at front",
    "Other side reversed into Clt's vehicle",
    "Other side changed lanes on a roundabout colliding with clt's vehicle",
    "Other side drove on wrong side of the road",
    "Other side pulled on to roundabout",
    "Other side reversed into clt's stationary vehicle",
    "Other side pulled from parked position into the path of clt's vehicle",
    "Other side collided with Clt's parked vehicle",
    "Other side overtook and hit Clt when pulling in",
    "Other side opened their door, hitting clt's vehicle",
    "Other side overtook and pulled in too soon",
    "Other side overtook whilst clt was turning right",
    "Other",
];

/// What an accident is called on screens: the data set's "Clt" is written out. What an insurer calls it stays.
pub fn accident_in_words(accident: &str) -> String {
    if ACCIDENT_TYPES.contains(&accident) {
        accident.replace("Clt", "claimant").replace("clt", "claimant")
    } else {
        accident.to_owned()
    }
}

pub const DOMINANT_INJURIES: &[&str] = &["Arms", "Hips", "Legs", "Multiple"];
pub const VEHICLE_TYPES: &[&str] = &["Car", "Motorcycle", "Truck"];
pub const WEATHER_CONDITIONS: &[&str] = &["Rainy", "Snowy", "Sunny"];

/// The longest prognosis that is taken, in months.
pub const LONGEST_PROGNOSIS: u8 = 60;

/// The most that a head, or a settlement, may come to: no motor-injury claim that this service values
/// comes near it, so that a larger amount is a slip of the pen.
pub const LARGEST_AMOUNT: Money = Money::from_pounds(10_000_000);

/// Longest free text, in characters.
pub const LONGEST_TEXT: usize = 2_000;

/// Longest text of a fact that is chosen or named, such as the kind of accident, in characters.
pub const LONGEST_WORD: usize = 120;

/// Reads the data set's prognosis texts: `F. 6 months`, `A. 1 month`, or a bare number of months.
pub fn parse_prognosis(text: &str) -> Option<u8> {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|m| (1..=LONGEST_PROGNOSIS).contains(m))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prognosis_texts_of_the_data_set_are_read() {
        for (text, months) in [
            ("F. 6 months", Some(6)),
            ("A. 1 month", Some(1)),
            ("R. 18 months", Some(18)),
            ("7", Some(7)),
            ("", None),
            ("months", None),
            ("0", None),
            ("61", None),
            ("300", None),
        ] {
            assert_eq!(parse_prognosis(text), months, "{text}");
        }
    }
}
