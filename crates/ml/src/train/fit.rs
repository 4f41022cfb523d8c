//! Fitting every model a bundle needs: one for each fold, one on everything.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{FOLDS, Sample, TrainError};
use crate::{
    bundle::model::{Parts, decode},
    families::{Document, Family, FitError, Lesson, Loss, Stage, StageRecipe, elasticnet, forest, ridge},
    interval::LEVEL,
    random::Random,
    trees::DecisionTree,
};

/// The point model of the default family: see docs/models.md for what was tried.
const POINT: StageRecipe =
    StageRecipe { loss: Loss::Huber(60.0), rounds: 900, rate: 0.05, depth: 4, leaf: 20, share: 0.5, features: 1.0 };

/// The quantile models that intervals come from, whatever the family.
const fn tail(quantile: f64) -> StageRecipe {
    StageRecipe {
        loss: Loss::Quantile(quantile),
        rounds: 200,
        rate: 0.1,
        depth: 4,
        leaf: 30,
        share: 0.5,
        features: 1.0,
    }
}

/// The fitted models: those of the folds laid out, the final one as JSON.
pub struct Fitted {
    pub folds: Vec<Parts>,
    pub json: Vec<u8>,
}

/// One of the three models of a document.
enum Part {
    /// As JSON, because its type is the family's.
    Point(serde_json::Value),
    Tail(Stage<DecisionTree>),
}

/// Fits on all rows but each fold's, and on all rows, on as many threads as there are cores.
pub fn all(
    sample: &Sample,
    folds: &[usize],
    family: Family,
    seed: u64,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Fitted, TrainError> {
    // Task t fits part t % 3 of model t / 3; model 0 leaves out no row, model k leaves out fold
    // k − 1. The largest come first, so that the threads end together.
    let tasks = (FOLDS + 1) * 3;
    let order: Vec<usize> = (0..3).flat_map(|part| (0..=FOLDS).map(move |model| model * 3 + part)).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<Option<Result<Part, FitError>>>> = Mutex::new((0..tasks).map(|_| None).collect());
    let work = || {
        while let Some(&task) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let left_out = (task / 3).checked_sub(1);
            let part = one(sample, |i| left_out != Some(folds[i]), family, task, seed);
            // A panic of another thread is passed on by the scope; the data are whole either way.
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[task] = Some(part);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, tasks);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(tasks);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut parts = Vec::with_capacity(tasks);
    for result in results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        parts.push(result.ok_or_else(|| TrainError::Unsound("a part was not fitted".into()))??);
    }
    assemble(parts, family, sample.features.len())
}

/// One part of the model that learns from the rows `of` the sample.
fn one(sample: &Sample, of: impl Fn(usize) -> bool, family: Family, task: usize, seed: u64) -> Result<Part, FitError> {
    let rows: Vec<usize> = (0..sample.len()).filter(|&i| of(i)).collect();
    let x: Vec<&[f64]> = rows.iter().map(|&i| sample.rows[i].as_slice()).collect();
    let target: Vec<f64> = rows.iter().map(|&i| sample.settlement[i] - sample.total[i]).collect();
    let weight: Vec<f64> = rows.iter().map(|&i| sample.weight[i]).collect();
    let lesson = Lesson { rows: &x, target: &target, weight: &weight };
    let mut random = Random::stream(seed, task as u64);
    let beyond = (1.0 - LEVEL) / 2.0;
    Ok(match task % 3 {
        0 => Part::Point(match family {
            Family::Boosting => serde_json::to_value(Stage::fit(lesson, &POINT, &mut random)?)?,
            Family::Forest => serde_json::to_value(forest::fit(lesson, seed)?)?,
            Family::Ridge => serde_json::to_value(ridge::fit(lesson)?)?,
            Family::ElasticNet => serde_json::to_value(elasticnet::fit(lesson)?)?,
        }),
        1 => Part::Tail(Stage::fit(lesson, &tail(beyond), &mut random)?),
        _ => Part::Tail(Stage::fit(lesson, &tail(1.0 - beyond), &mut random)?),
    })
}

/// Three parts a model; the first model is the final one.
fn assemble(parts: Vec<Part>, family: Family, features: usize) -> Result<Fitted, TrainError> {
    let mut documents = Vec::with_capacity(FOLDS + 1);
    let mut parts = parts.into_iter();
    while let (Some(Part::Point(point)), Some(Part::Tail(lower)), Some(Part::Tail(upper))) =
        (parts.next(), parts.next(), parts.next())
    {
        documents.push(serde_json::to_vec(&Document { point, lower, upper }).map_err(FitError::from)?);
    }
    let mut documents = documents.into_iter();
    let json = documents.next().ok_or_else(|| TrainError::Unsound("no model was fitted".into()))?;
    let folds =
        documents.map(|json| decode(family, &json, features)).collect::<Result<_, _>>().map_err(TrainError::Unsound)?;
    Ok(Fitted { folds, json })
}

/// The settings of a family, for the manifest.
pub fn describe(family: Family) -> BTreeMap<String, String> {
    let mut recipe = BTreeMap::from([
        ("intervals".to_owned(), format!("conformalised quantile regression; {}", words(&tail((1.0 - LEVEL) / 2.0)))),
        ("weight of a row".to_owned(), "one over the square root of its copies".to_owned()),
    ]);
    let point = match family {
        Family::Boosting => words(&POINT),
        Family::Forest => "300 trees, 8 splits deep, a third of the features at each split".to_owned(),
        Family::Ridge => "alpha 100, standardised features, target within its 2% and 98% quantiles".to_owned(),
        Family::ElasticNet => {
            "penalty 0.1, L1 share 0.5, standardised features, target within its 2% and 98% quantiles".to_owned()
        }
    };
    recipe.insert("point".to_owned(), point);
    recipe
}

fn words(recipe: &StageRecipe) -> String {
    let StageRecipe { loss, rounds, rate, depth, leaf, share, .. } = recipe;
    let loss = match loss {
        Loss::Huber(bound) => format!("Huber loss at £{bound}"),
        Loss::Quantile(q) => format!("pinball loss at {q:.2} and {:.2}", 1.0 - q),
    };
    format!(
        "{loss}, {rounds} trees, rate {rate}, {depth} splits deep, at least {leaf} rows a leaf, {share} of the rows a tree"
    )
}
