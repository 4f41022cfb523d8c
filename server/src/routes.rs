//! Every address the server answers.

use std::net::SocketAddr;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{ConnectInfo, State as Extract};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use http::{HeaderMap, StatusCode};
use leptos::prelude::provide_context;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list_with_exclusions};
use metrics_exporter_prometheus::PrometheusHandle;
use subtle::ConstantTimeEq;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;

use crate::functions;
use crate::rest;
use crate::security;
use crate::state::State;

/// The pages' addresses, listed once: while leptos lists them, a page that is rendered waits for ever. The
/// functions are answered in `functions`, which knows what each may be sent.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| {
    let all = generate_route_list_with_exclusions(app::App, Some(functions::paths()));
    // Reports share a route, which is listed once: here each of them stands by its own address.
    let (shared, own): (Vec<_>, Vec<_>) = all.into_iter().partition(|r| r.path() == format!("/{}", app::REPORTS_ROUTE));
    let reports = app::pages::PAGES.iter().filter(|page| !page.report.is_empty()).flat_map(|page| {
        let listed = |route: &AxumRouteListing| {
            AxumRouteListing::new(page.path.replace(":id", "{id}"), route.mode().clone(), route.methods(), Vec::new())
        };
        shared.iter().map(listed).collect::<Vec<_>>()
    });
    own.into_iter().chain(reports).collect()
});

/// A page, or the beginning of a download, that nobody waits longer for.
const LONGEST_PAGE: std::time::Duration = std::time::Duration::from_secs(60);

/// Every page's address, parts that vary in braces.
pub fn paths() -> Vec<String> {
    ROUTES.iter().map(|route| route.path().to_owned()).collect()
}

/// The whole server as a service, for the socket and for tests.
pub fn router(state: State, metrics: PrometheusHandle) -> Router {
    let app = state.app.clone();
    let options = state.leptos.clone();
    let pages = Router::new()
        .merge(crate::downloads::router())
        .leptos_routes_with_context(
            &state,
            ROUTES.clone(),
            move || provide_context(app.clone()),
            move || app::shell(options.clone()),
        )
        // Pages are asked for, and bring nothing.
        .layer(RequestBodyLimitLayer::new(1024))
        // A page that is not made by then never will be: whoever asked is told rather than kept waiting.
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_PAGE))
        .merge(functions::router(&state))
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
        .merge(crate::webhooks::router())
        .nest("/api/v1", rest::router(state.clone()))
        .route("/styleguide", get(styleguide))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(move |addr, headers, state| read_metrics(metrics, addr, headers, state)))
        .fallback_service(site.fallback(axum::routing::get(lost)))
        // Inside of what gives every answer its headers.
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(security::observe))
        .layer(from_fn_with_state(state.clone(), security::headers))
        .layer(CompressionLayer::new())
        .with_state(state)
}

/// Every part of the design system, for whoever builds pages. It shows no data and asks for none.
async fn styleguide(Extract(state): Extract<State>, headers: HeaderMap) -> Response {
    let theme = security::cookie(&headers, "theme").unwrap_or_default();
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    let page = axum::response::Html(app::styleguide(state.leptos.clone(), theme));
    ([(header::CONTENT_SECURITY_POLICY, policy)], page).into_response()
}

/// A bug: logged, and answered without its text.
fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.").into_response()
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
