//! Fitting every model a bundle needs: one for each fold, one on everything.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{FOLDS, Order, Sample, Setting, TrainError, recipe};
use crate::{
    bundle::{
        BUNDLE_VERSION, Document,
        model::{Parts, decode},
    },
    families::{Family, FitError, Input, Lesson, Stored},
    random::Random,
};

/// The fitted models: those of the folds laid out, the final one as JSON.
pub struct Fitted {
    pub folds: Vec<Parts>,
    pub json: Vec<u8>,
}

/// Fits on all rows but each fold's, and on all rows, on as many threads as there are cores.
pub fn all(
    sample: &Sample,
    folds: &[usize],
    order: &Order,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Fitted, TrainError> {
    let Order { family, seed, method, .. } = *order;
    // A model is a point model and, for some intervals, two quantile models. Task t fits part t % 3 of
    // model t / 3; model 0 leaves out no row, model k leaves out fold k − 1. The largest come first,
    // so that the threads end together.
    let parts = if method.is_around_the_point() { 1 } else { 3 };
    let order: Vec<usize> = (0..parts).flat_map(|part| (0..=FOLDS).map(move |model| model * 3 + part)).collect();
    let fitted = side_by_side(&order, progress, |task| {
        let left_out = (task / 3).checked_sub(1);
        one(sample, |i| left_out != Some(folds[i]), family, task, seed)
    });
    let mut parts: BTreeMap<usize, Stored> = BTreeMap::new();
    for (task, part) in order.into_iter().zip(fitted) {
        parts.insert(task, part?);
    }
    assemble(parts, family, &sample.schema().totals())
}

/// Does every task, as many at a time as there are cores; answers in the order of the tasks.
/// `progress` is told how many are done, of how many.
pub fn side_by_side<T: Sync, R: Send>(
    tasks: &[T],
    progress: &(dyn Fn(usize, usize) + Sync),
    run: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(tasks.len()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(at) else { break };
            let result = run(task);
            // A panic of another thread is passed on by the scope; the data are whole either way.
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, tasks.len());
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(tasks.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// One part of the model that learns from the rows `of` the sample.
fn one(
    sample: &Sample,
    of: impl Fn(usize) -> bool,
    family: Family,
    task: &usize,
    seed: u64,
) -> Result<Stored, FitError> {
    let rows: Vec<usize> = (0..sample.len()).filter(|&i| of(i)).collect();
    let seen = sample.seen_from(&of);
    let x: Vec<&[f64]> = rows.iter().map(|&i| seen[i].as_slice()).collect();
    let totals: Vec<f64> = rows.iter().map(|&i| sample.total[i]).collect();
    let target: Vec<f64> = rows.iter().map(|&i| sample.settlement[i] - sample.total[i]).collect();
    let weight: Vec<f64> = rows.iter().map(|&i| sample.weight[i]).collect();
    let rules = sample.rules();
    let lesson = Lesson { rows: &x, target: &target, weight: &weight, rules: &rules };
    // Copies count in full: intervals are to hold rows, not signatures. Rules make the point better but
    // the intervals wider: how far off a claim may be need not grow with it.
    let ones = vec![1.0; rows.len()];
    let each = Lesson { weight: &ones, rules: &[], ..lesson };
    let seed = Random::stream(seed, *task as u64).draw();
    match task % 3 {
        0 => recipe::fit(family, Setting::default(), lesson, &totals, seed),
        1 => recipe::fit_tail(each, recipe::QUANTILES.0, seed),
        _ => recipe::fit_tail(each, recipe::QUANTILES.1, seed),
    }
}

/// The parts by their tasks as models; the first model is the final one.
fn assemble(mut parts: BTreeMap<usize, Stored>, family: Family, totals: &[f64]) -> Result<Fitted, TrainError> {
    let mut documents = Vec::with_capacity(FOLDS + 1);
    for model in 0..=FOLDS {
        let point = parts.remove(&(model * 3)).ok_or_else(|| TrainError::Unsound("no model was fitted".into()))?;
        let tails = parts.remove(&(model * 3 + 1)).zip(parts.remove(&(model * 3 + 2)));
        documents.push(serde_json::to_vec(&Document { point, tails }).map_err(FitError::from)?);
    }
    let mut documents = documents.into_iter();
    let json = documents.next().ok_or_else(|| TrainError::Unsound("no model was fitted".into()))?;
    let input = Input { totals };
    let folds = documents
        .map(|json| decode(BUNDLE_VERSION, family, &json, input))
        .collect::<Result<_, _>>()
        .map_err(TrainError::Unsound)?;
    Ok(Fitted { folds, json })
}
