//! Against evidently, nannyml and scipy, whose versions stand in the file; see
//! scripts/peer/drift.py.

use serde::Deserialize;

use super::super::*;

#[derive(Deserialize)]
struct Vectors {
    numbers: Vec<Number>,
    categories: Vec<Category>,
    exact: Vec<(usize, usize, f64, f64)>,
    asymptotic: Vec<(usize, usize, f64, f64)>,
    p_values: Vec<f64>,
    adjusted: Vec<f64>,
    unlabelled: Unlabelled,
}

#[derive(Deserialize)]
struct Number {
    name: String,
    reference: Vec<f64>,
    current: Vec<f64>,
    psi: f64,
    psi_equal_width: f64,
    wasserstein: f64,
    wasserstein_distance: f64,
    jensen_shannon: f64,
    jensen_shannon_fixed_bins: Option<f64>,
    kolmogorov_smirnov: f64,
    nannyml_kolmogorov_smirnov: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct Category {
    reference: Vec<f64>,
    current: Vec<f64>,
    psi: f64,
    jensen_shannon: f64,
    jensen_shannon_bits: f64,
}

#[derive(Deserialize)]
struct Unlabelled {
    chunk: usize,
    errors: Vec<f64>,
    answers: Vec<f64>,
    lower_limit: f64,
    upper_limit: f64,
    estimates: Vec<Estimate>,
}

#[derive(Deserialize)]
struct Estimate {
    mae: f64,
    sampling_error: f64,
    lower: f64,
    upper: f64,
    alarm: bool,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../tests/vectors/drift.json")).unwrap()
}

fn close(what: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{what}: {ours} {theirs}");
}

#[test]
fn measures_of_numbers_are_those_of_the_peers() {
    for case in vectors().numbers {
        let (a, b) = (Sorted::of(case.reference).unwrap(), Sorted::of(case.current).unwrap());
        let check = |what: &str, ours, theirs| close(&format!("{}, {what}", case.name), ours, theirs);
        check("PSI", psi(&a, &b), case.psi);
        check("PSI of evidently", psi_equal_width(&a, &b), case.psi_equal_width);
        check("Wasserstein", wasserstein(&a, &b), case.wasserstein);
        check("Wasserstein of nannyml", wasserstein_distance(&a, &b), case.wasserstein_distance);
        check("Jensen-Shannon", jensen_shannon(&a, &b), case.jensen_shannon);
        let fixed_bins = case.jensen_shannon_fixed_bins.unwrap_or(0.0);
        check("Jensen-Shannon of nannyml", jensen_shannon_fixed_bins(&a, &b), fixed_bins);
        let test = KolmogorovSmirnov::test(&a, &b);
        check("Kolmogorov-Smirnov", test.statistic, case.kolmogorov_smirnov);
        check("Kolmogorov-Smirnov of nannyml", kolmogorov_smirnov(&a, &b), case.nannyml_kolmogorov_smirnov);
        check("p", test.p_value, case.p_value);
    }
}

#[test]
fn measures_of_categories_are_those_of_the_peers() {
    for case in vectors().categories {
        let (a, b) = (Sorted::of(case.reference).unwrap(), Sorted::of(case.current).unwrap());
        close("PSI", psi_categories(&a, &b), case.psi);
        let distance = jensen_shannon_categories(&a, &b);
        close("Jensen-Shannon", distance, case.jensen_shannon);
        close("Jensen-Shannon of nannyml", distance / std::f64::consts::LN_2.sqrt(), case.jensen_shannon_bits);
    }
}

#[test]
fn p_values_are_those_of_scipy() {
    use super::super::smirnov::{asymptotic, exact};

    for (m, n, statistic, p_value) in vectors().exact {
        let gap = (statistic * (m * n) as f64).round() as u64;
        close(&format!("{m} and {n}"), exact(m, n, gap), p_value);
    }
    for (m, n, statistic, p_value) in vectors().asymptotic {
        // Scipy is exact for one sample here, we have Vrbik's correction.
        let ours = asymptotic(m, n, statistic);
        assert!((ours - p_value).abs() < 2e-4, "{m} and {n}: {ours} {p_value}");
    }
}

#[test]
fn adjusted_p_values_are_those_of_scipy() {
    let Vectors { p_values, adjusted, .. } = vectors();
    for (ours, theirs) in benjamini_hochberg(&p_values).into_iter().zip(adjusted) {
        close("adjusted", ours, theirs);
    }
    assert!(benjamini_hochberg(&[]).is_empty());
}

#[test]
fn the_error_without_labels_is_that_of_nannyml() {
    let case = vectors().unlabelled;
    // Of fewer chunks than we take for enough.
    let settled = SettledError::limits(&case.errors, case.chunk);
    close("lower limit", settled.lower_limit, case.lower_limit);
    close("upper limit", settled.upper_limit, case.upper_limit);
    assert_eq!(case.answers.chunks(case.chunk).len(), case.estimates.len());
    for (answers, theirs) in case.answers.chunks(case.chunk).zip(&case.estimates) {
        let rows: Vec<Vec<f64>> = answers.iter().map(|a| vec![*a]).collect();
        let ours = settled.estimate(&rows, |row| row[0]).unwrap();
        close("MAE", ours.mae, theirs.mae);
        close("sampling error", ours.sampling_error, theirs.sampling_error);
        close("lower", ours.lower, theirs.lower);
        close("upper", ours.upper, theirs.upper);
        assert_eq!(ours.alarm, theirs.alarm);
    }
}
