//! `POST /api/v1/predictions/batch`: many claims of one call.

use axum::Json;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorKind};
use domain::calendar::london_date;
use http::HeaderMap;
use http::header::HeaderName;
use serde::{Deserialize, Serialize};
use service::claims::document::Document;
use service::claims::{batch, entry};
use utoipa::ToSchema;

use super::answer::Prediction;
use super::body::Body;
use super::predictions::{idempotency_key, object, retry};
use super::problem::Problem;
use crate::asked::Asked;

/// A thousand claims are some 700 KB.
pub const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// The body of a call; a member that stands twice, or is not known, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    claims: Vec<Document>,
}

/// What became of the claims, in their order.
#[derive(Serialize, ToSchema)]
pub struct BatchAnswer {
    pub results: Vec<BatchResult>,
}

/// Of one claim: its prediction, or why it was not entered.
#[derive(Serialize, ToSchema)]
pub struct BatchResult {
    /// Its place in the call, from 0.
    pub index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prediction: Option<Prediction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

#[utoipa::path(
    post, path = "/api/v1/predictions/batch", tag = "predictions",
    request_body = super::question::BatchRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "As for one claim, for the whole call.")),
    responses(
        (status = 200, description = "Each claim was entered and predicted, or has its problem", body = BatchAnswer),
        (status = 401, description = "The key is missing, wrong or revoked", body = Problem),
        (status = 413, description = "More than 1,000 claims, or 4 MB", body = Problem),
        (status = 422, description = "The body cannot be read", body = Problem),
        (status = 503, description = "No model is deployed", body = Problem),
    ),
    security(("key" = []))
)]
pub async fn create(Asked(ctx): Asked, headers: HeaderMap, Body(body): Body) -> Result<Response, Problem> {
    let retry = idempotency_key(&headers)?.map(|key| retry("batch", key, &body));
    let today = london_date(ctx.now);
    let read = move || -> Result<Vec<Result<entry::Entry, AppError>>, Problem> {
        object(&body)?;
        let posted: Posted = serde_json::from_slice(&body).map_err(|e| {
            Problem::refused(
                ErrorKind::Invalid,
                format!("Send {{\"claims\": [{{ … }}, …]}} and nothing beside it: {e}."),
            )
        })?;
        if posted.claims.len() > batch::MOST {
            let words =
                format!("A call takes {} claims and this one has {}. Divide it.", batch::MOST, posted.claims.len());
            return Err(Problem::refused(ErrorKind::TooLarge, words));
        }
        Ok(posted.claims.iter().map(|c| entry::from_document(c, today).map_err(AppError::invalid)).collect())
    };
    // Megabytes of text are read aside.
    let entries = tokio::task::spawn_blocking(read).await.map_err(service::Error::internal)??;
    let (results, replayed) = batch::enter(&ctx, entries, retry).await?;
    let results = results
        .into_iter()
        .enumerate()
        .map(|(index, result)| match result {
            Ok((p, name, version)) => {
                BatchResult { index, prediction: Some(Prediction::of(&p, &name, version)), problem: None }
            }
            Err(problem) => BatchResult { index, prediction: None, problem: Some(Problem::new(problem)) },
        })
        .collect();
    let headers = [(HeaderName::from_static("idempotency-replayed"), if replayed { "true" } else { "false" })];
    Ok((headers, Json(BatchAnswer { results })).into_response())
}
