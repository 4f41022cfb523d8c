//! Bundles that earlier releases wrote: they load, and answer as they did.

use domain::Money;
use ml::{Bundle, bundle::validate, data::parse_claims};

/// Bundles of layout 1 with the predictions that the release that wrote them gave for claims.csv.
const FIRST: [(&str, &[u8], &str); 3] = [
    ("boosting", include_bytes!("../bundles/v1-boosting.solm"), include_str!("../bundles/v1-boosting.csv")),
    ("ridge", include_bytes!("../bundles/v1-ridge.solm"), include_str!("../bundles/v1-ridge.csv")),
    ("elasticnet", include_bytes!("../bundles/v1-elasticnet.solm"), include_str!("../bundles/v1-elasticnet.csv")),
];

#[test]
fn bundles_of_the_first_layout_answer_as_they_did() {
    let claims = parse_claims(include_bytes!("../bundles/claims.csv").as_slice());
    assert_eq!(claims.rows.len(), 30);
    for (name, bytes, expected) in FIRST {
        let failed: Vec<_> = validate(bytes).checks.into_iter().filter(|c| !c.passed).collect();
        assert!(failed.is_empty(), "{name}: {failed:?}");
        let bundle = Bundle::read(bytes).unwrap();
        let mut lines = csv::Reader::from_reader(expected.as_bytes());
        for (row, line) in claims.rows.iter().zip(lines.records()) {
            let line = line.unwrap();
            let p = bundle.predict(&row.facts).unwrap();
            let pence = |i: usize| Money::parse_pounds(&line[i]).unwrap().pence();
            for (i, ours) in [p.amount, p.lower, p.upper, p.base].into_iter().enumerate() {
                // Sums are taken in another order, which may tip a rounding.
                assert!((ours.pence() - pence(i + 1)).abs() <= 1, "{name}, line {}: {ours} {}", row.line, &line[i + 1]);
            }
        }
    }
}
