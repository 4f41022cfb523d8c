//! What holds of every prediction, of every family, whatever the claim.

use std::sync::OnceLock;

use domain::{ClaimFacts, Head, Money};
use ml::{
    Bundle, PredictError, Prediction,
    explain::Game,
    families::Family,
    features::{Feature, Recovered},
    interval::Method,
    train::{Order, Sample, TrainError, Trained, train},
};
use proptest::prelude::*;

use crate::common::{Parts, claims, order, trained};

fn bundle(family: Family) -> Bundle {
    Bundle::read(&trained(family).bundle).unwrap()
}

#[track_caller]
fn sound(facts: &ClaimFacts, p: &Prediction) {
    let parts = Money::sum(p.contributions.iter().map(|c| c.amount)).unwrap();
    assert_eq!(p.base.checked_add(parts), Some(p.amount), "{facts:?} {p:?}");
    assert!(Money::ZERO <= p.lower && p.lower <= p.amount && p.amount <= p.upper, "{p:?}");
    assert!(p.contributions.is_sorted_by_key(|c| std::cmp::Reverse(c.amount.pence().abs())));
    assert!(p.contributions.iter().all(|c| c.amount != Money::ZERO && !c.label.is_empty()));
    assert_eq!(p.level, 0.9);
}

#[test]
fn predictions_on_synthetic_claims_are_sound_for_every_family() {
    let file = claims(400, 9);
    for family in Family::trained() {
        let bundle = bundle(family);
        let mut bases = std::collections::BTreeSet::new();
        for row in &file.rows {
            let prediction = bundle.predict(&row.facts).unwrap();
            sound(&row.facts, &prediction);
            bases.insert(prediction.base);
        }
        assert_eq!(bases.len(), 1, "{family}: the explanation starts at one place");
    }
}

#[test]
fn a_model_written_and_read_again_answers_the_same_for_every_family() {
    let file = claims(60, 9);
    for family in Family::trained() {
        let (before, after) = (bundle(family), Bundle::read(&Parts::of(family).pack()).unwrap());
        for row in &file.rows {
            assert_eq!(before.predict(&row.facts), after.predict(&row.facts), "{family}");
        }
    }
}

#[test]
fn every_way_of_making_intervals_covers_and_costs_what_it_must() {
    let sample = Sample::of(&claims(1_500, 2));
    let mut widths = Vec::new();
    for method in [Method::Quantiles, Method::Mondrian, Method::Split] {
        let trained = train(&sample, &Order { method, ..order(Family::Ridge, 1) }, &|_, _| ()).unwrap();
        let interval = &trained.manifest.metrics.interval;
        assert!((interval.band.low - 0.01..=interval.band.high + 0.01).contains(&interval.coverage), "{interval:?}");
        let bundle = Bundle::read(&trained.bundle).unwrap();
        assert_eq!(bundle.manifest().calibration.method, method);
        assert_eq!(bundle.model().tails.is_some(), method == Method::Quantiles);
        assert_eq!(bundle.manifest().calibration.groups.is_empty(), method == Method::Split);
        sound(&claims(1, 3).rows[0].facts, &bundle.predict(&claims(1, 3).rows[0].facts).unwrap());
        widths.push(interval.mean_width);
    }
    assert!(widths[0] < widths[2] && widths[1] < widths[2], "one width for all is the widest: {widths:?}");
}

#[test]
fn both_kinds_of_explanation_start_at_the_mean_and_add_up() {
    let sample = Sample::of(&claims(300, 1));
    let mut told = Vec::new();
    for explanation in [Game::PathDependent, Game::Interventional] {
        let order = Order { explanation, ..order(Family::Histogram, 1) };
        let bundle = Bundle::read(&train(&sample, &order, &|_, _| ()).unwrap().bundle).unwrap();
        assert_eq!(bundle.manifest().explanation, explanation);
        let predictions: Vec<Prediction> =
            claims(60, 9).rows.iter().map(|row| bundle.predict(&row.facts).unwrap()).collect();
        told.push(predictions);
    }
    for (dependent, interventional) in told[0].iter().zip(&told[1]) {
        assert_eq!(dependent.amount, interventional.amount);
        assert!((dependent.base.pence() - interventional.base.pence()).abs() <= 1);
    }
    assert_ne!(told[0], told[1], "the two explain differently");
}

fn any_facts() -> impl Strategy<Value = ClaimFacts> {
    let amounts = prop::collection::vec(prop::option::of(0i64..1_000_000), Head::ALL.len());
    let flags = (any::<Option<bool>>(), any::<Option<bool>>());
    (amounts, prop::option::of(1u8..=60), flags, prop::option::of(".{0,20}")).prop_map(
        |(amounts, months, flags, accident)| {
            let mut facts = ClaimFacts {
                injury_prognosis_months: months,
                minor_psychological_injury: flags.0,
                exceptional_circumstances: flags.1,
                accident_type: accident,
                ..ClaimFacts::default()
            };
            for (head, pence) in Head::ALL.iter().zip(amounts) {
                facts.heads.set(*head, pence.map(Money::from_pence));
            }
            facts
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn predictions_on_any_facts_are_sound(facts in any_facts()) {
        for family in [Family::Histogram, Family::ElasticNet, Family::Glm] {
            match bundle(family).predict(&facts) {
                Ok(prediction) => sound(&facts, &prediction),
                Err(error) => prop_assert_eq!(error, PredictError::NothingKnown),
            }
        }
    }
}

#[test]
fn enormous_amounts_are_refused_and_not_guessed_at() {
    let mut facts = ClaimFacts::default();
    for &head in Head::ALL {
        facts.heads.set(head, Some(Money::from_pence(i64::MAX / 20)));
    }
    assert_eq!(bundle(Family::ElasticNet).predict(&facts), Err(PredictError::OutOfRange));
}

#[test]
fn nothing_known_is_said_so() {
    assert_eq!(bundle(Family::Histogram).predict(&ClaimFacts::default()), Err(PredictError::NothingKnown));
}

#[test]
fn no_prediction_exceeds_a_claim_whose_heads_are_all_known() {
    let bundle = bundle(Family::Histogram);
    for row in &claims(400, 10).rows {
        if row.facts.heads.iter().all(|(_, amount)| amount.is_some()) {
            let total = row.facts.heads.total().unwrap().as_pounds() * bundle.manifest().limits.ceiling_share;
            assert!(bundle.predict(&row.facts).unwrap().amount.as_pounds() <= total + 0.01);
        }
    }
}

/// A model trained on 1,500 synthetic claims.
fn on_1500() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| train(&Sample::of(&claims(1_500, 2)), &order(Family::ElasticNet, 1), &|_, _| ()).unwrap())
}

#[test]
fn held_out_figures_beat_the_rules_that_need_no_training() {
    let trained = on_1500();
    let (model, baselines) = (&trained.manifest.metrics, &trained.manifest.baselines);
    for baseline in baselines {
        assert!(model.rmse < baseline.rmse, "{model:?} {baseline:?}");
    }
    let band = model.interval.band;
    assert!((band.low - 0.01..=band.high + 0.01).contains(&model.interval.coverage), "{model:?}");
    assert!(model.interval.mean_width < baselines[0].interval.mean_width);
    assert_eq!(model.rows + trained.manifest.training.skipped, 1_500);
}

#[test]
fn fresh_claims_fall_inside_as_often_as_promised() {
    let bundle = Bundle::read(&on_1500().bundle).unwrap();
    let fresh = claims(3_000, 77);
    let settled = fresh.rows.iter().filter_map(|r| Some((bundle.predict(&r.facts).unwrap(), r.settlement?)));
    let inside: Vec<bool> = settled.map(|(p, truth)| p.lower <= truth && truth <= p.upper).collect();
    let coverage = inside.iter().filter(|i| **i).count() as f64 / inside.len() as f64;
    // The band is that of the calibration; 3,000 fresh claims add a standard error of 0.55%.
    let band = bundle.manifest().metrics.interval.band;
    assert!((band.low - 0.011..=band.high + 0.011).contains(&coverage), "{coverage} {band:?}");
}

#[test]
fn the_same_data_order_and_seed_give_the_same_bundle() {
    let sample = Sample::of(&claims(300, 1));
    let again = train(&sample, &order(Family::ElasticNet, 1), &|_, _| ()).unwrap();
    assert!(again.bundle == trained(Family::ElasticNet).bundle);
    let other = train(&sample, &order(Family::ElasticNet, 2), &|_, _| ()).unwrap();
    assert!(other.bundle != again.bundle);
}

#[test]
fn no_claim_stands_in_two_folds() {
    let mut fold_of = std::collections::BTreeMap::new();
    for row in &trained(Family::Boosting).held_out {
        let fold = fold_of.entry(row.settlement.round() as i64).or_insert(row.fold);
        assert_eq!(*fold, row.fold);
    }
}

#[test]
fn too_few_claims_are_not_trained_on() {
    let error = train(&Sample::of(&claims(40, 1)), &order(Family::Boosting, 1), &|_, _| ()).unwrap_err();
    assert!(matches!(error, TrainError::TooFew { .. }), "{error}");
}

#[test]
fn a_bundle_can_be_shared_between_threads() {
    let (bundle, file) = (bundle(Family::Histogram), claims(20, 4));
    let predict = || file.rows.iter().map(|r| bundle.predict(&r.facts).unwrap()).collect::<Vec<_>>();
    let (here, there) = std::thread::scope(|s| (predict(), s.spawn(predict).join().unwrap()));
    assert_eq!(here, there);
}

#[test]
fn a_figure_that_many_asked_for_is_known_to_the_served_model_and_a_claims_own_asking_to_none() {
    let sample = Sample::of(&claims(300, 1));
    let schema = sample.schema();
    let familiar = schema.columns.iter().position(|c| matches!(c.feature, Feature::Familiar(_))).unwrap();
    assert!(!schema.figures.is_empty(), "synthetic claims share figures");
    assert_eq!(trained(Family::Histogram).manifest.figures, schema.figures);
    assert_eq!(bundle(Family::Histogram).model().schema, schema);
    // Copies of a claim share its group: whoever learns from it counts the others only.
    let served: Vec<f64> = sample.recovered.iter().map(|claim| schema.row(claim)[familiar]).collect();
    let learnt: Vec<f64> = sample.rows.iter().map(|row| row[familiar]).collect();
    for (served, learnt) in served.iter().zip(&learnt) {
        let expected = if *served > 2.0 { served - 1.0 } else { served.min(0.0) };
        assert_eq!(*learnt, expected);
    }
    // A model that learns from half of the claims knows nothing of what the others asked for.
    let half = |i: usize| sample.group[i] % 2 == 0;
    let own: Vec<&Recovered> = (0..sample.len()).filter(|&i| half(i)).map(|i| &sample.recovered[i]).collect();
    for (i, row) in sample.seen_from(half).iter().enumerate().filter(|(i, _)| !half(*i)) {
        let head =
            sample.features.iter().find_map(|f| if let Feature::Familiar(head) = f { Some(*head) } else { None });
        let pounds = sample.recovered[i].amount(head.unwrap()).floor();
        let askers = own.iter().filter(|c| c.amount(head.unwrap()).floor() == pounds).count() as f64;
        assert!(row[familiar] <= askers.max(0.0), "{i}");
    }
}
