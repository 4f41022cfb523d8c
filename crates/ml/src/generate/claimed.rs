//! What is claimed beside the tariff.

use domain::{ClaimFacts, Head, Money};

use crate::random::Random;

/// How often a head is claimed, its median in pounds, the spread of its logarithm, and the
/// largest amount in pounds.
struct Habit {
    head: Head,
    share: f64,
    median: f64,
    spread: f64,
    largest: f64,
}

const fn habit(head: Head, share: f64, median: f64, spread: f64, largest: f64) -> Habit {
    Habit { head, share, median, spread, largest }
}

const HABITS: [Habit; 14] = [
    habit(Head::GeneralRest, 0.42, 1_200.0, 0.5, 4_500.0),
    habit(Head::SpecialTherapy, 0.70, 320.0, 0.5, 1_800.0),
    habit(Head::SpecialJourneyExpenses, 0.25, 25.0, 1.1, 650.0),
    habit(Head::SpecialAssetDamage, 0.12, 130.0, 1.3, 6_000.0),
    habit(Head::SpecialEarningsLoss, 0.08, 300.0, 1.4, 8_000.0),
    habit(Head::SpecialUsageLoss, 0.06, 90.0, 1.1, 1_000.0),
    habit(Head::SpecialTripCosts, 0.06, 25.0, 0.6, 200.0),
    habit(Head::SpecialOverage, 0.035, 350.0, 0.6, 1_250.0),
    habit(Head::SpecialLoanerVehicle, 0.012, 150.0, 1.5, 4_500.0),
    habit(Head::SpecialMedications, 0.010, 18.0, 0.5, 60.0),
    habit(Head::SpecialHealthExpenses, 0.005, 600.0, 1.0, 3_000.0),
    habit(Head::SpecialFixes, 0.003, 400.0, 1.0, 4_000.0),
    habit(Head::SpecialAdditionalInjury, 0.001, 100.0, 0.5, 500.0),
    habit(Head::SpecialRehabilitation, 0.001, 100.0, 1.0, 1_000.0),
];

/// Sets every head that the tariff does not fix; those not claimed are nil.
pub fn claim(facts: &mut ClaimFacts, random: &mut Random) {
    facts.heads.set(Head::SpecialReduction, Some(Money::ZERO));
    for habit in &HABITS {
        let claimed = random.chance(habit.share);
        let amount = if claimed { amount(habit, random) } else { Money::ZERO };
        facts.heads.set(habit.head, Some(amount));
    }
}

/// A log-normal amount, written the way such amounts are: receipts to the penny, asking figures
/// and days of use in round pounds.
fn amount(habit: &Habit, random: &mut Random) -> Money {
    let pounds = (habit.median * (habit.spread * random.normal()).exp()).clamp(1.0, habit.largest);
    let steps = match habit.head {
        Head::SpecialOverage => [(50.0, 0.9), (1.0, 0.1), (0.01, 0.0)],
        Head::SpecialUsageLoss => [(10.0, 1.0), (1.0, 0.0), (0.01, 0.0)],
        Head::GeneralRest => [(50.0, 0.4), (1.0, 0.4), (0.01, 0.2)],
        Head::SpecialTherapy => [(5.0, 0.4), (1.0, 0.4), (0.01, 0.2)],
        _ => [(10.0, 0.1), (1.0, 0.2), (0.01, 0.7)],
    };
    let step = random.pick(&steps);
    let rounded = ((pounds / step).round() * step).max(*step);
    Money::from_model_pounds(rounded).unwrap_or_default()
}
