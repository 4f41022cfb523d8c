//! Choosing a family's setting within the claims it learns from.

use super::{INNER_FOLDS, trial, trial::View};
use crate::{
    families::{Family, FitError},
    train::{Setting, folds, settings},
};

/// The setting with the lowest error in an inner cross-validation over the rows `learn`; families
/// with one setting are not asked.
pub fn choose(view: &View, family: Family, learn: &[usize], seed: u64) -> Result<Setting, FitError> {
    let choices = settings(family);
    if choices.len() < 2 {
        return Ok(Setting::default());
    }
    let groups: Vec<i64> = learn.iter().map(|&i| view.sample.group[i]).collect();
    let inner = folds::deal(&groups, seed ^ 0x1221, INNER_FOLDS);
    let mut best = (f64::INFINITY, Setting::default());
    for setting in choices {
        let mut error = 0.0;
        for fold in 0..INNER_FOLDS {
            let (fit, ask): (Vec<usize>, Vec<usize>) = (0..learn.len()).partition(|&k| inner[k] != fold);
            let rows = |places: &[usize]| places.iter().map(|&k| learn[k]).collect::<Vec<_>>();
            let (fit, ask) = (rows(&fit), rows(&ask));
            let answers = view.predict(family, &setting, &fit, &ask, seed)?;
            error += trial::mae(view.sample, &ask, &answers) * ask.len() as f64;
        }
        if error < best.0 {
            best = (error, setting);
        }
    }
    Ok(best.1)
}
