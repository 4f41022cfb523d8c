//! What a claim settles for: in full, or less on the heads that are open to argument.

use domain::{
    ClaimFacts, Head, Money,
    tariff::{Table, UPLIFT_LIMIT_PERCENT},
};

use crate::random::Random;

/// How often a claim with 0, 1, 2, 3 or more negotiable heads is paid in full.
const IN_FULL: [f64; 5] = [0.92, 0.44, 0.22, 0.17, 0.09];

/// Least share of a head that a negotiation leaves.
const FLOOR: f64 = 0.1;

/// The settlement: above nil, and never above the sum claimed.
pub fn settle(facts: &ClaimFacts, random: &mut Random) -> Money {
    let total = facts.heads.total().unwrap_or_default();
    let heads: Vec<(Head, Money)> = negotiable(facts).collect();
    if random.chance(IN_FULL[heads.len().min(IN_FULL.len() - 1)]) {
        return total;
    }
    if heads.is_empty() {
        return total.min(lower_band(facts, random));
    }
    // One head is always argued about; the others may pass.
    let argued = random.below(heads.len());
    let off = heads.iter().enumerate().filter_map(|(i, &(head, claimed))| {
        let passes = i != argued && random.chance(0.4);
        (!passes).then(|| reduction(head, claimed, random))
    });
    off.fold(total, |left, off| left.checked_sub(off).unwrap_or(left))
}

/// The heads above nil that the law does not fix.
pub fn negotiable(facts: &ClaimFacts) -> impl Iterator<Item = (Head, Money)> + '_ {
    let fixed = |h: Head| matches!(h, Head::GeneralFixed | Head::SpecialReduction);
    facts.heads.iter().filter(move |(h, _)| !fixed(*h)).filter_map(|(h, a)| Some((h, a.filter(|a| *a > Money::ZERO)?)))
}

/// The middle share paid of a head that is argued about, and its spread.
fn ratio(head: Head) -> (f64, f64) {
    match head {
        Head::GeneralUplift => (0.45, 0.25),
        Head::GeneralRest => (0.6, 0.15),
        Head::SpecialTherapy | Head::SpecialJourneyExpenses => (0.8, 0.12),
        Head::SpecialEarningsLoss | Head::SpecialLoanerVehicle => (0.85, 0.15),
        Head::SpecialAssetDamage | Head::SpecialOverage => (0.93, 0.1),
        _ => (0.85, 0.15),
    }
}

/// What is taken off a head. The amount agreed on is a round one where the head is large.
fn reduction(head: Head, claimed: Money, random: &mut Random) -> Money {
    let (middle, spread) = ratio(head);
    let share = (middle + spread * random.normal()).clamp(FLOOR, 1.0);
    let step = match claimed.pence() {
        ..20_000 => 100,
        20_000..100_000 => 5_000,
        _ => 10_000,
    };
    let agreed = (claimed.pence() as f64 * share / step as f64).round() as i64 * step;
    Money::from_pence(claimed.pence() - agreed.clamp(step.min(claimed.pence()), claimed.pence()))
}

/// With nothing else to argue about, it is about the prognosis: the tariff of a shorter injury.
fn lower_band(facts: &ClaimFacts, random: &mut Random) -> Money {
    let table = facts.accident_date.and_then(Table::on).unwrap_or(Table::Of2021);
    let months = facts.injury_prognosis_months.unwrap_or(1).saturating_sub(1 + random.below(3) as u8).max(1);
    let tariff = table.amount(months, facts.minor_psychological_injury.unwrap_or(false)).unwrap_or_default();
    let uplift =
        if facts.exceptional_circumstances == Some(true) { tariff.pence() * UPLIFT_LIMIT_PERCENT / 100 } else { 0 };
    Money::from_pence(tariff.pence() + uplift)
}
