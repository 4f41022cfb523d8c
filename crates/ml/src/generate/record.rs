//! The rest of a claim's record, and writing it in the data set's own columns.

use std::io::Write;

use chrono::NaiveDate;
use domain::{ClaimFacts, Money, claim};

use super::{Plan, Synthetic, claims};
use crate::{
    data::{COLUMNS, Column, Protected},
    random::Random,
};

/// Accident types by frequency: the most frequent is half of all, each further one less.
const FIRST: f64 = 0.5;
const FALL: f64 = 0.75;

const ACCIDENTS: [&str; 5] = [
    "Struck from behind while waiting at traffic lights.",
    "Struck from the side at a junction.",
    "The other driver misjudged the distance.",
    "Hit by a car leaving a parking space.",
    "The other driver did not give way.",
];

const INJURIES: [&str; 5] = [
    "Neck and shoulder pain.",
    "Neck pain with headaches.",
    "Lower back pain.",
    "Neck and back pain, bruised knee.",
    "Neck pain and bruised chest.",
];

/// Chance that a cell is blank, and that the settlement is not known.
const BLANK: f64 = 0.025;
const NO_SETTLEMENT: f64 = 0.02;

/// Draws what has no bearing on the settlement.
pub fn circumstances(facts: &mut ClaimFacts, random: &mut Random) -> Protected {
    let weight = |i: usize| if i == 0 { FIRST } else { (1.0 - FIRST) * (1.0 - FALL) * FALL.powi(i as i32 - 1) };
    let types: Vec<(&str, f64)> = claim::ACCIDENT_TYPES.iter().enumerate().map(|(i, t)| (*t, weight(i))).collect();
    let mut one_of = |texts: &[&str]| Some(texts[random.below(texts.len())].to_owned());
    facts.dominant_injury = one_of(claim::DOMINANT_INJURIES);
    facts.vehicle_type = one_of(claim::VEHICLE_TYPES);
    facts.weather_conditions = one_of(claim::WEATHER_CONDITIONS);
    facts.accident_description = one_of(&ACCIDENTS);
    facts.injury_description = one_of(&INJURIES);
    let gender = one_of(&["Female", "Male", "Other"]);
    facts.accident_type = Some((*random.pick(&types)).to_owned());
    facts.whiplash = Some(random.chance(0.5));
    facts.vehicle_age = Some(random.below(20) as u8);
    facts.passengers = Some(1 + random.below(4) as u8);
    facts.police_report_filed = Some(random.chance(0.5));
    facts.witness_present = Some(random.chance(0.5));
    Protected { driver_age: Some(18 + random.below(62) as u8), gender }
}

/// Writes the claims of a plan as CSV: the data set's 36 columns in its order, some cells blank.
pub fn write(plan: Plan, out: impl Write) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS.map(|(name, _)| name))?;
    // A stream of its own: which cells are blank does not change the claims.
    let mut random = Random::stream(plan.seed, 1);
    for claim in claims(plan) {
        csv.write_record(COLUMNS.map(|(_, column)| {
            let blank = match column {
                Column::Settlement => random.chance(NO_SETTLEMENT),
                Column::PoliceReport | Column::Witness | Column::Gender => false,
                _ => random.chance(BLANK),
            };
            if blank { String::new() } else { cell(&claim, column).unwrap_or_default() }
        }))?;
    }
    csv.flush().map_err(csv::Error::from)
}

fn cell(claim: &Synthetic, column: Column) -> Option<String> {
    let facts = &claim.facts;
    match column {
        Column::Settlement => Some(pounds(claim.settlement)),
        Column::Head(head) => facts.heads.get(head).map(pounds),
        Column::AccidentType => facts.accident_type.clone(),
        Column::Prognosis => facts.injury_prognosis_months.map(prognosis),
        Column::Exceptional => facts.exceptional_circumstances.map(yes_no),
        Column::Psychological => facts.minor_psychological_injury.map(yes_no),
        Column::DominantInjury => facts.dominant_injury.clone(),
        Column::Whiplash => facts.whiplash.map(yes_no),
        Column::VehicleType => facts.vehicle_type.clone(),
        Column::Weather => facts.weather_conditions.clone(),
        Column::AccidentDate => facts.accident_date.map(|d: NaiveDate| d.to_string()),
        Column::ClaimDate => facts.claim_date.map(|d| d.to_string()),
        Column::VehicleAge => facts.vehicle_age.map(number),
        Column::DriverAge => claim.protected.driver_age.map(number),
        Column::Passengers => facts.passengers.map(number),
        Column::AccidentDescription => facts.accident_description.clone(),
        Column::InjuryDescription => facts.injury_description.clone(),
        Column::PoliceReport => facts.police_report_filed.map(yes_no),
        Column::Witness => facts.witness_present.map(yes_no),
        Column::Gender => claim.protected.gender.clone(),
    }
}

/// As a data frame writes it: `870.0`, `1038.45`.
fn pounds(amount: Money) -> String {
    let plain = amount.plain();
    plain.strip_suffix('0').map(str::to_owned).unwrap_or(plain)
}

fn number(n: u8) -> String {
    format!("{n}.0")
}

fn yes_no(yes: bool) -> String {
    if yes { "Yes" } else { "No" }.to_owned()
}

/// The data set letters its months: `A. 1 month`, `F. 6 months`.
fn prognosis(months: u8) -> String {
    let letter = char::from(b'A' + months.saturating_sub(1).min(25));
    format!("{letter}. {months} month{}", if months == 1 { "" } else { "s" })
}
