//! What other services send by themselves. Nobody is signed in: a signature over the very bytes says who it is.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State as Extract};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::Utc;
use http::{HeaderMap, StatusCode};
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::functions::PIECE;
use crate::state::State;

/// Of an event, in bytes.
const LONGEST: usize = 256 << 10;

/// That an event is waited for.
const LONGEST_EVENT: std::time::Duration = std::time::Duration::from_secs(30);

/// Every address, for the test that knows them all.
pub const PATHS: [&str; 1] = ["/webhooks/billing"];

pub fn router() -> Router<State> {
    Router::new()
        .route(PATHS[0], post(billing))
        .layer(DefaultBodyLimit::max(LONGEST))
        // Whoever sends a byte a minute is not waited for.
        .layer(RequestBodyTimeoutLayer::new(PIECE))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_EVENT))
}

/// An event of the billing service: kept, and answered before anything is done about it.
async fn billing(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match service::invoicing::provider::event(&state.app, Utc::now(), &body, signature).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(service::Error::Refused(refused)) => (StatusCode::BAD_REQUEST, refused.message).into_response(),
        Err(error) => {
            let told = error.into_app();
            (StatusCode::INTERNAL_SERVER_ERROR, told.message).into_response()
        }
    }
}
