//! `POST /api/v1/predictions`: enter a claim and have it predicted.

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorKind};
use domain::calendar::london_date;
use http::header::HeaderName;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use service::claims::create::{Retry, enter};
use service::claims::document::Document;
use service::claims::entry;

use super::answer::Prediction;
use super::body::Body;
use super::problem::Problem;
use crate::asked::Asked;

/// Longest idempotency key that is taken.
const LONGEST_KEY: usize = 200;

#[utoipa::path(
    post, path = "/api/v1/predictions", tag = "predictions",
    request_body = super::question::PredictionRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of up to 200 characters of ASCII. For 24 hours a retry with the same key and body gets the first answer and enters nothing again, whichever API key of the company it comes with.")),
    responses(
        (status = 201, description = "The claim was entered and predicted", body = Prediction),
        (status = 401, description = "The key is missing, wrong or revoked", body = Problem),
        (status = 422, description = "Fields must be corrected; each is named", body = Problem),
        (status = 503, description = "No model is deployed", body = Problem),
    ),
    security(("key" = []))
)]
pub async fn create(Asked(ctx): Asked, headers: HeaderMap, Body(body): Body) -> Result<Response, Problem> {
    let retry = idempotency_key(&headers)?.map(|key| retry("api", key, &body));
    let claim = claim_of(&body)?;
    let today = london_date(ctx.now);
    let entry = entry::from_document(&claim, today).map_err(|e| Problem::new(AppError::invalid(e)))?;
    let (entered, replayed) = enter(&ctx, entry, "api", retry).await?;
    let answer = entered.prediction.as_ref().map(|(p, name, version)| Prediction::of(p, name, *version));
    let headers = [(HeaderName::from_static("idempotency-replayed"), if replayed { "true" } else { "false" })];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

/// A key of the integration's own has nothing in common with those of our forms.
pub(super) fn retry(call: &str, key: &str, body: &[u8]) -> Retry {
    use sha2::{Digest, Sha256};
    Retry {
        key: format!("{call}:{key}"),
        request_hash: Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect(),
        used: "This Idempotency-Key was used for another request. Use a new key for each new claim.",
    }
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= LONGEST_KEY => Ok(Some(key)),
        _ => {
            Err(Problem::refused(ErrorKind::Invalid, "Idempotency-Key must be a text of 1 to 200 characters of ASCII."))
        }
    }
}

/// The body of a request; a member that stands twice, or is not known, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    claim: Document,
}

/// Goes on only with a JSON object: a list of its members in order would be taken for one.
pub(super) fn object(body: &[u8]) -> Result<(), Problem> {
    match body.trim_ascii_start().first() {
        Some(b'{') => Ok(()),
        _ => Err(Problem::refused(ErrorKind::Invalid, "Send a JSON object as /api/v1/docs shows it.")),
    }
}

fn claim_of(body: &[u8]) -> Result<Document, Problem> {
    object(body)?;
    serde_json::from_slice::<Posted>(body).map(|posted| posted.claim).map_err(|e| {
        let detail = if e.is_data() {
            format!("Send {{\"claim\": {{ … }}}} and nothing beside it: {e}.")
        } else {
            format!("The body is not valid JSON: {e}.")
        };
        Problem::refused(ErrorKind::Invalid, detail)
    })
}

#[utoipa::path(
    get, path = "/api/v1/predictions/{id}", tag = "predictions",
    params(("id" = String, Path, description = "A prediction's id, `prd_…`")),
    responses((status = 200, body = Prediction), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub async fn read(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Json<Prediction>, Problem> {
    let (found, name, version) = service::claims::read::prediction(&ctx, &id).await?;
    Ok(Json(Prediction::of(&found, &name, version)))
}
