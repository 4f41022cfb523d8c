//! Uploading a bundle (stories 20, 21, 32): validated before anything predicts with it.

use contract::ErrorKind;
use contract::model::{CheckView, UploadOutcome};
use domain::policy::Permission;
use serde_json::json;
use store::models::{self, Model};

use super::{operator, title};
use crate::secret::digest;
use crate::{Ctx, Error, Result, files};

/// Stores a bundle that passes every check. One that fails is refused: its checks are returned, the
/// attempt is in the audit log, and nothing else is kept of it.
pub async fn upload(ctx: &Ctx, bytes: Vec<u8>, notes: &str) -> Result<UploadOutcome> {
    ctx.require(Permission::UploadModels)?;
    let company = match ctx.caller.company {
        Some(company) => company,
        None => operator(ctx).await?,
    };
    let notes = notes.trim();
    if notes.chars().count() > 10_000 {
        return Err(Error::field("notes", "shorten the release notes to 10,000 characters"));
    }
    let hash = digest(&bytes);
    if let Some(same) = models::by_hash(ctx.store(), company, &hash).await? {
        let name = title(&same.name, same.version);
        return Err(Error::refused(
            ErrorKind::Conflict,
            format!("This very bundle is in the registry already, as {name}."),
        ));
    }
    let (validation, bytes) = validate(bytes, ctx.app.limits.bundles.clone()).await?;
    let checks: Vec<CheckView> = validation
        .checks
        .iter()
        .map(|c| CheckView {
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
    };
    models::create(&tx, &model).await?;
    store::files::name(&tx, &file, ctx.now).await?;
    let details = json!({ "name": model.name, "version": model.version, "sha256": model.bundle_hash });
    tx.commit(ctx.audit(Some(company), "model.uploaded", "model", model.id, details)).await?;
    let message = format!("{} passed every check and can be deployed.", title(&model.name, model.version));
    Ok(UploadOutcome { model_id: Some(model.id), checks, message })
}

/// In a thread of its own: a hostile bundle may cost what the caps allow, but no one else's time.
async fn validate(bytes: Vec<u8>, trust: ml::bundle::Trust) -> Result<(ml::bundle::Validation, Vec<u8>)> {
    tokio::task::spawn_blocking(move || (ml::bundle::validate_from(&bytes, &trust), bytes))
        .await
        .map_err(|e| Error::internal(e))
}

async fn refuse(
    ctx: &Ctx,
    company: domain::id::CompanyId,
    hash: &str,
    size: usize,
    checks: Vec<CheckView>,
) -> Result<UploadOutcome> {
    let failed = checks.iter().find(|c| !c.passed);
    let reason = failed.map_or("it could not be read".to_owned(), |c| format!("{}: {}", c.name, c.detail));
    let tx = ctx.begin().await?;
    let details = json!({ "sha256": hash, "bytes": size, "check": failed.map(|c| &c.name) });
    tx.commit(ctx.audit(Some(company), "model.refused", "model", "", details)).await?;
    tracing::warn!(sha256 = hash, "bundle refused");
    Ok(UploadOutcome {
        model_id: None,
        checks,
        message: format!("The bundle is refused. {}", crate::error::sentence(&reason)),
    })
}
