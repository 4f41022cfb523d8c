use super::super::*;
use crate::random::Random;

#[test]
fn a_single_claim_has_no_interval_and_small_groups_are_marked() {
    let group: Vec<u8> = (0..SMALL as u8 + 2).map(|i| u8::from(i > 0) + u8::from(i > SMALL as u8)).collect();
    let prediction: Vec<f64> = (0..group.len()).map(|i| 100.0 + i as f64).collect();
    let table = Audit::new(&prediction, &vec![100.0; group.len()], &group, None).unwrap().table(50, 1);
    assert_eq!(table.groups[0].mae.interval, None);
    assert!(table.groups[1].mae.interval.is_some());
    assert_eq!(table.small_groups().map(|g| g.group).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(table.groups[1].claims, SMALL);
}

#[test]
fn copies_of_claims_do_not_narrow_intervals() {
    let mut random = Random::new(4);
    let claims: Vec<f64> = (0..200).map(|_| 1_000.0 + 300.0 * random.normal()).collect();
    let prediction: Vec<f64> = claims.iter().flat_map(|c| [*c; 4]).collect();
    let claim: Vec<i64> = (0..200).flat_map(|i| [i; 4]).collect();
    let width = |claim: Option<&[i64]>| {
        let audit = Audit::new(&prediction, &[1_000.0; 800], &[0; 800], claim).unwrap();
        let range = audit.table(2_000, 1).groups[0].mean_prediction.interval.unwrap();
        range.upper - range.lower
    };
    let (by_row, by_claim) = (width(None), width(Some(&claim)));
    // Four copies count as four claims to the first: half the width.
    assert!((by_claim / by_row - 2.0).abs() < 0.15, "{by_row} {by_claim}");
    // 2 · 1.96 · 300 / √200
    assert!((by_claim / 83.2 - 1.0).abs() < 0.15, "{by_claim}");
}

#[test]
fn the_worst_group_is_held_to_the_bound() {
    let table = Audit::new(&[10.0, 20.0, 30.0], &[11.0, 20.0, 35.0], &["a", "a", "b"], None).unwrap().table(5, 1);
    let loss = |bound| table.bounded_group_loss(bound).unwrap();
    assert_eq!((loss(5.0).worst, loss(5.0).holds, loss(4.9).holds), ("b", true, false));
    assert_eq!(table.groups[1].mean_error.value, -5.0);
    assert_eq!(table.mean_prediction_ratio, Some(0.5));
}

#[test]
fn there_is_no_ratio_to_nothing() {
    let table = Audit::new(&[0.0, 20.0], &[1.0, 20.0], &["a", "b"], None).unwrap().table(5, 1);
    assert_eq!(table.mean_prediction_ratio, None);
}

#[test]
fn what_cannot_be_audited_is_refused() {
    let of = |prediction: &[f64], outcome: &[f64], group: &[u8]| Audit::new(prediction, outcome, group, None);
    assert_eq!(of(&[], &[], &[]).unwrap_err(), FairnessError::NoRows);
    assert_eq!(of(&[1.0], &[], &[1]).unwrap_err(), FairnessError::Length { found: 0, expected: 1 });
    assert_eq!(of(&[f64::NAN], &[1.0], &[1]).unwrap_err(), FairnessError::NotFinite);
    assert_eq!(of(&[1.0], &[1.0], &[1]).unwrap().statistical_parity(9, 1).unwrap_err(), FairnessError::OneGroup);
}
