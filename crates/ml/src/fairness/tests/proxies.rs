use super::super::*;
use crate::random::Random;

const SETTINGS: ProxySettings = ProxySettings { permutations: 99, alpha: 0.05, seed: 2 };

/// Five features and three groups; the second feature leans towards the group by `lean`.
fn rows(n: usize, lean: f64, seed: u64) -> (Vec<Vec<f64>>, Vec<usize>) {
    let mut random = Random::stream(seed, 0xfea7);
    let row = |i| {
        let group = i % 3;
        let mut features: Vec<f64> = (0..5).map(|_| 500.0 * random.normal()).collect();
        features[1] += 500.0 * lean * group as f64;
        (features, group)
    };
    (0..n).map(row).unzip()
}

#[test]
fn a_feature_that_gives_the_group_away_is_found() {
    let (features, group) = rows(300, 1.0, 1);
    let found = proxy_test(&features, &group, None, &SETTINGS).unwrap();
    assert!(found.alarm && found.groups.len() == 3);
    // Of the outer groups; the middle one has both others on either side of it.
    for outer in [&found.groups[0], &found.groups[2]] {
        assert!(outer.auc > 0.75 && outer.auc > outer.limit && outer.p_value == 0.01, "{outer:?}");
    }
}

#[test]
fn features_that_know_nothing_rarely_alarm() {
    let rounds = 60;
    let alarm = |seed| {
        let (features, group) = rows(120, 0.0, seed);
        proxy_test(&features, &group, None, &ProxySettings { seed, ..SETTINGS }).unwrap().alarm
    };
    let alarms = (0..rounds).filter(|seed| alarm(*seed)).count();
    // 3 of 60, and more than 9 one time in 1,500.
    assert!(alarms <= 9, "{alarms}");
}

#[test]
fn copies_of_a_claim_are_not_split_between_folds() {
    // Each claim four times: split, a copy in the training rows would tell its group.
    let mut random = Random::new(8);
    let claims: Vec<Vec<f64>> = (0..30).map(|_| (0..20).map(|_| random.normal()).collect()).collect();
    let features: Vec<Vec<f64>> = claims.iter().flat_map(|c| vec![c.clone(); 4]).collect();
    let claim: Vec<i64> = (0..30).flat_map(|i| [i; 4]).collect();
    let group: Vec<bool> = claim.iter().map(|c| c % 2 == 0).collect();
    let area = |claim| proxy_test(&features, &group, claim, &SETTINGS).unwrap();
    let (split, kept) = (area(None), area(Some(&claim)));
    println!("split {:?}, kept {:?}", split.groups[0], kept.groups[0]);
    assert!(split.groups[0].auc > 0.85 && split.alarm, "{split:?}");
    assert!(kept.groups[0].auc < 0.8 && !kept.alarm, "{kept:?}");
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let of = |features: &[Vec<f64>], group: &[u8]| proxy_test(features, group, None, &SETTINGS).unwrap_err();
    assert_eq!(of(&[], &[]), FairnessError::NoRows);
    assert_eq!(of(&[vec![1.0]], &[1, 2]), FairnessError::Length { found: 1, expected: 2 });
    assert_eq!(of(&[vec![1.0], vec![]], &[1, 2]), FairnessError::Length { found: 0, expected: 1 });
    assert_eq!(of(&[vec![1.0], vec![f64::NAN]], &[1, 2]), FairnessError::NotFinite);
    assert_eq!(of(&[vec![1.0], vec![2.0]], &[1, 1]), FairnessError::OneGroup);
}
