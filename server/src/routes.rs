//! Every address the server answers.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State as Extract};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header;
use http::{HeaderMap, StatusCode};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list, handle_server_fns_with_context};
use metrics_exporter_prometheus::PrometheusHandle;
use subtle::ConstantTimeEq;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;

use crate::rest;
use crate::security;
use crate::state::State;

/// Largest body of a page's or function's request: a bundle, and the form around it.
const LARGEST_BODY: usize = 17 * 1024 * 1024;

/// The whole server as a service, for the socket and for tests.
pub fn router(state: State, metrics: PrometheusHandle) -> Router {
    let functions = {
        let state = state.clone();
        move |request: Request| server_function(state.clone(), request)
    };
    let app = state.app.clone();
    let options = state.leptos.clone();
    let pages = Router::new()
        .route("/fn/{*name}", post(functions))
        .route("/invoices/{id}/pdf", get(invoice_pdf))
        .route("/export/predictions.csv", get(predictions_csv))
        .leptos_routes_with_context(
            &state,
            generate_route_list(app::App),
            move || provide_context(app.clone()),
            move || app::shell(options.clone()),
        )
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // Uploads are read as a stream, which the limit above does not see.
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(from_fn_with_state(state.clone(), security::identify))
        .layer(from_fn(security::same_origin));
    let site = ServeDir::new(state.config.site_root()).precompressed_br().precompressed_gzip();
    let root = state.leptos.clone();
    let lost = {
        let app = state.app.clone();
        leptos_axum::render_app_async_with_context(
            move || provide_context(app.clone()),
            move || app::shell(root.clone()),
        )
    };
    Router::new()
        .merge(pages)
        .nest("/api/v1", rest::router(state.clone()))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(move |addr, headers, state| read_metrics(metrics, addr, headers, state)))
        .fallback_service(site.fallback(axum::routing::get(lost)))
        .layer(from_fn(security::observe))
        .layer(from_fn_with_state(state.clone(), security::headers))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(state)
}

async fn server_function(state: State, request: Request) -> Response {
    handle_server_fns_with_context(move || provide_context(state.app.clone()), request).await.into_response()
}

/// A bug: logged, and answered without its text.
fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.").into_response()
}

/// The context of a use case for a plain route.
fn ctx(state: &State, request: &Request) -> Result<service::Ctx, (StatusCode, &'static str)> {
    let asker = request.extensions().get::<app::Asker>().cloned();
    match asker.and_then(|a| a.caller.map(|c| (c, a.now))) {
        Some((caller, now)) => Ok(service::Ctx { app: state.app.clone(), caller, now }),
        None => Err((StatusCode::UNAUTHORIZED, "Sign in to go on.")),
    }
}

fn file(result: service::Result<(String, Vec<u8>)>, kind: &'static str) -> Response {
    match result {
        Ok((name, bytes)) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], Body::from(bytes))
                .into_response()
        }
        Err(error) => {
            let error = error.into_app();
            let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.message).into_response()
        }
    }
}

async fn invoice_pdf(Extract(state): Extract<State>, Path(id): Path<String>, request: Request) -> Response {
    match ctx(&state, &request) {
        Ok(ctx) => file(service::billing::invoices::pdf(&ctx, &id).await, "application/pdf"),
        Err(refusal) => refusal.into_response(),
    }
}

async fn predictions_csv(Extract(state): Extract<State>, request: Request) -> Response {
    match ctx(&state, &request) {
        Ok(ctx) => {
            let csv = service::models::export::csv(&ctx).await;
            file(csv.map(|bytes| ("predictions.csv".into(), bytes)), "text/csv; charset=utf-8")
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn ready(Extract(state): Extract<State>) -> Response {
    match state.app.store.ready().await {
        Ok(()) => "ready".into_response(),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response()
        }
    }
}

/// From this machine, or with the token.
async fn read_metrics(
    metrics: PrometheusHandle,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Extract(state): Extract<State>,
) -> Response {
    let token = &state.config.metrics_token;
    let given =
        headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let fits = !token.is_empty() && given.is_some_and(|g| bool::from(g.as_bytes().ct_eq(token.as_bytes())));
    // Behind a proxy every request comes from this machine, so there the token is needed.
    let local = !state.config.trust_proxy && peer.is_some_and(|p| p.0.0.ip().is_loopback());
    if fits || local {
        metrics.run_upkeep();
        metrics.render().into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}
