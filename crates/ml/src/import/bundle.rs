//! From models of other trainers to a bundle, with an honest account of how good they are.

mod measure;

use std::collections::BTreeMap;

use measure::{background, measure, method};

use super::{ImportError, Mapping, Probes, Raw};
use crate::{
    bundle::{
        self, BUNDLE_VERSION, Likeness, Manifest, TARGET_TRANSFORM, Training, agreement, libraries,
        model::{self, Document, PROBE_ROWS, Parts, decode, pack},
    },
    data::ParsedFile,
    evaluate,
    explain::Game,
    families::{
        Family, Input, Stored,
        imported::{self, Target},
    },
    features::{Feature, InputColumn, Schema},
    train::{FEWEST_CLAIMS, FEWEST_ROWS, FOLDS, HeldOut, Sample, assess, limits},
};

/// What to import and what to write into the manifest about it.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    pub point: Raw,
    /// Lower and upper quantile model, over the same inputs and of the same target.
    pub tails: Option<(Raw, Raw)>,
    pub mapping: &'a Mapping,
    pub target: Target,
    /// Settled claims that none of the models has seen.
    pub claims: &'a ParsedFile,
    /// SHA-256 of their file, in hexadecimal.
    pub claims_sha256: String,
    pub probes: &'a Probes,
    pub explanation: Game,
    pub name: String,
    pub author: String,
    pub release_notes: String,
    /// RFC 3339; this crate knows no clock.
    pub created: String,
    pub seed: u64,
}

/// An imported model.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The `.solm` file.
    pub bundle: Vec<u8>,
    /// As in the bundle, but for the hashes of its files.
    pub manifest: Manifest,
    /// What the model said of the claims, in their order.
    pub held_out: Vec<HeldOut>,
    /// The largest difference from the exporter's answers to the probes, relative to the largest of the
    /// answer, the sum of the heads and £1.
    pub apart: f64,
}

/// Background claims that are explained for the report.
const EXPLAINED: usize = 100;

/// Makes a bundle. The same order gives the same bytes.
pub fn bundle(order: &Order) -> Result<Imported, ImportError> {
    let schema = schema(order)?;
    let totals = schema.totals();
    let input = Input { totals: &totals };
    let json = document(order, &schema)?;
    let parts = decode(BUNDLE_VERSION, Family::Imported, &json, input).map_err(ImportError::Unsupported)?;
    let (probes, apart) = probes(order, &schema, &parts)?;

    let sample = Sample::of(order.claims);
    let claims = sample.claims();
    if sample.len() < FEWEST_ROWS || claims < FEWEST_CLAIMS {
        return Err(ImportError::Claims(format!(
            "{} rows of {claims} claims have a settlement; give at least {FEWEST_ROWS} of {FEWEST_CLAIMS} that the model has not seen",
            sample.len()
        )));
    }
    let rows: Vec<Vec<f64>> = sample.recovered.iter().map(|claim| schema.row(claim)).collect();
    let measured = measure(order, &sample, &rows, &parts, input)?;
    let background = background(&rows, order.seed);
    let judged = assess::judged(&sample, &measured.held_out);
    let model = bundle::Model::new(schema.clone(), parts.clone(), &background, order.explanation, None);
    // Explained only: an explanation under a logarithmic link is sampled and takes its time.
    let importance = model.map_err(ImportError::Unsound)?.importance(&background[..background.len().min(EXPLAINED)]);
    let manifest = Manifest {
        bundle_version: BUNDLE_VERSION,
        name: order.name.clone(),
        family: Family::Imported,
        libraries: libraries(Family::Imported, BUNDLE_VERSION),
        features: schema.specs(),
        figures: schema.figures.clone(),
        target_transform: TARGET_TRANSFORM.into(),
        precision: schema.precision,
        explanation: order.explanation,
        unlike: Likeness::limit(&parts.point, &background),
        calibration: measured.calibration,
        limits: limits::learn(&sample, |_| true),
        metrics: assess::metrics(Family::Imported.name(), method(), &measured.held_out, claims),
        baselines: assess::baselines(&sample, &measured.folds, claims),
        report: Some(evaluate::report(&judged, importance, order.seed)),
        training: Training { sha256: order.claims_sha256.clone(), rows: sample.len(), skipped: sample.skipped, claims },
        recipe: recipe(order),
        author: order.author.clone(),
        release_notes: order.release_notes.clone(),
        created: order.created.clone(),
        files: BTreeMap::new(),
    };
    let bytes = pack(manifest.clone(), &json, &background, &probes).map_err(ImportError::Unsound)?;
    bundle::Bundle::read(&bytes).map_err(|e| ImportError::Unsound(e.to_string()))?;
    Ok(Imported { bundle: bytes, manifest, held_out: measured.held_out, apart })
}

/// The inputs as features; for a residual also the heads that only the sum is made of.
fn schema(order: &Order) -> Result<Schema, ImportError> {
    let point = &order.point;
    for (name, tail) in order.tails.iter().flat_map(|(lower, upper)| [("lower", lower), ("upper", upper)]) {
        if tail.count != point.count || (tail.inputs.is_some() && point.inputs.is_some() && tail.inputs != point.inputs)
        {
            return Err(ImportError::Mapping(format!(
                "the {name} model has other inputs than the point model: train all three on the same columns"
            )));
        }
        if tail.precision != point.precision {
            return Err(ImportError::Mapping(format!(
                "the {name} model reckons in another precision than the point model: export all three from one library"
            )));
        }
    }
    let mut schema = order.mapping.schema(point, point.precision)?;
    if order.target == Target::Residual {
        let present = schema.features();
        let amounts = Feature::all().into_iter().filter(|f| matches!(f, Feature::Amount(_)) && !present.contains(f));
        schema.columns.extend(amounts.map(|feature| InputColumn { feature, keeps_unknown: false }));
    }
    Ok(schema)
}

/// `model.json`.
fn document(order: &Order, schema: &Schema) -> Result<Vec<u8>, ImportError> {
    let unsound = |e: &dyn std::fmt::Display| ImportError::Unsound(e.to_string());
    let stored = |raw: &Raw| {
        let mut coefficients = raw.coefficients.clone();
        coefficients.resize(schema.len(), 0.0);
        let model = imported::Imported {
            source: raw.source.clone(),
            link: raw.link,
            target: order.target,
            intercept: raw.intercept,
            coefficients,
            trees: raw.trees.clone(),
        };
        Stored::new(Family::Imported, &model).map_err(|e| unsound(&e))
    };
    let tails = match &order.tails {
        Some((lower, upper)) => Some((stored(lower)?, stored(upper)?)),
        None => None,
    };
    serde_json::to_vec(&Document { point: stored(&order.point)?, tails }).map_err(|e| unsound(&e))
}

/// The exporter's rows and answers as the bundle holds them, and how far ours are from the latter.
/// All are compared; at most as many as a bundle takes are kept.
fn probes(order: &Order, schema: &Schema, parts: &Parts) -> Result<(model::Probes, f64), ImportError> {
    let given = order.probes;
    let rows = given.for_schema(&order.point, schema)?;
    let n = rows.len();
    if given.prediction.len() != n || [&given.lower, &given.upper].iter().any(|a| order.tails.is_some() && a.len() != n)
    {
        let needed = if order.tails.is_some() { "prediction, lower and upper" } else { "prediction" };
        return Err(ImportError::Probes(format!("not every row has an answer: write the columns {needed}")));
    }
    let totals = schema.totals();
    let input = Input { totals: &totals };
    let relative = |answers: &Vec<f64>| -> Vec<f64> {
        let of = |(answer, row): (&f64, &Vec<f64>)| match order.target {
            Target::Settlement => answer - input.total(row),
            Target::Residual => *answer,
        };
        answers.iter().zip(&rows).map(of).collect()
    };
    let tail = |answers: &Vec<f64>| if order.tails.is_some() { relative(answers) } else { Vec::new() };
    let all = model::Probes {
        point: relative(&given.prediction),
        lower: tail(&given.lower),
        upper: tail(&given.upper),
        rows: model::stored(&rows),
    };
    let apart = all.compare(&all.answered_by(parts), agreement(schema.precision, parts), input).map_err(|e| {
        ImportError::Probes(format!(
            "{e} (less the sum of the heads, where the target is the settlement). Either the predictions are of another model, or the rows were prepared otherwise: check the mapping, the columns and unknown values"
        ))
    })?;
    let every = n.div_ceil(*PROBE_ROWS.end()).max(1);
    let thin = |answers: Vec<f64>| answers.into_iter().step_by(every).collect();
    let kept = model::Probes {
        rows: all.rows.into_iter().step_by(every).collect(),
        point: thin(all.point),
        lower: thin(all.lower),
        upper: thin(all.upper),
    };
    Ok((kept, apart))
}

fn recipe(order: &Order) -> BTreeMap<String, String> {
    let tail = |of: fn(&(Raw, Raw)) -> &Raw| order.tails.as_ref().map(|tails| of(tails).source.clone());
    let intervals = match &order.tails {
        Some(_) => "conformalised quantile regression on the claims measured on",
        None => "around the prediction, conformal by kind of claim, on the claims measured on",
    };
    let target = match order.target {
        Target::Settlement => "settlement",
        Target::Residual => "settlement minus the sum of the heads",
    };
    let lines = [
        ("point", Some(order.point.source.clone())),
        ("lower", tail(|tails| &tails.0)),
        ("upper", tail(|tails| &tails.1)),
        ("intervals", Some(intervals.into())),
        ("target", Some(target.into())),
        (
            "data",
            Some(
                "rows, claims and SHA-256 are those of the claims measured on; the training data are not known here"
                    .into(),
            ),
        ),
        ("seed", Some(order.seed.to_string())),
        ("folds", Some(FOLDS.to_string())),
        ("group", Some("settlement rounded to the pound".into())),
    ];
    lines.into_iter().filter_map(|(name, words)| Some((name.to_owned(), words?))).collect()
}
