//! What parts of the method are worth: the best family with something taken away or added.

use super::{
    ExperimentError, FOLDS, Settings,
    findings::{Ablation, Leak, LearningPoint},
    trial::{self, View},
};
use crate::{
    evaluate::mean,
    families::{Family, FitError},
    features::Feature,
    random::Random,
    train::{Sample, Setting, folds, side_by_side},
};

/// Draws of each bootstrap.
const DRAWS: usize = 1_000;

/// Every ablation of the best family, against the same with nothing changed. All have the family's usual
/// settings: tuning only one side would be taken for a difference.
pub fn run(
    sample: &Sample,
    settings: &Settings,
    best: Family,
    folds: &[Vec<usize>],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Vec<Ablation>, ExperimentError> {
    let (plain, changed) = (View::of(sample), views(sample, best));
    let views: Vec<&View> = std::iter::once(&plain).chain(changed.iter().map(|(_, view)| view)).collect();
    let tasks: Vec<(&View, usize)> =
        views.into_iter().flat_map(|view| (0..folds.len()).map(move |repeat| (view, repeat))).collect();
    let step = |done, of| progress("taking parts of the method away", done, of);
    let answers = side_by_side(&tasks, &step, |&(view, repeat)| {
        let predict = |learn: &[usize], ask: &[usize], seed| view.predict(best, &Setting::default(), learn, ask, seed);
        trial::held_out(&folds[repeat], FOLDS, settings.seed + repeat as u64, &predict)
    });
    let answers = answers.into_iter().collect::<Result<Vec<_>, FitError>>()?;
    let mut errors = answers.chunks(folds.len()).map(|repeats| mean_errors(sample, repeats));
    let unchanged = errors.next().unwrap_or_default();
    let ablation = |(errors, (name, _)): (Vec<f64>, &(&str, View))| {
        let differences: Vec<f64> = errors.iter().zip(&unchanged).map(|(own, base)| own - base).collect();
        Ablation {
            name: (*name).to_owned(),
            mae: mean(&errors, &sample.group, DRAWS, settings.seed),
            difference: mean(&differences, &sample.group, DRAWS, settings.seed),
        }
    };
    Ok(errors.zip(&changed).map(ablation).collect())
}

/// What is tried.
fn views(sample: &Sample, best: Family) -> Vec<(&'static str, View<'_>)> {
    let keep = |wanted: &dyn Fn(&Feature) -> bool| -> Vec<usize> {
        (0..sample.features.len()).filter(|&i| wanted(&sample.features[i])).collect()
    };
    let without = |left_out: &dyn Fn(&Feature) -> bool| View::of(sample).only(&keep(&|f| !left_out(f)));
    let age = sample.protected.iter().map(|p| p.driver_age.map_or(-1.0, f64::from)).collect();
    let gender = sample.protected.iter().map(|p| code(p.gender.as_deref())).collect();
    let sums = keep(&|f| rule(*f) != 0 || is_raw(f));
    let rules: Vec<i8> = sums.iter().map(|&i| rule(sample.features[i])).collect();
    let mut views = vec![
        ("with driver age and gender", View::of(sample).with(&[age, gender])),
        ("without engineered features", View::of(sample).only(&keep(&is_raw))),
        ("without the roundness of amounts", without(&|f| matches!(f, Feature::Odd(_) | Feature::Roundness(_)))),
        ("without how many others asked for a figure", without(&|f| matches!(f, Feature::Familiar(_)))),
        ("without the accident type", without(&|f| *f == Feature::AccidentType)),
        ("learning the settlement itself", View::of(sample).whole()),
        ("the same, from amounts and sums alone", View::of(sample).only(&sums).whole()),
    ];
    if best == Family::Histogram {
        let ruled = View::of(sample).only(&sums).whole().ruled(rules);
        views.push(("the same, and a higher head never lowers the amount", ruled));
    }
    if matches!(best, Family::Histogram | Family::Blend) {
        views.push(("without the rule that of more never less is taken off", View::of(sample).ruled(Vec::new())));
    }
    views
}

/// What a claim says as it is.
fn is_raw(feature: &Feature) -> bool {
    matches!(
        feature,
        Feature::Amount(_)
            | Feature::Psychological
            | Feature::Exceptional
            | Feature::PrognosisMonths
            | Feature::AccidentType
    )
}

/// Which way the settlement goes with a feature if a higher head is never to lower it: 0 for those
/// that a head moves in no or either direction.
const fn rule(feature: Feature) -> i8 {
    match feature {
        Feature::Amount(head) if head.is_reduction() => -1,
        other => -other.rule(),
    }
}

fn code(gender: Option<&str>) -> f64 {
    match gender {
        None => -1.0,
        // Any number will do that is the same for the same word.
        Some(text) => f64::from(text.bytes().fold(0u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b))),
    }
}

/// For each row the absolute error, averaged over the repeats, in pounds.
pub fn mean_errors(sample: &Sample, repeats: &[Vec<f64>]) -> Vec<f64> {
    let n = repeats.len().max(1) as f64;
    let error = |i: usize| repeats.iter().map(|p| (p[i] - sample.settlement[i]).abs()).sum::<f64>() / n;
    (0..sample.len()).map(error).collect()
}

/// The error with fewer claims to learn from.
pub fn learning_curve(
    sample: &Sample,
    settings: &Settings,
    best: Family,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Vec<LearningPoint>, ExperimentError> {
    const SHARES: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
    let (view, folds) = (View::of(sample), folds::assign(sample, settings.seed, FOLDS));
    let tasks: Vec<(usize, usize)> = (0..SHARES.len()).flat_map(|s| (0..FOLDS).map(move |fold| (s, fold))).collect();
    let step = |done, of| progress("learning from fewer claims", done, of);
    let answers = side_by_side(&tasks, &step, |&(s, fold)| {
        let (learn, ask) = trial::split(&folds, fold);
        let learn = some_groups(sample, &learn, SHARES[s], settings.seed);
        let answers = view.predict(best, &Setting::default(), &learn, &ask, settings.seed + fold as u64)?;
        let errors: Vec<f64> = ask.iter().zip(answers).map(|(&i, p)| (p - sample.settlement[i]).abs()).collect();
        let groups: Vec<i64> = ask.iter().map(|&i| sample.group[i]).collect();
        Ok::<_, FitError>((learn.len(), errors, groups))
    });
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let point = |parts: &[(usize, Vec<f64>, Vec<i64>)]| {
        let errors: Vec<f64> = parts.iter().flat_map(|p| p.1.clone()).collect();
        let groups: Vec<i64> = parts.iter().flat_map(|p| p.2.clone()).collect();
        LearningPoint {
            rows: parts.iter().map(|p| p.0).sum::<usize>() / parts.len(),
            mae: mean(&errors, &groups, DRAWS, settings.seed),
        }
    };
    Ok(answers.chunks(FOLDS).map(point).collect())
}

fn some_groups(sample: &Sample, rows: &[usize], share: f64, seed: u64) -> Vec<usize> {
    let kept = |group: i64| share >= 1.0 || Random::stream(seed, group as u64).unit() < share;
    rows.iter().copied().filter(|&i| kept(sample.group[i])).collect()
}

/// What a random split of the rows would have reported.
pub fn leak(
    sample: &Sample,
    settings: &Settings,
    best: Family,
    grouped: &[Vec<f64>],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Leak, ExperimentError> {
    let view = View::of(sample);
    let rows: Vec<i64> = (0..sample.len() as i64).collect();
    let folds = folds::deal(&rows, settings.seed, FOLDS);
    let tasks: Vec<usize> = (0..FOLDS).collect();
    let step = |done, of| progress("splitting as one must not", done, of);
    let answers = side_by_side(&tasks, &step, |&fold| {
        let (learn, ask) = trial::split(&folds, fold);
        let answers = view.predict(best, &Setting::default(), &learn, &ask, settings.seed + fold as u64)?;
        Ok::<_, FitError>((ask, answers))
    });
    let mut random = vec![0.0; sample.len()];
    for answer in answers {
        let (ask, answers) = answer?;
        ask.iter().zip(answers).for_each(|(&i, p)| random[i] = p);
    }
    let all: Vec<usize> = (0..sample.len()).collect();
    Ok(Leak {
        random_mae: trial::mae(sample, &all, &random),
        random_r2: r2(sample, &random),
        grouped_mae: grouped.iter().map(|p| trial::mae(sample, &all, p)).sum::<f64>() / grouped.len().max(1) as f64,
        grouped_r2: grouped.iter().map(|p| r2(sample, p)).sum::<f64>() / grouped.len().max(1) as f64,
    })
}

/// The share of the variance of the settlements explained.
fn r2(sample: &Sample, predictions: &[f64]) -> f64 {
    let n = sample.len().max(1) as f64;
    let centre = sample.settlement.iter().sum::<f64>() / n;
    let left: f64 = sample.settlement.iter().zip(predictions).map(|(y, p)| (y - p).powi(2)).sum();
    let all: f64 = sample.settlement.iter().map(|y| (y - centre).powi(2)).sum();
    if all > 0.0 { 1.0 - left / all } else { 0.0 }
}
