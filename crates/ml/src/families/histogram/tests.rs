//! What histogram boosting learns, and the rules it keeps.

use proptest::prelude::*;

use super::*;

fn recipe(loss: Loss) -> Recipe {
    Recipe {
        loss,
        rounds: 200,
        rate: 0.1,
        leaves: 8,
        depth: 3,
        rows: 10,
        share: 0.5,
        features: 1.0,
        ridge: 0.0,
        renew: !matches!(loss, Loss::Huber(_)),
    }
}

/// 600 rows of three features: y = 100 where the first is above 5, with noise, and every 20th far out.
fn data() -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut random = Random::new(4);
    let rows: Vec<Vec<f64>> = (0..600).map(|_| vec![random.unit() * 10.0, random.unit(), 1.0]).collect();
    let y = rows.iter().enumerate().map(|(i, r)| {
        let slip = if i % 20 == 0 { -5_000.0 } else { 0.0 };
        f64::from(u8::from(r[0] > 5.0)) * 100.0 + random.normal() + slip
    });
    let y = y.collect();
    (rows, y)
}

fn fit(rows: &[Vec<f64>], y: &[f64], recipe: &Recipe) -> Histogram {
    fit_by(&[], rows, y, recipe)
}

fn fit_by(rules: &[i8], rows: &[Vec<f64>], y: &[f64], recipe: &Recipe) -> Histogram {
    let x: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let lesson = Lesson { rows: &x, target: y, weight: &vec![1.0; y.len()], rules };
    Histogram::fit(lesson, recipe, &mut Random::new(1)).unwrap()
}

fn served(model: &Histogram) -> Served {
    model.serve(Input { totals: &vec![0.0; model.width] }, Limits::default()).unwrap()
}

#[test]
fn robust_losses_learn_the_step_and_not_the_slips() {
    let (rows, y) = data();
    for loss in [Loss::Huber(5.0), Loss::Absolute] {
        let model = served(&fit(&rows, &y, &recipe(loss)));
        for (x, truth) in [(2.0, 0.0), (8.0, 100.0)] {
            let answer = model.predict(&[x, 0.5, 1.0]);
            // The mean of these rows is 250 lower.
            assert!((answer - truth).abs() < 6.0, "{loss:?} at {x}: {answer}");
        }
    }
}

#[test]
fn a_quantile_model_has_its_share_of_rows_below() {
    let (rows, y) = data();
    for quantile in [0.1, 0.5, 0.9] {
        let model = served(&fit(&rows, &y, &recipe(Loss::Quantile(quantile))));
        let below = rows.iter().zip(&y).filter(|(r, y)| **y <= model.predict(r)).count() as f64 / 600.0;
        assert!((below - quantile).abs() < 0.05, "{quantile}: {below}");
    }
}

#[test]
fn trees_keep_to_their_leaves_their_depth_and_their_rows() {
    let (rows, y) = data();
    let recipe = Recipe { leaves: 5, depth: 3, rows: 60, share: 1.0, rounds: 20, ..recipe(Loss::Huber(50.0)) };
    let model = fit(&rows, &y, &recipe);
    let forest = served(&model).additive.forest;
    assert!(model.trees.iter().all(|t| t.leaves.len() <= 5 && t.splits.len() + 1 == t.leaves.len()));
    assert!(forest.depth() <= 3 && forest.size() > 40);
    let covers = forest.covers(&rows);
    assert!(covers.iter().all(|c| *c >= 60), "{covers:?}");
    // A constant offers no split.
    assert_eq!(forest.splits(3)[2], 0);
}

#[test]
fn the_stored_form_the_served_form_and_a_second_fit_agree() {
    let (rows, y) = data();
    let model = fit(&rows, &y, &recipe(Loss::Huber(5.0)));
    assert_eq!(model, fit(&rows, &y, &recipe(Loss::Huber(5.0))));
    let back: Histogram = serde_json::from_slice(&serde_json::to_vec(&model).unwrap()).unwrap();
    assert_eq!(back, model);
    let library = model.predict(Input { totals: &[0.0; 3] }, &rows).unwrap();
    let served = served(&model);
    for (row, answer) in rows.iter().zip(library) {
        assert!((served.predict(row) - answer).abs() < 1e-9);
    }
}

#[test]
fn nothing_is_learnt_from_nothing() {
    let lesson = Lesson { rows: &[], target: &[], weight: &[], rules: &[] };
    let refused = Histogram::fit(lesson, &recipe(Loss::Absolute), &mut Random::new(1));
    assert!(matches!(refused, Err(FitError::NoRows)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_monotone_model_never_goes_the_other_way(seed in any::<u64>(), renewed: bool, slope in -3.0..3.0f64) {
        let mut random = Random::new(seed);
        let rows: Vec<Vec<f64>> = (0..300).map(|_| (0..3).map(|_| random.unit() * 10.0).collect()).collect();
        // The truth may go against the rules: the model must keep to them all the same.
        let y: Vec<f64> = rows.iter().map(|r| slope * r[0] + r[1] * r[2] + 5.0 * random.normal()).collect();
        let loss = if renewed { Loss::Absolute } else { Loss::Huber(20.0) };
        let recipe = Recipe { rounds: 60, renew: renewed, ..recipe(loss) };
        let model = served(&fit_by(&[1, -1, 0], &rows, &y, &recipe));
        for row in rows.iter().take(40) {
            for (feature, sign) in [(0, 1.0), (1, -1.0)] {
                let mut last = f64::NEG_INFINITY;
                for step in 0..25 {
                    let mut row = row.clone();
                    row[feature] = f64::from(step) * 0.45 - 0.5;
                    let answer = sign * model.predict(&row);
                    prop_assert!(answer >= last - 1e-9, "feature {feature}: {answer} after {last}");
                    last = answer;
                }
            }
        }
    }
}
