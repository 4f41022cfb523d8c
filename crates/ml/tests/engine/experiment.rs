//! The experiment finds copies, what they would have hidden, and says nothing that is not measured.

use ml::{
    data::{ParsedFile, parse_claims},
    experiment::{ExperimentError, SUM_OF_HEADS, Settings, Verdict, run},
    families::Family,
    train::Sample,
};

use crate::common::claims;

fn settings(families: &[Family]) -> Settings {
    Settings { families: families.to_vec(), repeats: 1, seed: 1 }
}

/// Every claim three times.
fn copied(n: usize) -> ParsedFile {
    let mut file = claims(n, 4);
    let rows = file.rows.clone();
    file.rows.extend(rows.iter().cloned().chain(rows.clone()));
    file
}

#[test]
fn copies_are_counted_and_what_they_hide_is_shown() {
    let sample = Sample::of(&copied(300));
    let findings = run(&sample, &settings(&[Family::ExtraTrees]), &|_, _, _| ()).unwrap();
    let copies = &findings.copies;
    assert_eq!((copies.settled, copies.copied), (sample.len(), sample.len()));
    assert!(copies.signatures * 3 == sample.len() && copies.claims <= copies.signatures, "{copies:?}");
    // With copies on both sides the trees have seen each claim before.
    assert!(findings.leak.random_mae < 0.7 * findings.leak.grouped_mae, "{:?}", findings.leak);
    let (best, rule) = (&findings.entries[0], findings.entries.iter().find(|e| e.name == SUM_OF_HEADS).unwrap());
    assert!(best.mae.low < best.mae.value && best.mae.value < best.mae.high && best.r2.low < best.r2.high);
    assert!(
        (rule.difference.value
            - (rule.mae.value - findings.entries.iter().find(|e| e.family.is_some()).unwrap().mae.value))
            .abs()
            < 1e-9
    );
    assert!(findings.entries.is_sorted_by(|a, b| a.mae.value <= b.mae.value));
}

#[test]
fn every_part_is_measured_on_all_claims_and_the_same_seed_finds_the_same() {
    let sample = Sample::of(&claims(400, 6));
    let families = [Family::Ridge, Family::LeastSquares];
    let findings = run(&sample, &settings(&families), &|_, _, _| ()).unwrap();
    assert_eq!(findings, run(&sample, &settings(&families), &|_, _, _| ()).unwrap());
    assert_eq!(findings.entries.len(), 4);
    assert_eq!(findings.intervals.len(), 4);
    for method in &findings.intervals {
        let band = method.all.band;
        assert!((band.low - 0.03..=1.0).contains(&method.all.covered), "{method:?}");
        assert_eq!(method.by_kind.iter().map(|c| c.rows).sum::<usize>(), sample.len());
        assert_eq!(method.by_value.iter().map(|c| c.rows).sum::<usize>(), sample.len());
    }
    assert!(findings.learning.is_sorted_by(|a, b| a.rows < b.rows) && findings.learning.len() == 5);
    // Ridge knows no rules that the last one would need.
    let ablations: Vec<&str> = findings.ablations.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(ablations.len(), 7);
    assert!(ablations.contains(&"without how many others asked for a figure"), "{ablations:?}");
    assert_eq!(findings.fairness.iter().map(|f| f.attribute.as_str()).collect::<Vec<_>>(), ["gender", "driver age"]);
    assert_eq!(findings.recommendation.criteria.len(), 8);
    // 400 claims are too few to adopt on, whatever else is found.
    assert_ne!(findings.recommendation.verdict, Verdict::AdoptNow);
}

#[test]
fn too_few_claims_are_refused_with_what_is_needed() {
    let sample = Sample::of(&parse_claims("SettlementValue,GeneralFixed\n500,520\n".as_bytes()));
    let refused = run(&sample, &settings(&[Family::Ridge]), &|_, _, _| ()).unwrap_err();
    assert!(matches!(refused, ExperimentError::TooFew { rows: 1, claims: 1 }));
    assert!(refused.to_string().contains("at least 300 of 100"));
}
