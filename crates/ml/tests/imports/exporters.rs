//! Every exporter's model answers here as it does there.

use ml::{
    families::imported::Link,
    features::Precision,
    import::{Imported, Raw},
};

use crate::common::{case, expected};

/// How far our answers may be from the exporter's, relative to the largest of the answer, the sum of
/// the heads and £1. LightGBM and the double form of ONNX reckon as we do, in 64 bits; the other
/// libraries add up in 32 bits, of which each of some 30 terms may lose half of 2⁻²³, and take the
/// exponential of such a sum, where an error of a sum of about 7 counts in full.
fn tolerance(raw: &Raw) -> f64 {
    match (raw.precision, raw.link) {
        (Precision::Double, _) => 1e-12,
        (Precision::Single, Link::Identity) => 1e-6,
        (Precision::Single, Link::Log) => 3e-6,
    }
}

#[test]
fn predictions_are_those_of_the_exporter() {
    let mut seen = Vec::new();
    for case in &expected().cases {
        let raw = case.raw();
        let Imported { apart, manifest, .. } = case.import().unwrap_or_else(|e| panic!("{}: {e}", case.file));
        println!("{:<32} {:<22} {apart:.1e}", case.file, case.exporter);
        assert!(apart <= tolerance(&raw), "{}: {apart}", case.file);
        assert_eq!(manifest.precision, raw.precision);
        seen.push(case.exporter.split(' ').next().unwrap().to_owned());
    }
    for exporter in ["lightgbm", "xgboost", "skl2onnx", "OnnxMLTools"] {
        assert!(seen.iter().any(|s| s == exporter), "{exporter}");
    }
}

#[test]
fn links_and_names_are_those_of_the_files() {
    let raw = |file: &str| case(file).raw();
    assert_eq!(raw("lightgbm_tweedie.txt").link, Link::Log);
    assert_eq!(raw("xgboost_tweedie.json").link, Link::Log);
    assert_eq!(raw("tools_lightgbm_tweedie.onnx").link, Link::Log);
    assert_eq!(raw("tools_xgboost_tweedie.onnx").link, Link::Log);
    assert_eq!(raw("lightgbm_l1.txt").inputs.as_deref(), Some(&case("lightgbm_l1.txt").columns[..]));
    assert_eq!(raw("xgboost_dart.json").inputs.as_deref(), Some(&case("xgboost_dart.json").columns[..]));
    assert_eq!(raw("sklearn_forest.onnx").inputs, None);
    assert!(raw("lightgbm_l1.txt").source.starts_with("LightGBM text v4, objective regression_l1; file of SHA-256 "));
}

/// The rows with something unknown are of use only if the models look at it.
#[test]
fn some_probes_are_unknown_where_models_look() {
    for file in ["lightgbm_missing.txt", "xgboost_squarederror.json", "sklearn_histogram.onnx"] {
        let (raw, probes) = (case(file).raw(), case(file).probes());
        let looked_at = |feature: usize| {
            raw.trees.iter().flat_map(|tree| &tree.splits).any(|split| usize::from(split.0) == feature)
        };
        assert!(
            probes.rows.iter().any(|row| row.iter().enumerate().any(|(i, x)| x.is_nan() && looked_at(i))),
            "{file}"
        );
    }
}
