//! From an imported model to predictions with intervals and reasons.

use domain::{Head, Money};
use ml::{
    Bundle,
    families::{Family, imported::Target},
    import::{Entry, Mapping, Probes, Raw, Unknown, bundle},
    interval::Method,
};

use crate::common::{Case, case, claims, expected, import};

fn mended(change: impl Fn(&mut Probes), file: &str) -> String {
    let case = case(file);
    let mut probes = case.probes();
    change(&mut probes);
    import(case.raw(), None, &case.mapping(), case.target, &probes).unwrap_err().to_string()
}

#[track_caller]
fn sound(bundle: &Bundle, name: &str) {
    for row in &claims(60, 13).rows {
        let p = bundle.predict(&row.facts).unwrap();
        let parts = Money::sum(p.contributions.iter().map(|c| c.amount)).unwrap();
        assert_eq!(p.base.checked_add(parts), Some(p.amount), "{name}: {p:?}");
        assert!(Money::ZERO <= p.lower && p.lower <= p.amount && p.amount <= p.upper, "{name}: {p:?}");
    }
}

#[test]
fn every_bundle_validates_predicts_and_explains() {
    for case in &expected().cases {
        let imported = case.import().unwrap();
        let bundle = Bundle::read(&imported.bundle).unwrap_or_else(|e| panic!("{}: {e}", case.file));
        let manifest = bundle.manifest();
        assert_eq!((manifest.family, manifest.calibration.method), (Family::Imported, Method::Mondrian));
        assert!(manifest.metrics.method.contains("has not seen") && manifest.recipe.contains_key("point"));
        sound(&bundle, &case.file);
    }
}

#[test]
fn the_same_order_gives_the_same_bytes() {
    let case = case("lightgbm_l1.txt");
    assert_eq!(case.import().unwrap().bundle, case.import().unwrap().bundle);
}

/// The point model of one case with its tails, and all their answers.
fn with_tails() -> (&'static Case, Probes) {
    let point = case("lightgbm_l1.txt");
    let tails = ["lightgbm_lower.txt", "lightgbm_upper.txt"].map(|file| case(file).prediction.clone());
    let [lower, upper] = tails;
    (point, Probes { lower, upper, ..point.probes() })
}

#[test]
fn quantile_models_make_the_interval_and_its_coverage_is_honest() {
    let (point, probes) = with_tails();
    let tails = (case("lightgbm_lower.txt").raw(), case("lightgbm_upper.txt").raw());
    let imported = import(point.raw(), Some(tails), &point.mapping(), point.target, &probes).unwrap();
    let bundle = Bundle::read(&imported.bundle).unwrap();
    assert_eq!(bundle.manifest().calibration.method, Method::Quantiles);
    assert!(bundle.model().tails.is_some() && bundle.manifest().unlike.is_some());
    sound(&bundle, "tails");
    let metrics = &bundle.manifest().metrics;
    let band = metrics.interval.band;
    assert!((band.low - 0.02..=band.high + 0.02).contains(&metrics.interval.coverage), "{metrics:?}");
    // Better than the rules that need no model.
    assert!(bundle.manifest().baselines.iter().all(|b| metrics.mae < b.mae), "{metrics:?}");
    assert_eq!(imported.held_out.len(), metrics.rows);
}

#[test]
fn a_settlement_model_needs_no_head_and_a_residual_model_is_given_all() {
    let case = case("sklearn_linear_double.onnx");
    let without: Vec<usize> = (0..case.columns.len()).filter(|i| !case.columns[*i].starts_with("general")).collect();
    assert!(without.len() < case.columns.len());
    let mut raw = case.raw();
    raw.coefficients = without.iter().map(|i| raw.coefficients[*i]).collect();
    raw.count = without.len();
    let mapping = Mapping(without.iter().map(|i| case.mapping().0[*i].clone()).collect());
    let mut probes = case.probes();
    let pick = |row: &Vec<f64>| without.iter().map(|i| row[*i]).collect::<Vec<f64>>();
    probes.rows = probes.rows.iter().map(pick).collect();
    let features = |raw: &Raw, target| {
        let dot = |row: &Vec<f64>| raw.intercept + raw.coefficients.iter().zip(row).map(|(c, x)| c * x).sum::<f64>();
        let probes = Probes { prediction: probes.rows.iter().map(dot).collect(), ..probes.clone() };
        let imported = import(raw.clone(), None, &mapping, target, &probes).unwrap();
        let bundle = Bundle::read(&imported.bundle).unwrap();
        sound(&bundle, "fewer heads");
        bundle.model().schema.features()
    };
    let fixed = ml::features::Feature::Amount(Head::GeneralFixed);
    assert!(features(&raw, Target::Residual).contains(&fixed), "the sum of the heads is added back");
    raw.intercept = 1_000.0;
    raw.coefficients.fill(0.5);
    assert!(!features(&raw, Target::Settlement).contains(&fixed));
}

#[test]
fn what_does_not_fit_is_told_with_what_would_mend_it() {
    let told = mended(|p| p.prediction[7] += 1.0, "lightgbm_l1.txt");
    assert!(told.contains("probe 7: point is") && told.contains("mapping"), "{told}");
    let told = mended(|p| p.rows[3][0] = f64::NAN, "lightgbm_l1.txt");
    assert!(told.contains("line 5 has no total") && told.contains("--keep-unknown"), "{told}");
    let told = mended(|p| p.prediction.truncate(5), "lightgbm_l1.txt");
    assert!(told.contains("not every row"), "{told}");

    let (point, probes) = with_tails();
    let other = case("sklearn_ridge.onnx").raw();
    let told = import(point.raw(), Some((other.clone(), other)), &point.mapping(), point.target, &probes);
    assert!(told.unwrap_err().to_string().contains("another precision"));
    for (file, wrong) in [("lightgbm_l1.txt", Target::Settlement), ("lightgbm_tweedie.txt", Target::Residual)] {
        let case = case(file);
        let told = import(case.raw(), None, &case.mapping(), wrong, &case.probes()).unwrap_err().to_string();
        assert!(told.contains("check --target"), "{told}");
    }
}

#[test]
fn people_are_not_priced_and_few_claims_say_nothing() {
    let case = case("sklearn_ridge.onnx");
    let mut mapping = case.mapping();
    mapping.0[2] = Entry { input: "driver_age".into(), feature: None, unknown: Unknown::Replace };
    let told = import(case.raw(), None, &mapping, case.target, &case.probes()).unwrap_err();
    assert!(told.to_string().contains("never priced"), "{told}");

    let few = claims(100, 5);
    let mapping = case.mapping();
    let order = ml::import::Order {
        point: case.raw(),
        tails: None,
        mapping: &mapping,
        target: case.target,
        claims: &few,
        claims_sha256: String::new(),
        probes: &case.probes(),
        explanation: Default::default(),
        name: String::new(),
        author: String::new(),
        release_notes: String::new(),
        created: String::new(),
        seed: 1,
    };
    assert!(bundle(&order).unwrap_err().to_string().contains("at least 200 of 50"));
}
