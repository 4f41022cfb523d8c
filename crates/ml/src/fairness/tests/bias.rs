//! What each of the two separations sees.

use super::super::*;
use crate::random::Random;

/// Claims of two groups alike, predicted to within 12%; those of the second group 5% too low if
/// `biased`. In the first place the p-value of the predictions, then that of the residuals.
fn p_values(biased: bool, seed: u64) -> (f64, f64) {
    let mut random = Random::stream(seed, 0xb1a5);
    let n = 1_200;
    let (mut prediction, mut outcome, mut group) = (vec![], vec![], vec![]);
    for i in 0..n {
        let settlement = (6.8 + 0.6 * random.normal()).exp();
        let factor = 1.0 + 0.12 * random.normal() - if biased && i % 2 == 1 { 0.05 } else { 0.0 };
        prediction.push(settlement * factor);
        outcome.push(settlement);
        group.push(i % 2);
    }
    let audit = Audit::new(&prediction, &outcome, &group, None).unwrap();
    let of = |found: Separation<i32>| found.p_value;
    (of(audit.statistical_parity(99, seed).unwrap()), of(audit.equalised_residuals(99, seed).unwrap()))
}

#[test]
fn predictions_alone_miss_a_bias_of_five_per_cent_that_residuals_show() {
    let rounds = 40;
    let found: Vec<(f64, f64)> = (0..rounds).map(|seed| p_values(true, seed)).collect();
    let by_predictions = found.iter().filter(|(p, _)| *p <= 0.05).count();
    let by_residuals = found.iter().filter(|(_, p)| *p <= 0.05).count();
    println!("biased: {by_predictions} by predictions, {by_residuals} by residuals of {rounds}");
    assert!(by_predictions <= 16 && by_residuals >= 38, "{by_predictions} {by_residuals}");
}

#[test]
fn neither_alarms_where_there_is_no_bias() {
    let found: Vec<(f64, f64)> = (0..100).map(|seed| p_values(false, seed)).collect();
    let by_predictions = found.iter().filter(|(p, _)| *p <= 0.05).count();
    let by_residuals = found.iter().filter(|(_, p)| *p <= 0.05).count();
    // 5 of 100 each, and more than 12 one time in 1,500.
    assert!(by_predictions <= 12 && by_residuals <= 12, "{by_predictions} {by_residuals}");
}

#[test]
fn copies_of_claims_are_no_evidence() {
    // Twenty claims of five copies each, without a difference of groups: by rows most would alarm.
    let mut alarms = [0; 2];
    for seed in 0..60 {
        let mut random = Random::stream(seed, 0xc0);
        let values: Vec<f64> = (0..20).flat_map(|_| [random.normal(); 5]).collect();
        let (claim, group): (Vec<i64>, Vec<i64>) = (0..100).map(|i| (i / 5, (i / 5) % 2)).unzip();
        for (alarms, claim) in alarms.iter_mut().zip([Some(claim.as_slice()), None]) {
            let audit = Audit::new(&values, &[0.0; 100], &group, claim).unwrap();
            *alarms += usize::from(audit.equalised_residuals(99, seed).unwrap().p_value <= 0.05);
        }
    }
    println!("copies: {alarms:?} of 60");
    assert!(alarms[0] <= 9 && alarms[1] >= 20, "{alarms:?}");
}

#[test]
fn the_groups_furthest_apart_are_named_the_lower_first() {
    let values: Vec<f64> = (0..90).map(|i| f64::from(i % 30 + 100 * [1, 0, 3][(i / 30) as usize])).collect();
    let group: Vec<&str> = (0..90).map(|i| ["b", "a", "c"][i / 30]).collect();
    let found = Audit::new(&values, &[0.0; 90], &group, None).unwrap().statistical_parity(99, 1).unwrap();
    assert_eq!((found.statistic, found.p_value), (1.0, 0.01));
    assert!(matches!(found.furthest, ("a", "b" | "c") | ("b", "c")), "{:?}", found.furthest);
}
