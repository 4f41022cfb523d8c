//! How often each limit alarms where nothing has changed, and where something has.

use super::super::*;
use crate::random::Random;

/// Settlements in pounds: skewed, as they are.
fn claims(n: usize, raise: f64, random: &mut Random) -> Sorted {
    Sorted::of((0..n).map(|_| raise * (6.5 + 0.6 * random.normal()).exp()).collect()).unwrap()
}

/// Shares of `rounds` fresh samples of `n` claims, `raise` times what the reference has, that
/// alarm: by the fixed limits and by ours, in the order of [`Measure::ALL`].
fn alarms(size: usize, n: usize, raise: f64, rounds: u64) -> [(f64, f64); 4] {
    let kind = FeatureKind::Number;
    let mut alarms = [(0.0, 0.0); 4];
    for round in 0..rounds {
        let mut random = Random::stream(77, round);
        let (reference, current) = (claims(size, 1.0, &mut random), claims(n, raise, &mut random));
        let fixed = FixedAlarms::of(&Statistics::of(kind, &reference, &current));
        let fixed =
            [fixed.population_stability.is_some(), fixed.wasserstein, fixed.jensen_shannon, fixed.kolmogorov_smirnov];
        for ((measure, fixed), (theirs, ours)) in Measure::ALL.into_iter().zip(fixed).zip(&mut alarms) {
            let null = Null::bootstrap(&reference, &current, 99, round, |a, b| measure.between(kind, a, b));
            *theirs += f64::from(u8::from(fixed)) / rounds as f64;
            *ours +=
                f64::from(u8::from(null.p_value(measure.between(kind, &reference, &current)) <= 0.05)) / rounds as f64;
        }
    }
    alarms
}

#[test]
fn fixed_limits_raise_false_alarms_at_a_hundred_claims_and_ours_do_not() {
    let alarms = alarms(1_000, 100, 1.0, 400);
    println!("1,000 against 100: {alarms:?}");
    let [stability, wasserstein, shannon, _] = alarms;
    assert!(stability.0 > 0.3 && wasserstein.0 > 0.5 && shannon.0 > 0.5, "{alarms:?}");
    // 0.05 give or take three standard errors of 400 rounds.
    assert!(alarms.iter().all(|(_, ours)| (0.017..=0.083).contains(ours)), "{alarms:?}");
}

#[test]
fn a_reference_no_larger_than_the_sample_raises_no_more_false_alarms() {
    let alarms = alarms(150, 150, 1.0, 400);
    println!("150 against 150: {alarms:?}");
    assert!(alarms.iter().all(|(_, ours)| *ours <= 0.083), "{alarms:?}");
}

#[test]
fn a_null_against_a_fixed_reference_of_the_same_size_would_be_too_narrow() {
    let (n, rounds) = (150, 400);
    let mut alarms = 0;
    for round in 0..rounds {
        let mut random = Random::stream(78, round);
        let (reference, current) = (claims(n, 1.0, &mut random), claims(n, 1.0, &mut random));
        let draw = |_| kolmogorov_smirnov(&reference, &reference.resample(n, &mut random));
        let null = Null::of((0..99).map(draw).collect());
        alarms += usize::from(null.p_value(kolmogorov_smirnov(&reference, &current)) <= 0.05);
    }
    println!("fixed reference: {alarms} of {rounds}");
    assert!(alarms > 80, "{alarms}");
}

#[test]
fn a_rise_of_a_quarter_is_found() {
    let alarms = alarms(1_000, 300, 1.25, 60);
    println!("a rise of a quarter: {alarms:?}");
    let [_, wasserstein, _, smirnov] = alarms;
    assert!(wasserstein.1 > 0.9 && smirnov.1 > 0.9, "{alarms:?}");
}

#[test]
fn a_rare_value_that_the_reference_happens_to_lack_is_no_drift_and_a_frequent_one_is() {
    let nothing = Sorted::of(vec![0.0; 400]).unwrap();
    for measure in Measure::ALL {
        let p_value = |others: usize| {
            let current = Sorted::of((0..3_800).map(|i| if i < others { 250.0 } else { 0.0 }).collect()).unwrap();
            let between = |a: &Sorted, b: &Sorted| measure.between(FeatureKind::Number, a, b);
            Null::bootstrap(&nothing, &current, 199, 1, between).p_value(between(&nothing, &current))
        };
        assert!(p_value(3) > 0.3, "{measure:?}: {}", p_value(3));
        assert!(p_value(380) <= 0.01, "{measure:?}: {}", p_value(380));
    }
}
