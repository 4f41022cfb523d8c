//! Every check a bundle must pass before it answers, in the order that keeps each one safe.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{
    Bundle, Contents, Manifest,
    archive::{self, Archive},
    manifest::{BUNDLE_VERSION, OLDEST_VERSION, TARGET_TRANSFORM, libraries},
    model::{self, BACKGROUND_ROWS, Model, Number, Parts, Probes, known, rows_fault},
    sign::{PublicKey, Trust, verify},
};
use crate::{
    families::{Family, Input},
    features::{Feature, Precision, Schema},
    interval::LEVEL,
};

/// The outcome of a validation.
#[derive(Debug, Clone)]
pub struct Validation {
    /// All checks, in order; those after the first failure are not run and say so.
    pub checks: Vec<Check>,
    /// Present if and only if all checks passed.
    pub bundle: Option<Bundle>,
}

/// One check with its result, in words for an engineer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    pub passed: bool,
    pub detail: String,
}

/// The checks in the order they are run.
const CHECKS: [&str; 13] = [
    "size",
    "archive",
    "signature",
    "manifest",
    "versions",
    "feature schema",
    "hashes",
    "calibration and limits",
    "model structure",
    "background",
    "explanation cost",
    "probes",
    "explanations",
];

/// Runs every check on the bytes of a bundle, whoever signed it. Never panics, and ends in bounded
/// time and memory.
pub fn validate(bytes: &[u8]) -> Validation {
    validate_from(bytes, &Trust::Anyone)
}

/// The same, and the bundle must come from those that are trusted.
pub fn validate_from(bytes: &[u8], trust: &Trust) -> Validation {
    let mut log = Log(Vec::with_capacity(CHECKS.len()));
    let bundle = run(bytes, trust, &mut log).ok();
    for name in CHECKS.iter().skip(log.0.len()) {
        log.0.push(Check { name: (*name).into(), passed: false, detail: NOT_RUN.into() });
    }
    Validation { checks: log.0, bundle }
}

/// The detail of a check that was not run.
pub const NOT_RUN: &str = "not run: an earlier check failed";

struct Log(Vec<Check>);

/// A check failed; the log says which and why.
struct Stopped;

impl Log {
    /// Notes the result of the next check: the detail, and what the following checks go on with.
    fn note<T>(&mut self, result: Result<(T, String), String>) -> Result<T, Stopped> {
        let name = CHECKS[self.0.len().min(CHECKS.len() - 1)].to_owned();
        match result {
            Ok((value, detail)) => {
                self.0.push(Check { name, passed: true, detail });
                Ok(value)
            }
            Err(detail) => {
                self.0.push(Check { name, passed: false, detail });
                Err(Stopped)
            }
        }
    }
}

fn run(bytes: &[u8], trust: &Trust, log: &mut Log) -> Result<Bundle, Stopped> {
    log.note(size(bytes))?;
    let files = log.note(Archive::read(bytes).map(|files| (files, "four files within their size limits".into())))?;
    let signer = log.note(signature(&files, trust))?;
    let manifest = log.note(read_manifest(&files.manifest))?;
    log.note(versions(&manifest))?;
    let schema = log.note(schema(&manifest))?;
    log.note(hashes(&manifest, &files))?;
    log.note(calibration(&manifest))?;
    let totals = schema.totals();
    let input = Input { totals: &totals };
    let (json, parts) = log.note(structure(&manifest, &files.model, input))?;
    let background = log.note(background(&files.background, &schema))?;
    let model = log.note(cost(&manifest, &schema, &parts, &background))?;
    let probes = log.note(probes(&manifest, &json, &files.probes, &parts, &schema))?;
    log.note(explanations(&model, &probes))?;
    Ok(Bundle(std::sync::Arc::new(Contents { manifest, model, signer })))
}

fn size(bytes: &[u8]) -> Result<((), String), String> {
    if bytes.len() as u64 > archive::PACKED_LIMIT {
        return Err(format!("{} bytes; at most {} are taken", bytes.len(), archive::PACKED_LIMIT));
    }
    Ok(((), format!("{} bytes", bytes.len())))
}

fn signature(files: &Archive, trust: &Trust) -> Result<(Option<PublicKey>, String), String> {
    match verify(files, trust) {
        Ok(None) => Ok((None, "not signed, and need not be".into())),
        Ok(Some(signer)) => Ok((Some(signer), format!("by {}", signer.to_hex()))),
        Err(error) => Err(error.to_string()),
    }
}

fn read_manifest(bytes: &[u8]) -> Result<(Manifest, String), String> {
    // The version first, so that a bundle of a later layout is told from a broken one.
    #[derive(serde::Deserialize)]
    struct Version {
        bundle_version: u32,
    }
    let found: Version = serde_json::from_slice(bytes).map_err(|e| format!("not a manifest: {e}"))?;
    if !(OLDEST_VERSION..=BUNDLE_VERSION).contains(&found.bundle_version) {
        let known = format!("this release reads versions {OLDEST_VERSION} to {BUNDLE_VERSION}");
        return Err(format!("bundle version {}; {known}", found.bundle_version));
    }
    let manifest: Manifest = serde_json::from_slice(bytes)
        .map_err(|e| format!("not a manifest of version {}: {e}", found.bundle_version))?;
    sane(&manifest)?;
    let detail = format!("{} ({}), in the bundle’s layout {}", manifest.name, manifest.family, manifest.bundle_version);
    Ok((manifest, detail))
}

/// In characters.
const LONGEST_NAME: usize = 80;
const LONGEST_AUTHOR: usize = 200;
const LONGEST_NOTES: usize = 10_000;
/// Pounds: no error of a claim is larger.
const LARGEST_ERROR: f64 = 10_000_000.0;
const MOST_CLAIMS: usize = 1_000_000_000;

/// Whether what the manifest says of itself can be: names that can be read, figures that can be.
fn sane(manifest: &Manifest) -> Result<(), String> {
    let unseen = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let name = &manifest.name;
    if name.chars().count() > LONGEST_NAME || name.chars().any(unseen) || !name.chars().any(char::is_alphanumeric) {
        return Err(format!("its name must have 1 to {LONGEST_NAME} characters that can be seen"));
    }
    if manifest.author.chars().count() > LONGEST_AUTHOR || manifest.release_notes.chars().count() > LONGEST_NOTES {
        return Err(format!("the author may have {LONGEST_AUTHOR} characters, the release notes {LONGEST_NOTES}"));
    }
    let m = &manifest.metrics;
    let errors = [m.mae, m.median_ae, m.rmse, m.interval.mean_width];
    if !errors.iter().all(|e| (0.0..=LARGEST_ERROR).contains(e)) {
        return Err("an error in its figures is negative, no number, or more than £10,000,000".into());
    }
    if !(0.0..=1.0).contains(&m.interval.coverage) || m.rows > MOST_CLAIMS || m.claims > m.rows.max(1) {
        return Err("the coverage or the number of claims in its figures cannot be".into());
    }
    Ok(())
}

fn versions(manifest: &Manifest) -> Result<((), String), String> {
    let expected = libraries(manifest.family, manifest.bundle_version);
    let list = |libraries: &[super::Library]| {
        libraries.iter().map(|l| format!("{} {}", l.name, l.version)).collect::<Vec<_>>().join(", ")
    };
    if manifest.libraries != expected {
        return Err(format!("serialised with {}; this release reads {}", list(&manifest.libraries), list(&expected)));
    }
    let detail = if expected.is_empty() { "read by this release itself".to_owned() } else { list(&expected) };
    Ok(((), detail))
}

fn schema(manifest: &Manifest) -> Result<(Schema, String), String> {
    let schema = Schema::read(&manifest.features, manifest.precision, &manifest.figures)?;
    if schema.is_empty() || schema.len() > usize::from(u16::MAX) {
        return Err(format!("{} features", schema.len()));
    }
    let features = schema.features();
    // An imported model may answer with the settlement itself; all others need every head.
    if let Some(missing) = Feature::all().into_iter().find(|f| matches!(f, Feature::Amount(_)) && !features.contains(f))
        && manifest.family != Family::Imported
    {
        return Err(format!("the target transform needs feature {}", missing.name()));
    }
    if manifest.target_transform != TARGET_TRANSFORM {
        return Err(format!("target transform {:?} is not known", manifest.target_transform));
    }
    let detail = format!("{} features, all known", schema.len());
    Ok((schema, detail))
}

fn hashes(manifest: &Manifest, files: &Archive) -> Result<((), String), String> {
    let found = files.hashes();
    if manifest.files.len() != found.len() {
        return Err(format!("{} hashes for {} files", manifest.files.len(), found.len()));
    }
    for (name, hash) in found {
        match manifest.files.get(name) {
            Some(declared) if *declared == hash => {}
            Some(declared) => return Err(format!("{name} has SHA-256 {hash}, the manifest says {declared:.64}")),
            None => return Err(format!("the manifest has no hash of {name}")),
        }
    }
    Ok(((), "SHA-256 of every file as the manifest says".into()))
}

fn calibration(manifest: &Manifest) -> Result<((), String), String> {
    let calibration = &manifest.calibration;
    if let Some(fault) = calibration.fault().or_else(|| manifest.limits.fault()) {
        return Err(fault);
    }
    if calibration.level != LEVEL {
        return Err(format!("intervals of level {}; {LEVEL} is shown", calibration.level));
    }
    Ok(((), format!("{} scores, {} groups of claims", calibration.all.scores, calibration.groups.len())))
}

fn structure(manifest: &Manifest, model: &[u8], input: Input) -> Result<((Vec<u8>, Parts), String), String> {
    let json = archive::decompress(model)?;
    let parts = model::decode(manifest.bundle_version, manifest.family, &json, input)?;
    if parts.tails.is_some() == manifest.calibration.method.is_around_the_point() {
        return Err("quantile models and a calibration that does not use them, or the other way round".into());
    }
    let tails = parts.tails.iter().flat_map(|t| [&t.lower, &t.upper]);
    let forests: Vec<_> = std::iter::once(&parts.point).chain(tails).flat_map(|served| served.forests()).collect();
    let trees: usize = forests.iter().map(|f| f.trees()).sum();
    let nodes: usize = forests.iter().map(|f| f.size()).sum();
    let depth = forests.iter().map(|f| f.depth()).max().unwrap_or(0);
    let point = if parts.point.forests().all(|f| f.trees() == 0) { "a linear model, whose range takes " } else { "" };
    Ok(((json, parts), format!("{point}{trees} trees, {nodes} nodes, at most {depth} splits deep, all finite")))
}

fn background(bytes: &[u8], schema: &Schema) -> Result<(Vec<Vec<f64>>, String), String> {
    let rows: Vec<Vec<Number>> = serde_json::from_slice(bytes).map_err(|e| format!("not rows of numbers: {e}"))?;
    match rows_fault(&rows, schema, BACKGROUND_ROWS) {
        Some(fault) => Err(fault),
        None => Ok((known(&rows), format!("{} rows", rows.len()))),
    }
}

fn cost(
    manifest: &Manifest,
    schema: &Schema,
    parts: &Parts,
    background: &[Vec<f64>],
) -> Result<(Model, String), String> {
    let model = Model::new(schema.clone(), parts.clone(), background, manifest.explanation, manifest.unlike)?;
    let base = model.explainer.base();
    if !base.is_finite() {
        return Err("the mean prediction is not finite".into());
    }
    Ok((model, format!("within its limit; mean prediction £{base:.2}")))
}

/// How far two answers to a probe may lie apart, relative to their size, to the sum of the heads or
/// to £1. What a library of single precision answered is known no better than that: it adds up some
/// hundred terms, each of which may lose half of 2⁻²³ of the sum, and where the answer is the
/// exponential of the sum (some 7), that error counts in full.
pub(crate) fn agreement(precision: Precision, parts: &Parts) -> f64 {
    let tails = parts.tails.iter().flat_map(|t| [&t.lower, &t.upper]);
    let exponential = std::iter::once(&parts.point).chain(tails).any(|model| !model.exponentials.is_empty());
    match precision {
        Precision::Double => 1e-9,
        Precision::Single if exponential => 1e-4,
        Precision::Single => 1e-5,
    }
}

fn probes(
    manifest: &Manifest,
    json: &[u8],
    bytes: &[u8],
    parts: &Parts,
    schema: &Schema,
) -> Result<(Probes, String), String> {
    let expected: Probes = serde_json::from_slice(bytes).map_err(|e| format!("not probes: {e}"))?;
    if let Some(fault) = expected.fault(schema, parts.tails.is_some()) {
        return Err(fault);
    }
    let (totals, rows) = (schema.totals(), known(&expected.rows));
    let input = Input { totals: &totals };
    let ours = expected.answered_by(parts);
    let worst = expected
        .compare(&ours, agreement(manifest.precision, parts), input)
        .map_err(|e| format!("our layout against the bundle: {e}"))?;
    // The mirrors have passed the same bytes, so the library should not panic; if it does, that is
    // the bundle's failure and not the service's.
    let ask = || model::ask_library(manifest.bundle_version, manifest.family, json, input, &rows);
    let library = catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|_| Err("the library panicked".into()))?;
    let library = ours.compare(&library, 1e-9, input).map_err(|e| format!("the library against our layout: {e}"))?;
    let worst = worst.max(library);
    let detail = format!("{} rows answered alike by the library and our layout, to {worst:.1e}", expected.rows.len());
    Ok((expected, detail))
}

fn explanations(model: &Model, probes: &Probes) -> Result<((), String), String> {
    let mut worst: f64 = 0.0;
    let mut error: f64 = 0.0;
    for row in known(&probes.rows).iter().take(EXPLAINED) {
        let explanation = model.explainer.explain(row);
        let prediction = model.point.predict(row);
        let sum = explanation.base + explanation.phi.iter().sum::<f64>();
        let apart = (sum - prediction).abs() / prediction.abs().max(1.0);
        if apart.is_nan() || apart > 1e-6 {
            return Err(format!("contributions miss the prediction {prediction} by a share of {apart}"));
        }
        worst = worst.max(apart);
        error = error.max(explanation.error);
    }
    let sampled =
        if error > 0.0 { format!("; sampled, with a standard error of up to £{error:.2}") } else { String::new() };
    Ok(((), format!("contributions add up to the prediction, to {worst:.1e}{sampled}")))
}

/// Probes that are explained: a sampled explanation takes its time.
const EXPLAINED: usize = 20;
