use super::super::*;
use crate::random::Random;

const DRAWS: Settings = Settings { measure: Measure::KolmogorovSmirnov, alpha: 0.05, draws: 199, seed: 3 };

/// Ten columns: numbers, the last a category.
fn features() -> Vec<Feature> {
    let kind = |i| if i == 9 { FeatureKind::Category } else { FeatureKind::Number };
    (0..10).map(|i| Feature { name: format!("feature {i}"), kind: kind(i) }).collect()
}

/// Column 4 moved by `shift` deviations, the category of the last by `mix`.
fn rows(n: usize, shift: f64, mix: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let row = |_| {
        let mut row: Vec<f64> = (0..10).map(|_| random.normal()).collect();
        row[4] += shift;
        row[9] = f64::from(u8::from(random.chance(0.3 + mix)));
        row
    };
    (0..n).map(row).collect()
}

#[test]
fn what_has_moved_alarms_and_hardly_anything_else() {
    let mut others = 0;
    for measure in Measure::ALL {
        let settings = Settings { measure, ..DRAWS };
        let report = report(&features(), &rows(800, 0.0, 0.0, 1), &rows(200, 0.8, 0.3, 2), &settings).unwrap();
        let moved: Vec<usize> = (0..10).filter(|&i| report.features[i].alarm).collect();
        assert!(moved.contains(&4) && moved.contains(&9), "{measure:?}: {moved:?}");
        assert_eq!(report.drifted_share, moved.len() as f64 / 10.0);
        others += moved.len() - 2;
        let [shifted, mixed] = [4, 9].map(|i| &report.features[i]);
        assert!(shifted.statistic > shifted.limit && shifted.p_value == 0.005, "{shifted:?}");
        assert!(report.features.iter().all(|f| f.adjusted >= f.p_value && f.alarm == (f.adjusted <= 0.05)));
        assert_eq!(mixed.measure, measure.suited_to(FeatureKind::Category));
        assert_eq!((mixed.statistics.wasserstein, mixed.statistics.kolmogorov_smirnov), (None, None));
        assert!(shifted.fixed.kolmogorov_smirnov && shifted.fixed.population_stability == Some(Warning::Strong));
    }
    // Of 32 features that have not moved; one alarm in twenty may be false.
    assert!(others <= 2, "{others}");
}

#[test]
fn limits_and_alarms_follow_from_the_seed() {
    let of = |seed| {
        report(&features(), &rows(80, 0.0, 0.0, 1), &rows(30, 0.0, 0.0, 2), &Settings { seed, ..DRAWS }).unwrap()
    };
    assert_eq!(of(5), of(5));
    assert_ne!(of(5), of(6));
}

#[test]
fn alarms_over_many_features_are_kept_apart() {
    let rounds = 60;
    let (mut any, mut alone) = (0, 0);
    for round in 0..rounds {
        let report =
            report(&features(), &rows(300, 0.0, 0.0, round), &rows(100, 0.0, 0.0, 1_000 + round), &DRAWS).unwrap();
        any += usize::from(report.features.iter().any(|f| f.alarm));
        alone += usize::from(report.features.iter().any(|f| f.p_value <= DRAWS.alpha));
    }
    // Ten tests by themselves alarm in 1 − 0.95¹⁰ = 40% of rounds; together in 5%: 3 of 60, and
    // more than 9 one time in 1,500.
    assert!(any <= 9 && alone >= 12, "{any} {alone}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let (some, features) = (rows(5, 0.0, 0.0, 1), features());
    let of = |features: &[Feature], reference: &[Vec<f64>], current: &[Vec<f64>], settings: Settings| {
        report(features, reference, current, &settings).unwrap_err()
    };
    assert_eq!(of(&[], &some, &some, DRAWS), DriftError::NoFeatures);
    assert_eq!(of(&features, &some, &[], DRAWS), DriftError::NoRows);
    assert_eq!(of(&features, &some, &[vec![1.0]], DRAWS), DriftError::Width { found: 1, expected: 10 });
    assert_eq!(of(&features, &some, &some, Settings { alpha: 0.0, ..DRAWS }), DriftError::Alpha);
    assert_eq!(of(&features, &some, &some, Settings { draws: 198, ..DRAWS }), DriftError::Draws(199));
    let mut missing = some.clone();
    missing[2][7] = f64::NAN;
    assert_eq!(of(&features, &some, &missing, DRAWS), DriftError::NotFinite("feature 7".into()));
}
