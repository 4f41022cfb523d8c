//! The figures of a report, from rows: pure but for the time they take.

use std::collections::BTreeMap;

use domain::finding::{JUDGED, SHOWN, is_finding};
use ml::Bundle;
use ml::drift::benjamini_hochberg;
use ml::evaluate::statistic;
use ml::fairness::{Audit, ProxySettings, flip, proxy_test};

use super::{Attribute, Body, Group, Mean, Served};
use crate::monitoring::drift::row as seen_by;

const DRAWS: usize = 400;
const PERMUTATIONS: usize = 499;
/// Of the test that asks whether the attribute can be read off the features: each takes a fit.
const PROXIES: usize = 199;
/// Names that no feature may have.
const PROTECTED: [&str; 3] = ["gender", "sex", "driver_age"];

/// A settled claim with its groups.
#[derive(Debug, Clone)]
pub struct Row {
    pub facts: domain::ClaimFacts,
    /// Pounds.
    pub outcome: f64,
    pub prediction: f64,
    /// What was decided here, in pounds.
    pub decided: Option<f64>,
    pub gender: Option<String>,
    pub age: Option<&'static str>,
    /// Claims that say the same are taken for one.
    pub claim: i64,
}

/// What an attribute that nobody recorded is called: a group of its own.
const NOT_RECORDED: &str = "Not recorded";

/// All attributes. `data`: the hash of what the rows were read from.
pub fn report(bundle: &Bundle, rows: &[Row], data: String) -> Body {
    let named = |text: Option<&str>| text.filter(|t| !t.is_empty()).unwrap_or(NOT_RECORDED).to_owned();
    let attributes = vec![
        attribute("Gender", bundle, rows, |r| named(r.gender.as_deref())),
        attribute("Age", bundle, rows, |r| named(r.age)),
    ];
    Body { claims: rows.len(), attributes, flip: flipped(bundle, rows), data }
}

/// What changes when gender and age alone are changed. A model is asked for facts that hold neither, so that it is nil
/// unless a feature has such a name; then nothing it says is free of it.
fn flipped(bundle: &Bundle, rows: &[Row]) -> Option<ml::fairness::Flip> {
    let before: Vec<f64> = rows.iter().map(|r| r.prediction).collect();
    let again = |r: &Row| bundle.value(&r.facts).map_or(r.prediction, |v| v.amount.as_pounds());
    let after: Vec<f64> = rows.iter().map(again).collect();
    flip(&before, &after)
}

/// The protected features that a model has: none that may serve.
pub fn protected_features(manifest: &ml::Manifest) -> Vec<String> {
    let names = manifest.features.iter().map(|f| f.name.clone());
    names.filter(|name| PROTECTED.iter().any(|p| name.to_lowercase().contains(p))).collect()
}

fn attribute(name: &str, bundle: &Bundle, rows: &[Row], of: impl Fn(&Row) -> String) -> Attribute {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        *sizes.entry(of(row)).or_default() += 1;
    }
    let shown: Vec<&Row> = rows.iter().filter(|r| sizes[&of(r)] >= SHOWN).collect();
    let hidden = rows.len() - shown.len();
    let judged: Vec<&Row> = shown.iter().copied().filter(|r| sizes[&of(r)] >= JUDGED).collect();
    let groups: Vec<String> = judged.iter().map(|r| of(r)).collect();
    let claims: Vec<i64> = judged.iter().map(|r| r.claim).collect();
    let model: BTreeMap<String, Served> =
        served(&judged, &groups, &claims, |r| Some(r.prediction)).into_iter().collect();
    let people: BTreeMap<String, Served> = served(&judged, &groups, &claims, |r| r.decided).into_iter().collect();
    let features: Vec<Vec<f64>> = judged
        .iter()
        .map(|r| seen_by(bundle, &r.facts).into_iter().map(|x| if x.is_nan() { -1.0 } else { x }).collect())
        .collect();
    let settings = ProxySettings { permutations: PROXIES, ..ProxySettings::default() };
    let proxies: BTreeMap<String, (f64, f64)> = proxy_test(&features, &groups, Some(&claims), &settings)
        .map(|p| p.groups.into_iter().map(|g| (g.group, (g.auc, g.adjusted))).collect())
        .unwrap_or_default();
    let predictions: Vec<f64> = judged.iter().map(|r| r.prediction).collect();
    let outcomes: Vec<f64> = judged.iter().map(|r| r.outcome).collect();
    let parity = Audit::new(&predictions, &outcomes, &groups, Some(&claims))
        .and_then(|a| a.statistical_parity(PERMUTATIONS, 1))
        .ok()
        .map(|s| s.p_value);
    let group = |(name, claims): (String, usize)| Group {
        model: model.get(&name).cloned(),
        people: people.get(&name).cloned(),
        proxy: proxies.get(&name).copied(),
        name,
        claims,
    };
    let groups = sizes.into_iter().filter(|(_, n)| *n >= SHOWN).map(group).collect();
    Attribute { name: name.into(), groups, hidden, parity }
}

/// How each group is served by a judge: what it said, less what was paid.
fn served(
    rows: &[&Row],
    groups: &[String],
    claims: &[i64],
    said: impl Fn(&Row) -> Option<f64>,
) -> Vec<(String, Served)> {
    let known: Vec<usize> = (0..rows.len()).filter(|i| said(rows[*i]).is_some()).collect();
    let pick = |of: &dyn Fn(usize) -> f64| known.iter().map(|i| of(*i)).collect::<Vec<f64>>();
    let (values, outcomes) = (pick(&|i| said(rows[i]).unwrap_or_default()), pick(&|i| rows[i].outcome));
    let groups: Vec<String> = known.iter().map(|i| groups[*i].clone()).collect();
    let claims: Vec<i64> = known.iter().map(|i| claims[*i]).collect();
    let Ok(audit) = Audit::new(&values, &outcomes, &groups, Some(&claims)) else { return Vec::new() };
    let Ok(apart) = audit.equalised_residuals(PERMUTATIONS, 1) else { return Vec::new() };
    let adjusted = benjamini_hochberg(&apart.against_rest.iter().map(|g| g.p_value).collect::<Vec<_>>());
    let mean = outcomes.iter().sum::<f64>() / outcomes.len().max(1) as f64;
    let errors: Vec<f64> = values.iter().zip(&outcomes).map(|(v, y)| v - y).collect();
    let estimate = |e: &ml::fairness::Estimate| Mean {
        value: e.value,
        low: e.interval.map_or(f64::NEG_INFINITY, |r| r.lower),
        high: e.interval.map_or(f64::INFINITY, |r| r.upper),
    };
    audit
        .table(DRAWS, 1)
        .groups
        .iter()
        .zip(adjusted)
        .map(|(row, p)| {
            let gap = gap(&errors, &groups, &claims, &row.group);
            let finding = is_finding(p, (gap.value, gap.low, gap.high), mean);
            let served = Served { mae: estimate(&row.mae), bias: estimate(&row.mean_error), gap, p, finding };
            (row.group.clone(), served)
        })
        .collect()
}

/// A group's mean error less that of all others, drawn by claims.
fn gap(errors: &[f64], groups: &[String], claims: &[i64], group: &str) -> Mean {
    let of = |rows: &[usize]| {
        let (mut own, mut rest) = ((0.0, 0.0), (0.0, 0.0));
        for i in rows {
            let sums = if groups[*i] == group { &mut own } else { &mut rest };
            sums.0 += errors[*i];
            sums.1 += 1.0;
        }
        if own.1 > 0.0 && rest.1 > 0.0 { own.0 / own.1 - rest.0 / rest.1 } else { 0.0 }
    };
    let found = statistic(claims, DRAWS, 1, of);
    Mean { value: found.value, low: found.low, high: found.high }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Bundle {
        Bundle::read(include_bytes!("../../../ml/tests/bundles/v1-ridge.solm")).unwrap()
    }

    /// Claims of which a group is paid so much less than is predicted, alike in all else.
    fn rows(n: usize, biased: f64) -> Vec<Row> {
        let file = ml::data::parse_claims(include_bytes!("../../../ml/tests/bundles/claims.csv").as_slice());
        let bundle = bundle();
        (0..n)
            .map(|i| {
                let facts = file.rows[i % file.rows.len()].facts.clone();
                let prediction = bundle.value(&facts).map_or(500.0, |v| v.amount.as_pounds());
                let noise = ((i * 7_919) % 101) as f64 - 50.0;
                let woman = i % 2 == 0;
                Row {
                    outcome: prediction + noise - if woman { biased } else { 0.0 },
                    decided: Some(prediction + noise),
                    prediction,
                    gender: (i % 20 != 1).then(|| if woman { "Female" } else { "Male" }.to_owned()),
                    age: None,
                    claim: i as i64,
                    facts,
                }
            })
            .collect()
    }

    #[test]
    fn a_bias_against_one_group_is_found_and_fair_treatment_is_not() {
        let group =
            |body: &Body, name: &str| body.attributes[0].groups.iter().find(|g| g.name == name).cloned().unwrap();
        let biased = report(&bundle(), &rows(600, 120.0), String::new());
        let women = group(&biased, "Female");
        let served = women.model.unwrap();
        assert!(served.finding && served.gap.value > 100.0, "{served:?}");
        assert!(women.people.unwrap().finding, "people who follow it are no fairer");
        let fair = report(&bundle(), &rows(600, 0.0), String::new());
        for name in ["Female", "Male"] {
            assert!(!group(&fair, name).model.unwrap().finding, "{fair:?}");
        }
        assert_eq!(fair.flip.unwrap().max, 0.0);
    }

    #[test]
    fn small_groups_are_not_judged_and_smaller_ones_not_shown() {
        let mut rows = rows(200, 0.0);
        for (i, row) in rows.iter_mut().enumerate() {
            row.gender = Some(
                if i < 8 {
                    "A"
                } else if i < 38 {
                    "B"
                } else {
                    "C"
                }
                .to_owned(),
            );
        }
        let body = report(&bundle(), &rows, String::new());
        let gender = &body.attributes[0];
        assert_eq!(gender.hidden, 8);
        assert_eq!(
            gender.groups.iter().map(|g| (g.name.as_str(), g.claims)).collect::<Vec<_>>(),
            [("B", 30), ("C", 162)]
        );
        assert!(gender.groups[0].model.is_none());
        assert_eq!(body.attributes[1].groups[0].name, NOT_RECORDED);
    }

    #[test]
    fn no_model_of_ours_has_a_protected_feature() {
        assert!(protected_features(bundle().manifest()).is_empty());
        let mut manifest = bundle().manifest().clone();
        manifest.features[0].name = "Driver_Age".into();
        assert_eq!(protected_features(&manifest), ["Driver_Age"]);
    }
}
