//! What a letter states.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::tariff::Table;
use domain::{Head, Money};
use serde_json::{Value, json};

use crate::{Dice, Piece};

pub struct Facts {
    pub claimant: &'static str,
    pub reference: String,
    pub accident: NaiveDate,
    pub claim: NaiveDate,
    pub born: NaiveDate,
    pub months: u8,
    pub whiplash: bool,
    pub psychological: bool,
    /// In the order of the letter; never empty.
    pub heads: Vec<(Head, Money)>,
}

const NAMES: &[&str] = &[
    "Siân Llŷr Dŵr-Evans",
    "Gwenllïan ap Rhŷs",
    "Owain Tŷ-Newydd",
    "Priya Raman",
    "Thomas O’Connell",
    "Zofia Kowalczyk",
    "Ffion Hâf Jones",
    "Michael Adeyemi-Stone",
];

/// Heads that a letter may have beside the tariff: what they are called in the data, and the most that is claimed.
const SPECIALS: &[(Head, u64)] = &[
    (Head::GeneralRest, 4_000),
    (Head::SpecialTherapy, 900),
    (Head::SpecialEarningsLoss, 3_000),
    (Head::SpecialAssetDamage, 1_200),
    (Head::SpecialJourneyExpenses, 200),
    (Head::SpecialLoanerVehicle, 2_500),
    (Head::SpecialOverage, 500),
    (Head::SpecialMedications, 120),
    (Head::SpecialHealthExpenses, 700),
    (Head::SpecialFixes, 2_000),
];

impl Facts {
    pub fn roll(dice: &mut Dice) -> Facts {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap_or_default();
        let accident = day(2025, 6, 1) + Days::new(dice.roll(400));
        let months = 1 + dice.roll(18) as u8;
        let psychological = dice.roll(3) == 0;
        let mut heads = Vec::new();
        if let Some(amount) = Table::on(accident).and_then(|table| table.amount(months, psychological)) {
            heads.push((Head::GeneralFixed, amount));
        }
        let mut left: Vec<_> = SPECIALS.to_vec();
        for _ in 0..3 + dice.roll(4) {
            let (head, most) = left.remove(dice.roll(left.len() as u64) as usize);
            // Some are nil, some whole pounds, most have pence.
            let pence = match dice.roll(8) {
                0 => 0,
                1 | 2 => 100 * (10 + dice.roll(most)) as i64,
                _ => (1_000 + dice.roll(most * 100)) as i64,
            };
            heads.push((head, Money::from_pence(pence)));
        }
        Facts {
            claimant: dice.one(NAMES),
            reference: format!("{}-{:05}", dice.one(&["MI", "RTA", "PI/26", "CLM"]), dice.roll(100_000)),
            accident,
            claim: accident + Days::new(14 + dice.roll(150)),
            born: day(1950, 1, 1) + Days::new(dice.roll(18_000)),
            months,
            whiplash: dice.roll(4) != 0,
            psychological,
            heads,
        }
    }

    pub fn total(&self) -> Money {
        Money::sum(self.heads.iter().map(|(_, amount)| *amount)).unwrap_or_default()
    }

    pub fn truth(&self) -> BTreeMap<&'static str, Value> {
        let mut truth = BTreeMap::from([
            ("accident_date", json!(self.accident)),
            ("claim_date", json!(self.claim)),
            ("injury_prognosis_months", json!(self.months)),
            ("external_reference", json!(self.reference)),
            ("whiplash", json!(self.whiplash)),
            ("minor_psychological_injury", json!(self.psychological)),
        ]);
        for (head, amount) in &self.heads {
            truth.insert(field(*head), json!(amount.pence()));
        }
        truth
    }
}

/// The API's name of a head.
pub fn field(head: Head) -> &'static str {
    match head {
        Head::GeneralFixed => "general_fixed_pence",
        Head::GeneralRest => "general_rest_pence",
        Head::SpecialTherapy => "special_therapy_pence",
        Head::SpecialEarningsLoss => "special_earnings_loss_pence",
        Head::SpecialAssetDamage => "special_asset_damage_pence",
        Head::SpecialJourneyExpenses => "special_journey_expenses_pence",
        Head::SpecialLoanerVehicle => "special_loaner_vehicle_pence",
        Head::SpecialOverage => "special_overage_pence",
        Head::SpecialMedications => "special_medications_pence",
        Head::SpecialHealthExpenses => "special_health_expenses_pence",
        Head::SpecialFixes => "special_fixes_pence",
        // Letters here have none of the others.
        _ => "",
    }
}

/// What a head is called in a letter.
pub fn called(head: Head, dice: &mut Dice) -> &'static str {
    let names: &[&'static str] = match head {
        Head::GeneralFixed => &["Whiplash tariff", "Tariff award", "Tariff amount"],
        Head::GeneralRest => {
            &["Other general damages", "General damages (non-tariff)", "Pain, suffering and loss of amenity"]
        }
        Head::SpecialTherapy => &["Physiotherapy", "Physiotherapy costs", "Cost of physiotherapy"],
        Head::SpecialEarningsLoss => &["Loss of earnings", "Lost earnings", "Net loss of earnings"],
        Head::SpecialAssetDamage => &["Damage to vehicle and items", "Damaged belongings", "Vehicle damage"],
        Head::SpecialJourneyExpenses => &["Travel expenses", "Travel to treatment", "Travelling expenses"],
        Head::SpecialLoanerVehicle => &["Vehicle hire", "Replacement vehicle hire", "Credit hire"],
        Head::SpecialOverage => &["Policy excess", "Insurance excess"],
        Head::SpecialMedications => &["Medication", "Prescriptions", "Prescription charges"],
        Head::SpecialHealthExpenses => &["Medical expenses", "Health expenses"],
        Head::SpecialFixes => &["Repair costs", "Vehicle repairs", "Repairs"],
        _ => &["Other"],
    };
    dice.one(names)
}

/// Pounds as people write them: `£1,234`, `£1,234.50`, `1,234.50 GBP`, `GBP 1234.50`, `nil`.
pub fn money(amount: Money, dice: &mut Dice) -> String {
    let grouped = amount.to_string();
    let digits = grouped.trim_start_matches('£').to_owned();
    match dice.roll(10) {
        _ if amount == Money::ZERO => dice.one(&["nil", "£0.00", "Nil"]).to_owned(),
        0 => format!("{digits} GBP"),
        1 => format!("GBP {}", amount.plain()),
        2 | 3 => grouped.strip_suffix(".00").map_or(grouped.clone(), str::to_owned),
        4 => format!("£{}", amount.plain()),
        _ => grouped,
    }
}

/// A day as people write it, the day before the month.
pub fn date(day: NaiveDate, dice: &mut Dice) -> String {
    let ending = match chrono::Datelike::day(&day) {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    match dice.roll(6) {
        0 => day.format("%-d %B %Y").to_string(),
        1 => day.format(&format!("%-d{ending} %B %Y")).to_string(),
        2 => day.format("%d.%m.%Y").to_string(),
        3 => day.format("%-d %b %Y").to_string(),
        _ => day.format("%d/%m/%Y").to_string(),
    }
}

pub fn piece(field: &'static str, text: impl Into<String>) -> Piece {
    Piece { text: text.into(), field: Some(field) }
}
