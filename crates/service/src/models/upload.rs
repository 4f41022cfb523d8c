//! Uploading a bundle (stories 20, 21, 32): validated before anything predicts with it.

use contract::ErrorKind;
use contract::page::{Asks, Input, Part, Report, Upload};
use contract::table::{Cell, Table, Tone};
use domain::id::{CompanyId, ModelId};
use domain::policy::Permission;
use domain::tier::Capability;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::models::{self, Model};

use super::{operator, title};
use crate::secret::digest;
use crate::{Ctx, Error, Result, files, tiers};

/// A check of a bundle, as it is kept with the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub passed: bool,
    /// It was not run, because an earlier one failed.
    #[serde(default)]
    pub not_run: bool,
    pub detail: String,
}

/// What an upload brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// `None`: it was refused.
    pub model: Option<ModelId>,
    pub checks: Vec<Check>,
    pub message: String,
}

/// The page on which a bundle is uploaded.
pub(crate) async fn page() -> Result<Report> {
    let notes = Input::new("notes", "Release notes", Asks::Words)
        .hint("What changed, on what data, and what to watch. Empty: the notes in the bundle.");
    let upload = Upload {
        to: "model".into(),
        label: "Bundle".into(),
        hint: "A .solm file of “solatium train”, up to 16 MB. It is data: nothing in it is run.".into(),
        accept: ".solm".into(),
        inputs: vec![notes],
        submit: "Upload and validate".into(),
    };
    Ok(Report { parts: vec![Part::Upload(upload)], ..Report::default() })
}

impl Uploaded {
    /// As it is shown below the form.
    pub fn parts(&self) -> Vec<Part> {
        let tone = if self.model.is_some() { Tone::Good } else { Tone::Bad };
        let mut parts = vec![Part::Notice(tone, self.message.clone())];
        if let Some(id) = self.model {
            parts.push(Part::Links(vec![("Open the version".into(), format!("/models/{id}"))]));
        }
        parts.push(Part::Table(table(&self.checks)));
        parts
    }
}

pub(super) fn table(checks: &[Check]) -> Table {
    let mut table = Table::new("Validation", &["Check", "Result", "Detail"], "");
    for check in checks {
        let (words, tone) = match (check.passed, check.not_run) {
            (true, _) => ("Passed", Tone::Good),
            (false, true) => ("Not run", Tone::Plain),
            (false, false) => ("Failed", Tone::Bad),
        };
        table.row(vec![Cell::text(&check.name), Cell::Badge(words.into(), tone), Cell::text(&check.detail)]);
    }
    table
}

/// Stores a bundle that passes every check. One that fails is refused: its checks are returned, the
/// attempt is in the audit log, and nothing else is kept of it.
pub async fn upload(ctx: &Ctx, bytes: Vec<u8>, notes: &str) -> Result<Uploaded> {
    store(ctx, ctx.caller.company, bytes, notes).await
}

/// The same for a company that is named, or for Solatium's own.
pub(crate) async fn store(ctx: &Ctx, company: Option<CompanyId>, bytes: Vec<u8>, notes: &str) -> Result<Uploaded> {
    ctx.require(Permission::UploadModels)?;
    tiers::require(ctx, Capability::OwnModels).await?;
    let company = match company {
        Some(company) => company,
        None => operator(ctx).await?,
    };
    let notes = notes.trim();
    if notes.chars().count() > 10_000 {
        return Err(Error::field("notes", "shorten the release notes to 10,000 characters"));
    }
    let hash = digest(&bytes);
    if let Some(same) = models::by_hash(ctx.store(), company, &hash).await? {
        return Err(known(&same));
    }
    let (validation, bytes) = validate(bytes, ctx.app.limits.bundles.clone()).await?;
    let checks: Vec<Check> = validation
        .checks
        .iter()
        .map(|c| Check {
            name: c.name.clone(),
            passed: c.passed,
            not_run: c.detail == ml::bundle::NOT_RUN,
            detail: c.detail.clone(),
        })
        .collect();
    let Some(bundle) = validation.bundle else {
        return refuse(ctx, company, &hash, bytes.len(), checks).await;
    };
    let manifest = bundle.manifest();
    let notes = if notes.is_empty() { manifest.release_notes.clone() } else { notes.to_owned() };
    // The bytes first: whoever finds the model finds its bundle.
    let file = files::put(&ctx.app, company, "bundle", &bytes).await?;
    let tx = ctx.begin().await?;
    // Of the same bundle at once one is kept: who comes second waits here, and then sees the first.
    ::store::stamps::bump(&tx).await?;
    if let Some(same) = models::by_hash(&tx, company, &hash).await? {
        return Err(known(&same));
    }
    let model = Model {
        id: ctx.id(),
        company,
        name: manifest.name.clone(),
        version: models::next_version(&tx, company, &manifest.name).await?,
        family: manifest.family.to_string(),
        bundle_hash: hash,
        size_bytes: bytes.len() as i64,
        manifest: serde_json::to_string(manifest)?,
        checks: serde_json::to_string(&checks)?,
        notes,
        uploaded_by: ctx.caller.actor.name(),
        uploaded_at: ctx.now,
        approved: None,
    };
    models::create(&tx, &model).await?;
    ::store::files::name(&tx, &file, ctx.now).await?;
    super::measure::order(ctx, &tx, &model).await?;
    let details = json!({ "name": model.name, "version": model.version, "sha256": model.bundle_hash });
    tx.commit(ctx.audit(Some(company), "model.uploaded", "model", model.id, details)).await?;
    let message = format!(
        "{} passed every check. Somebody else has to approve it before it is deployed.",
        title(&model.name, model.version)
    );
    Ok(Uploaded { model: Some(model.id), checks, message })
}

fn known(same: &Model) -> Error {
    let name = title(&same.name, same.version);
    Error::refused(ErrorKind::Conflict, format!("This very bundle is in the registry already, as {name}."))
}

/// In a thread of its own: a hostile bundle may cost what the caps allow, but no one else's time.
async fn validate(bytes: Vec<u8>, trust: ml::bundle::Trust) -> Result<(ml::bundle::Validation, Vec<u8>)> {
    tokio::task::spawn_blocking(move || (ml::bundle::validate_from(&bytes, &trust), bytes))
        .await
        .map_err(|e| Error::internal(e))
}

async fn refuse(ctx: &Ctx, company: CompanyId, hash: &str, size: usize, checks: Vec<Check>) -> Result<Uploaded> {
    let failed = checks.iter().find(|c| !c.passed);
    let reason = failed.map_or("it could not be read".to_owned(), |c| format!("{}: {}", c.name, c.detail));
    let tx = ctx.begin().await?;
    let details = json!({ "sha256": hash, "bytes": size, "check": failed.map(|c| &c.name) });
    tx.commit(ctx.audit(Some(company), "model.refused", "model", "", details)).await?;
    tracing::warn!(sha256 = hash, "bundle refused");
    Ok(Uploaded { model: None, checks, message: format!("The bundle is refused. {}", crate::error::sentence(&reason)) })
}
