//! Errors as RFC 9457 problem documents.

use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorKind};
use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with one field of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Name of the member of the claim or decision.
    #[schema(example = "accident_date")]
    pub field: String,
    /// How to mend it.
    #[schema(example = "Give a date as year-month-day, such as 2026-03-31.")]
    pub message: String,
}

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/api/v1/docs#invalid")]
    pub kind: String,
    pub title: String,
    #[schema(example = 422)]
    pub status: u16,
    pub detail: String,
    /// One entry for each field that must be corrected.
    pub errors: Vec<FieldProblem>,
}

impl Problem {
    pub fn new(error: AppError) -> Problem {
        let name =
            serde_json::to_value(error.kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        Problem {
            kind: format!("/api/v1/docs#{name}"),
            title: error.kind.title().to_owned(),
            status: error.kind.status(),
            detail: error.message,
            errors: error.fields.into_iter().map(|f| FieldProblem { field: f.field, message: f.message }).collect(),
        }
    }

    pub fn refused(kind: ErrorKind, detail: impl Into<String>) -> Problem {
        Problem::new(AppError::new(kind, detail))
    }

    pub fn not_found() -> Problem {
        Problem::refused(
            ErrorKind::NotFound,
            "There is nothing under this address. See /api/v1/docs for what there is.",
        )
    }
}

impl From<service::Error> for Problem {
    fn from(error: service::Error) -> Self {
        Problem::new(error.into_app())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, http::HeaderValue::from_static("1"));
        }
        response
    }
}
