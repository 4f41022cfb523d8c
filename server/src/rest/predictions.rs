//! `POST /api/v1/predictions`: enter a claim and have it predicted.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use service::claims::create::{Entered, Retry, enter};
use service::claims::document::Document;
use service::claims::{entry, predict};
use service::{Actor, Ctx};
use store::integration;

use super::answer::Prediction;
use super::body::Body;
use super::problem::Problem;

/// Longest idempotency key that is taken.
const LONGEST_KEY: usize = 200;

#[utoipa::path(
    post, path = "/api/v1/predictions", tag = "predictions",
    request_body = super::docs::PredictionRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of up to 200 characters. A retry with the same key and body gets the first answer and enters nothing again.")),
    responses(
        (status = 201, description = "The claim was entered and predicted", body = Prediction),
        (status = 401, description = "The key is missing, wrong or revoked", body = Problem),
        (status = 422, description = "Fields must be corrected; each is named", body = Problem),
        (status = 503, description = "No model is deployed", body = Problem),
    ),
    security(("key" = []))
)]
pub async fn create(Extension(ctx): Extension<Ctx>, headers: HeaderMap, Body(body): Body) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let hash = service_hash(&body);
    if let Some(key) = key
        && let Some(answer) = earlier(&ctx, key, &hash).await?
    {
        return Ok(answer);
    }
    let claim = claim_of(&body)?;
    let today = billing::period::london_date(ctx.now);
    let entry = entry::from_document(&claim, today).map_err(|e| Problem::new(AppError::invalid(e)))?;
    ctx.require_for_claims(Permission::WriteClaims)?;
    let retry = key.map(|idempotency_key| Retry { idempotency_key, request_hash: &hash, render: &render });
    match enter(&ctx, entry, "api", retry).await {
        Ok(entered) => Ok(created(render(&entered), false)),
        // Another request with the same key came first, while this one was under way.
        Err(error) => {
            let problem = Problem::from(error);
            if let (Some(key), 409) = (key, problem.status)
                && let Some(answer) = earlier(&ctx, key, &hash).await?
            {
                return Ok(answer);
            }
            Err(problem)
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= LONGEST_KEY => Ok(Some(key)),
        _ => Err(Problem::refused(ErrorKind::Invalid, "Idempotency-Key must be a text of 1 to 200 characters.")),
    }
}

fn service_hash(body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect()
}

/// The answer that a request with the same key got.
async fn earlier(ctx: &Ctx, key: &str, hash: &str) -> Result<Option<Response>, Problem> {
    let Actor::Key { id } = &ctx.caller.actor else { return Ok(None) };
    let found = integration::answer(ctx.store(), *id, key).await.map_err(service::Error::from)?;
    match found {
        None => Ok(None),
        Some(answer) if answer.request_hash == hash => Ok(Some(created(answer.body, true))),
        Some(_) => Err(Problem::refused(
            ErrorKind::Invalid,
            "This Idempotency-Key was used for another request. Use a new key for each new claim.",
        )),
    }
}

/// The body of a request; a member that stands twice, or is not known, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    claim: Document,
}

fn claim_of(body: &[u8]) -> Result<Document, Problem> {
    serde_json::from_slice::<Posted>(body).map(|posted| posted.claim).map_err(|e| {
        let detail = if e.is_data() {
            format!("Send {{\"claim\": {{ … }}}} and nothing beside it: {e}.")
        } else {
            format!("The body is not valid JSON: {e}.")
        };
        Problem::refused(ErrorKind::Invalid, detail)
    })
}

fn render(entered: &Entered) -> String {
    let answer = entered.prediction.as_ref().map(|(p, name, version)| Prediction::of(p, name, *version));
    serde_json::to_string(&answer).unwrap_or_default()
}

fn created(body: String, replayed: bool) -> Response {
    let replay = if replayed { "true" } else { "false" };
    let headers = [(CONTENT_TYPE, "application/json"), (HeaderName::from_static("idempotency-replayed"), replay)];
    (StatusCode::CREATED, headers, body).into_response()
}

#[utoipa::path(
    get, path = "/api/v1/predictions/{id}", tag = "predictions",
    params(("id" = String, Path, description = "A prediction's id, `prd_…`")),
    responses((status = 200, body = Prediction), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub async fn read(Extension(ctx): Extension<Ctx>, Path(id): Path<String>) -> Result<Json<Prediction>, Problem> {
    ctx.require_for_claims(Permission::ReadClaims)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let found = store::predictions::find(ctx.store(), ctx.caller.reach, id).await.map_err(service::Error::from)?;
    let (name, version) = predict::model_of(&ctx, found.model).await?;
    Ok(Json(Prediction::of(&found, &name, version)))
}
