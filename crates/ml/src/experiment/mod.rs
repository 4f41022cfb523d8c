//! The whole methodology on a file of claims: what is in it, which family predicts it best, how sure
//! that is, where it fails and for whom, and whether to use it.
//!
//! Everything is measured on claims the model had not seen, in folds by claim. Where a setting is
//! chosen, it is chosen within the claims learnt from (nested cross-validation; Cawley and Talbot
//! 2010). Intervals of figures and of differences are bootstraps over claims.

mod ablation;
mod audit;
mod copies;
mod findings;
mod intervals;
mod recommend;
mod tournament;
mod trial;
mod tuning;

pub use copies::Copies;
pub use findings::{
    Ablation, Coverage, Entry, FairGroup, Fairness, Findings, IntervalMethod, Leak, LearningPoint, ProxyFinding,
    Residuals, Separation, Settings,
};
pub use recommend::{Criterion, Recommendation, Verdict};

use crate::{
    evaluate,
    families::{Family, FitError},
    train::{Sample, folds, side_by_side},
};
use tournament::Tournament;
use trial::View;

/// The rule a model must beat, and the rule that uses no claim at all.
pub const SUM_OF_HEADS: &str = "sum of the heads";
pub const MEDIAN: &str = "median settlement";

/// Folds of the outer and of the inner cross-validation.
pub const FOLDS: usize = 5;
pub const INNER_FOLDS: usize = 3;

/// Why there are no findings.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    #[error("{rows} rows of {claims} claims have a settlement; at least 300 of 100 are needed")]
    TooFew { rows: usize, claims: usize },
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error("the audit for fairness: {0}")]
    Fairness(String),
}

/// Runs the experiment. `progress` is told what was done, and how many steps of how many. The same
/// sample and settings give the same findings, whatever the number of threads.
pub fn run(
    sample: &Sample,
    settings: &Settings,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Findings, ExperimentError> {
    let claims = sample.claims();
    if sample.len() < 300 || claims < 100 {
        return Err(ExperimentError::TooFew { rows: sample.len(), claims });
    }
    let folds: Vec<Vec<usize>> =
        (0..settings.repeats as u64).map(|r| folds::assign(sample, settings.seed + r, FOLDS)).collect();
    let tournament = tournament(sample, settings, &folds, progress)?;
    let best = tournament.best();
    let (entries, predictions) = tournament.entries(sample, settings);
    let ablations = ablation::run(sample, settings, best, &folds, progress)?;
    let learning = ablation::learning_curve(sample, settings, best, progress)?;
    let leak = ablation::leak(sample, settings, best, &predictions, progress)?;
    let outcome = intervals::compare(sample, settings, best, &folds[0], progress)?;
    let importance = Vec::new();
    let report = evaluate::report(&outcome.judged, importance, settings.seed);
    let fairness = audit::fairness(sample, &outcome.judged, settings)?;
    let residuals = audit::residuals(sample, &outcome.judged);
    let mut findings = Findings {
        settings: settings.clone(),
        copies: copies::count(sample),
        leak,
        best,
        entries,
        ablations,
        learning,
        intervals: outcome.methods,
        report,
        fairness,
        residuals,
        recommendation: Recommendation::none(),
    };
    findings.recommendation = recommend::recommend(&findings);
    Ok(findings)
}

/// Every family and rule in every fold of every repeat.
fn tournament(
    sample: &Sample,
    settings: &Settings,
    folds: &[Vec<usize>],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Tournament, ExperimentError> {
    let view = View::of(sample);
    let tasks: Vec<(Family, usize, usize)> = settings
        .families
        .iter()
        .flat_map(|&family| (0..folds.len()).flat_map(move |r| (0..FOLDS).map(move |fold| (family, r, fold))))
        .collect();
    let step = |done, of| progress("cross-validating the families", done, of);
    let answers = side_by_side(&tasks, &step, |&(family, repeat, fold)| {
        let (learn, ask) = trial::split(&folds[repeat], fold);
        let seed = settings.seed + repeat as u64;
        let setting = tuning::choose(&view, family, &learn, seed)?;
        let answers = view.predict(family, &setting, &learn, &ask, seed * 31 + fold as u64)?;
        Ok::<_, FitError>((ask, answers, setting))
    });
    let mut tournament = Tournament::new(sample, folds);
    for ((family, repeat, _), answer) in tasks.into_iter().zip(answers) {
        let (ask, answers, setting) = answer?;
        tournament.note(family, repeat, &ask, &answers, setting);
    }
    Ok(tournament)
}
