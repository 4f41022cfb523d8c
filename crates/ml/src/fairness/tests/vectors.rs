//! Against fairlearn, scikit-learn and scipy, whose versions stand in the file; see
//! scripts/peer/fairness.py.

use serde::Deserialize;

use super::super::*;

#[derive(Deserialize)]
struct Vectors {
    tables: Vec<Table>,
    areas: Vec<Area>,
    proxy: Proxy,
}

#[derive(Deserialize)]
struct Table {
    prediction: Vec<f64>,
    outcome: Vec<f64>,
    group: Vec<String>,
    by_group: Metrics<Vec<f64>>,
    low: Metrics<Vec<f64>>,
    high: Metrics<Vec<f64>>,
    difference: Metrics<f64>,
    ratio: f64,
    worst: f64,
    parity: Apart,
    residuals: Apart,
}

#[derive(Deserialize)]
struct Metrics<T> {
    mae: T,
    mean_prediction: T,
    mean_error: T,
}

#[derive(Deserialize)]
struct Apart {
    rest: Vec<f64>,
    widest: f64,
}

#[derive(Deserialize)]
struct Area {
    scores: Vec<f64>,
    positive: Vec<bool>,
    auc: f64,
}

#[derive(Deserialize)]
struct Proxy {
    features: Vec<Vec<f64>>,
    code: Vec<usize>,
    fold: Vec<usize>,
    auc: Vec<f64>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../tests/vectors/fairness.json")).unwrap()
}

fn close(what: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{what}: {ours} {theirs}");
}

fn audit(case: &Table) -> Audit<String> {
    Audit::new(&case.prediction, &case.outcome, &case.group, None).unwrap()
}

#[test]
fn tables_are_those_of_fairlearn() {
    for case in vectors().tables {
        let table = audit(&case).table(10, 1);
        assert_eq!(table.groups.len(), case.by_group.mae.len());
        for (i, row) in table.groups.iter().enumerate() {
            assert_eq!(row.rows, case.group.iter().filter(|g| **g == row.group).count());
            close("MAE", row.mae.value, case.by_group.mae[i]);
            close("mean prediction", row.mean_prediction.value, case.by_group.mean_prediction[i]);
            close("mean error", row.mean_error.value, case.by_group.mean_error[i]);
        }
        close("difference of MAE", table.difference.mae, case.difference.mae);
        close("difference of predictions", table.difference.mean_prediction, case.difference.mean_prediction);
        close("difference of errors", table.difference.mean_error, case.difference.mean_error);
        close("ratio", table.mean_prediction_ratio.unwrap(), case.ratio);
        close("worst", table.bounded_group_loss(0.0).unwrap().loss, case.worst);
    }
}

#[test]
fn intervals_are_those_of_fairlearn_but_for_chance() {
    for case in vectors().tables {
        let table = audit(&case).table(4_000, 2);
        let check = |what: &str, ours: Estimate, low: f64, high: f64| {
            let Range { lower, upper } = ours.interval.unwrap();
            // Another generator, and fairlearn lets the size of a group vary from draw to draw.
            let allowed = 0.08 * (high - low);
            assert!((lower - low).abs() < allowed && (upper - high).abs() < allowed, "{what}: {ours:?} {low} {high}");
        };
        for (i, row) in table.groups.iter().enumerate() {
            check("MAE", row.mae, case.low.mae[i], case.high.mae[i]);
            check("prediction", row.mean_prediction, case.low.mean_prediction[i], case.high.mean_prediction[i]);
            check("error", row.mean_error, case.low.mean_error[i], case.high.mean_error[i]);
        }
    }
}

#[test]
fn separations_are_those_of_scipy() {
    for case in vectors().tables {
        let audit = audit(&case);
        for (ours, theirs) in [
            (audit.statistical_parity(9, 1).unwrap(), &case.parity),
            (audit.equalised_residuals(9, 1).unwrap(), &case.residuals),
        ] {
            close("widest", ours.statistic, theirs.widest);
            assert_eq!(ours.against_rest.len(), theirs.rest.len());
            for (ours, theirs) in ours.against_rest.iter().zip(&theirs.rest) {
                close(&ours.group, ours.statistic, *theirs);
            }
        }
    }
}

#[test]
fn areas_are_those_of_scikit_learn() {
    for case in vectors().areas {
        close("AUC", auc(&case.scores, &case.positive).unwrap(), case.auc);
    }
}

#[test]
fn held_out_areas_are_those_of_scikit_learns_ridge() {
    use super::super::proxy::{mean_auc, splits};

    let case = vectors().proxy;
    let splits = splits(&case.features, &case.fold);
    for (group, theirs) in case.auc.iter().enumerate() {
        close("AUC", mean_auc(&splits, &case.code, group).unwrap(), *theirs);
    }
}
