//! REST v1: what integrations call. The same use cases as the pages, behind an API key.

pub mod answer;
pub mod batch;
mod body;
pub mod claims;
pub mod docs;
pub mod documents;
pub mod outcomes;
pub mod predictions;
pub mod problem;
mod question;

use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State as Extract};
use axum::middleware::{Next, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::Utc;
use domain::id::ApiCallId;
use http::header::{self, HeaderValue};
use service::{Actor, Caller, Ctx};
use store::integration::ApiCall;

use self::problem::Problem;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::security;
use crate::state::State;

/// Largest body of a call: a claim is a few kilobytes.
const LARGEST_BODY: usize = 256 * 1024;

pub fn router(state: State) -> Router<State> {
    let keyed = Router::new()
        .route("/predictions", post(predictions::create))
        .route("/predictions/batch", post(batch::create).layer(DefaultBodyLimit::max(batch::LARGEST_BODY)))
        .route("/predictions/{id}", get(predictions::read))
        .route("/claims/{id}", get(claims::read))
        .route("/claims/{id}/decision", post(claims::decide))
        .route("/claims/{id}/outcome", get(outcomes::read).post(outcomes::record))
        .route(
            "/claims/{id}/documents",
            get(documents::list_all)
                .post(documents::upload)
                .layer(DefaultBodyLimit::max(crate::functions::largest_upload(&state)))
                .layer(map_request(|request| async { app::gauge::bounded(request) })),
        )
        .route("/documents/{id}", get(documents::read))
        .route("/documents/{id}/file", get(documents::file).head(crate::downloads::whole))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // Whoever sends nothing keeps no place from others.
        .layer(RequestBodyTimeoutLayer::new(crate::functions::PIECE))
        .layer(from_fn_with_state(state, authenticate));
    Router::new()
        .merge(keyed)
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::page))
        .fallback(|| async { Problem::not_found() })
}

/// Finds the integration by its key, and logs the call.
async fn authenticate(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let (started, now) = (Instant::now(), Utc::now());
    let token = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = token.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default().trim();
    let path = request.extensions().get::<MatchedPath>().map_or_else(String::new, |p| p.as_str().to_owned());
    // Entering a claim makes sure of the key in the transaction that saves it.
    let from_memory = request.method() == http::Method::POST && path == "/api/v1/predictions";
    let caller = match service::account::authenticate::api_key(&state.app, now, token, from_memory).await {
        Ok(caller) => caller,
        Err(error) => {
            tracing::warn!("an API call without a valid key was refused");
            return Problem::from(error).into_response();
        }
    };
    let request_id = security::new_request_id(now);
    let caller = Caller { origin: security::origin(&state, &request, request_id.clone()), ..caller };
    let ctx = Ctx { app: state.app.clone(), caller, now };
    let id: ApiCallId = ctx.id();
    let method = request.method().to_string();
    let (actor, company) = (ctx.caller.actor.clone(), ctx.caller.company);
    request.extensions_mut().insert(ctx);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    if let (Actor::Key { id: key, .. }, Some(company)) = (actor, company) {
        let status = response.status().as_u16();
        let duration_us = started.elapsed().as_micros().try_into().unwrap_or(i64::MAX);
        let call = ApiCall { id, company, key, method, path, status, duration_us, request_id, at: now };
        // A full queue means that the database cannot keep up: the call itself matters more.
        if state.calls.try_send(call).is_err() {
            tracing::warn!("the log of API calls is full; one call was not logged");
        }
    }
    response
}
