//! From claims with settlements to a bundle, with an honest account of how good it is.

pub(crate) mod assess;
mod fit;
pub(crate) mod folds;
pub(crate) mod limits;
mod recipe;
mod sample;

use std::collections::BTreeMap;

pub(crate) use fit::side_by_side;
pub use folds::FOLDS;
pub use recipe::{QUANTILES, Setting, describe, fit as fit_point, fit_tail, settings};
pub use sample::Sample;

use crate::{
    bundle::{
        BUNDLE_VERSION, Likeness, Manifest, Metrics, Model, Probes, TARGET_TRANSFORM, Training, libraries, model, pack,
    },
    evaluate::{self, Judged},
    explain::Game,
    families::{Family, FitError, Input},
    features::Precision,
    interval::{Calibration, LEVEL, Method},
    random::Random,
};

/// Rows a bundle carries to explain against, and to prove itself by.
pub(crate) const BACKGROUND: usize = 400;
const PROBES: usize = 50;

/// What to train and what to write into the manifest about it.
#[derive(Debug, Clone)]
pub struct Order {
    pub family: Family,
    pub explanation: Game,
    /// How intervals are made.
    pub method: Method,
    pub name: String,
    pub author: String,
    pub release_notes: String,
    /// RFC 3339; this crate knows no clock.
    pub created: String,
    /// SHA-256 of the data file, in hexadecimal.
    pub data_sha256: String,
    pub seed: u64,
}

/// A trained model.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The `.solm` file.
    pub bundle: Vec<u8>,
    /// As in the bundle, but for the hashes of its files.
    pub manifest: Manifest,
    /// One for each row of the sample, in its order.
    pub held_out: Vec<HeldOut>,
}

/// What a model that had not seen a claim said about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOut {
    /// Of the file the claim was read from.
    pub line: u64,
    pub fold: usize,
    /// Pounds, as the three below.
    pub settlement: f64,
    pub prediction: f64,
    /// Calibrated on the other folds, as is `upper`.
    pub lower: f64,
    pub upper: f64,
}

/// Why nothing was trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("{rows} rows of {claims} claims have a settlement; at least {FEWEST_ROWS} of {FEWEST_CLAIMS} are needed")]
    TooFew { rows: usize, claims: usize },
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error("the fitted model does not pass its own checks: {0}")]
    Unsound(String),
}

/// Fewer rows or claims cannot be split into folds that say anything.
pub(crate) const FEWEST_ROWS: usize = 200;
pub(crate) const FEWEST_CLAIMS: usize = 50;

/// Trains as ordered. `progress` is told each step done, of how many. The same sample and order
/// give the same bundle, whatever the number of threads.
pub fn train(sample: &Sample, order: &Order, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Trained, TrainError> {
    let claims = sample.claims();
    if sample.len() < FEWEST_ROWS || claims < FEWEST_CLAIMS {
        return Err(TrainError::TooFew { rows: sample.len(), claims });
    }
    let folds = folds::assign(sample, order.seed, FOLDS);
    let schema = sample.schema();
    let fitted = fit::all(sample, &folds, order, progress)?;
    let rows = assess::hold_out(sample, &folds, &fitted.folds);
    let scores = rows.iter().map(|r| (r.kind, r.score())).collect::<Vec<_>>();
    let too_few = || TrainError::TooFew { rows: sample.len(), claims };
    let calibration = Calibration::of(order.method, &scores, LEVEL).ok_or_else(too_few)?;
    let held_out = assess::intervals(sample, &folds, &rows, order.method).ok_or_else(too_few)?;

    let manifest = Manifest {
        bundle_version: BUNDLE_VERSION,
        name: order.name.clone(),
        family: order.family,
        libraries: libraries(order.family, BUNDLE_VERSION),
        features: schema.specs(),
        figures: schema.figures,
        target_transform: TARGET_TRANSFORM.into(),
        precision: Precision::Double,
        explanation: order.explanation,
        unlike: None,
        calibration,
        limits: limits::learn(sample, |_| true),
        metrics: assess::metrics(order.family.name(), assess::method(), &held_out, claims),
        baselines: assess::baselines(sample, &folds, claims),
        report: None,
        training: Training { sha256: order.data_sha256.clone(), rows: sample.len(), skipped: sample.skipped, claims },
        recipe: recipe(order),
        author: order.author.clone(),
        release_notes: order.release_notes.clone(),
        created: order.created.clone(),
        files: BTreeMap::new(),
    };
    let judged = assess::judged(sample, &held_out);
    let (bundle, manifest) =
        bundle(sample, manifest, &fitted.json, &judged, order.seed).map_err(TrainError::Unsound)?;
    Ok(Trained { bundle, manifest, held_out })
}

fn recipe(order: &Order) -> BTreeMap<String, String> {
    let (low, high) = recipe::QUANTILES;
    let intervals = match order.method {
        Method::Quantiles => {
            format!("conformalised quantile regression; {}, and the same at {high}", recipe::tail(low).words())
        }
        Method::Mondrian => "conformal around the prediction, by kind of claim".to_owned(),
        Method::Split => "conformal around the prediction, one width for all claims".to_owned(),
    };
    BTreeMap::from([
        ("point".into(), recipe::describe(order.family, Setting::default())),
        ("intervals".into(), intervals),
        ("weight of a row".into(), "one over the square root of its copies".into()),
        ("seed".into(), order.seed.to_string()),
        ("folds".into(), FOLDS.to_string()),
        ("group".into(), "settlement rounded to the pound".into()),
    ])
}

/// Packs the final model with background and probes, and reads the result back as anyone would.
fn bundle(
    sample: &Sample,
    mut manifest: Manifest,
    json: &[u8],
    judged: &[Judged],
    seed: u64,
) -> Result<(Vec<u8>, Manifest), String> {
    let mut order: Vec<usize> = (0..sample.len()).collect();
    Random::stream(seed, 0xba5e).shuffle(&mut order);
    let take = |n: usize, skip: usize| {
        order.iter().cycle().skip(skip).take(n.min(sample.len())).map(|&i| sample.rows[i].clone())
    };
    let background: Vec<Vec<f64>> = take(BACKGROUND, 0).collect();
    let rows: Vec<Vec<f64>> = take(PROBES, BACKGROUND).collect();
    let totals = sample.schema().totals();
    let input = Input { totals: &totals };
    let probes: Probes = model::ask_library(BUNDLE_VERSION, manifest.family, json, input, &rows)?;
    let parts = model::decode(BUNDLE_VERSION, manifest.family, json, input)?;
    manifest.unlike = Likeness::limit(&parts.point, &background);
    let model = Model::new(sample.schema(), parts, &background, manifest.explanation, None)?;
    manifest.report = Some(evaluate::report(judged, model.importance(&background), seed));
    let bytes = pack(manifest.clone(), json, &background, &probes)?;
    crate::Bundle::read(&bytes).map_err(|e| e.to_string())?;
    Ok((bytes, manifest))
}

/// The model's and the baselines' metrics in the order they are shown.
pub fn table(manifest: &Manifest) -> Vec<&Metrics> {
    std::iter::once(&manifest.metrics).chain(&manifest.baselines).collect()
}
