//! Server functions as the network sees them: what they may be sent, and what is answered where
//! leptos would answer with a text of its own.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use contract::{AppError, ErrorKind};
use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use leptos::prelude::provide_context;
use leptos_axum::handle_server_fns_with_context;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::asked::status;
use crate::security;
use crate::state::State;

/// Largest body of a function's request: a claim's form is a few kilobytes.
const LARGEST_BODY: usize = 64 * 1024;
/// The largest body in bytes, which may be a setting.
type Largest = fn(&State) -> usize;

/// Functions that take a file, and the largest body of each: the file and the form around it.
const UPLOADS: [(&str, Largest, Duration); 4] = [
    // What each file may be is said where it is received. A video comes slowly.
    ("/fn/claims/add_document", largest_upload, Duration::from_secs(3_600)),
    ("/fn/billing/bank_file", |_| 16 * MB + LARGEST_BODY, WHOLE_UPLOAD),
    ("/fn/claims/import", |_| 8 * MB + LARGEST_BODY, WHOLE_UPLOAD),
    ("/fn/models/upload", |_| 17 * MB, WHOLE_UPLOAD),
];
const MB: usize = 1024 * 1024;

/// The largest request that brings files of a claim: of several the largest, and what stands around it.
pub fn largest_upload(state: &State) -> usize {
    let limits = state.config.documents();
    let most = limits.video.max(limits.audio).max(limits.bytes);
    usize::try_from(most).unwrap_or(usize::MAX).saturating_add(100 * MB)
}

/// Between two pieces of a body.
pub const PIECE: Duration = Duration::from_secs(15);
/// A whole request with its answer; one that brings a file.
const WHOLE: Duration = Duration::from_secs(60);
const WHOLE_UPLOAD: Duration = Duration::from_secs(600);

pub fn router(state: &State) -> Router<State> {
    let limited = |path: &str, largest: usize, whole| {
        let state = state.clone();
        let answer = move |request: Request| answer(state.clone(), request);
        Router::new()
            .route(path, post(answer))
            .layer(RequestBodyLimitLayer::new(largest))
            .layer(RequestBodyTimeoutLayer::new(PIECE))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, whole))
    };
    UPLOADS
        .iter()
        .map(|(path, largest, whole)| limited(path, largest(state), *whole))
        .fold(limited("/fn/{*name}", LARGEST_BODY, WHOLE), Router::merge)
}

/// Paths of all server functions.
pub fn paths() -> Vec<String> {
    leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect()
}

async fn answer(state: State, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let known = leptos::server_fn::axum::server_fn_paths().any(|(p, method)| p == path && method == Method::POST);
    if !known {
        return refusal(AppError::new(ErrorKind::NotFound, "There is nothing under this address."));
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let uploads = UPLOADS.iter().any(|(p, ..)| *p == path);
    if uploads && !(kind.starts_with("multipart/form-data") && kind.contains("boundary=")) {
        return refusal(AppError::new(ErrorKind::Invalid, "Send the file as a form does: multipart/form-data."));
    }
    let app = state.app.clone();
    let request = if uploads { app::gauge::bounded(request) } else { request };
    let answer = handle_server_fns_with_context(move || provide_context(app.clone()), request).await.into_response();
    finished(&state, answer).await
}

/// Gives a refusal that leptos made the status of its kind, and proof to one that goes back in an
/// address, so that nobody else can have a page say it.
async fn finished(state: &State, answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    if let Some(place) = parts.headers.get(header::LOCATION).and_then(|v| v.to_str().ok())
        && let Some(proven) = security::with_proof(state, place)
        && let Ok(value) = HeaderValue::from_str(&proven)
    {
        parts.headers.insert(header::LOCATION, value);
    }
    if parts.status != StatusCode::INTERNAL_SERVER_ERROR {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = to_bytes(body, LARGEST_BODY).await else { return parts.status.into_response() };
    match serde_json::from_slice::<AppError>(&bytes) {
        Ok(error) => {
            parts.status = status(&error);
            if parts.status == StatusCode::TOO_MANY_REQUESTS {
                parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
        }
        // A text of the framework's: what cannot be read was not written by our pages.
        Err(_) => {
            return refusal(AppError::new(ErrorKind::Invalid, "What was sent cannot be read. Reload the page."));
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn refusal(error: AppError) -> Response {
    (status(&error), axum::Json(error)).into_response()
}
