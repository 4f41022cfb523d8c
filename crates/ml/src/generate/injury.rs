//! The injury: how long it lasts, and what the tariff gives for it.

use domain::{
    ClaimFacts, Head, Money,
    tariff::{Table, UPLIFT_LIMIT_PERCENT},
};

use crate::random::Random;

/// Months to recovery and how often each is expected, in parts of a thousand or so.
const PROGNOSIS: [(u8, f64); 18] = [
    (1, 50.0),
    (2, 40.0),
    (3, 20.0),
    (4, 80.0),
    (5, 150.0),
    (6, 230.0),
    (7, 150.0),
    (8, 130.0),
    (9, 60.0),
    (10, 40.0),
    (11, 10.0),
    (12, 20.0),
    (13, 5.0),
    (14, 5.0),
    (15, 3.0),
    (16, 4.0),
    (18, 5.0),
    (24, 3.0),
];

const PSYCHOLOGICAL: f64 = 0.7;
const EXCEPTIONAL: f64 = 0.07;

/// Of the uplifts claimed, the share that asks for all the law allows.
const FULL_UPLIFT: f64 = 0.85;

/// Draws prognosis and flags and sets tariff and uplift by the table of the accident date.
pub fn suffer(facts: &mut ClaimFacts, random: &mut Random) {
    let months = *random.pick(&PROGNOSIS);
    let psychological = random.chance(PSYCHOLOGICAL);
    let exceptional = random.chance(EXCEPTIONAL);
    let table = facts.accident_date.and_then(Table::on).unwrap_or(Table::Of2021);
    let tariff = table.amount(months, psychological).unwrap_or_default();
    let percent = match exceptional {
        false => 0,
        true if random.chance(FULL_UPLIFT) => UPLIFT_LIMIT_PERCENT,
        true => 5 * (1 + random.below(3) as i64),
    };
    facts.injury_prognosis_months = Some(months);
    facts.minor_psychological_injury = Some(psychological);
    facts.exceptional_circumstances = Some(exceptional);
    facts.heads.set(Head::GeneralFixed, Some(tariff));
    facts.heads.set(Head::GeneralUplift, Some(Money::from_pence(tariff.pence() * percent / 100)));
}
