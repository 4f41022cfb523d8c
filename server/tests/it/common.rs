//! The server as a service, without a socket.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode, header};
use leptos::prelude::LeptosOptions;
use server::config::Config;
use server::state::State;
use service::App;
use tower::ServiceExt;

/// A router over an application. Site files are not needed: pages are rendered without their hashes.
pub fn router(app: &App) -> Router {
    let config = Config::load().unwrap();
    let (app, _) = service::claims::lane::Lane::open(app.clone());
    let app = &app;
    let (calls, _) = server::commands::serve::start_call_log(app.clone());
    let leptos = LeptosOptions::builder().output_name("solatium").site_root("target/site").build();
    let state = State { app: app.clone(), config: Arc::new(config), leptos, demo: true, calls };
    server::routes::router(state, metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle())
}

/// Sends a request and returns status, headers and body.
pub async fn send(router: &Router, request: Request<Body>) -> (StatusCode, http::HeaderMap, String) {
    let asked = format!("{} {}", request.method(), request.uri());
    let answer = async {
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        (parts, to_bytes(body, 64 * 1024 * 1024).await.unwrap())
    };
    // Whatever waits for ever is named, rather than waited for.
    let (parts, bytes) = tokio::time::timeout(std::time::Duration::from_secs(120), answer)
        .await
        .unwrap_or_else(|_| panic!("{asked} is not answered"));
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

/// A call of a server function by whoever holds the session token.
pub fn function(path: &str, token: Option<&str>, body: &str) -> Request<Body> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json");
    if let Some(token) = token {
        request = request.header(header::COOKIE, format!("solatium={token}"));
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// A call of the REST API.
pub fn call(method: Method, path: &str, key: &str, body: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::from(body.to_owned()))
        .unwrap()
}
