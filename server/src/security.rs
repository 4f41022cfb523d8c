//! What stands before every page and function: who asks, from where, and what browsers are told.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use app::pages::Needs;
use app::{Asker, SESSION_COOKIE, SESSION_COOKIE_SECURE};
use axum::extract::{ConnectInfo, MatchedPath, Request, State as Extract};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Utc;
use domain::id::{ApiCallId, Id};
use domain::policy::Gate;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use store::audit::Origin;

use crate::state::State;

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn owned_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    cookie(headers, name).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The address a request comes from: the peer, or what a trusted proxy says.
fn address(state: &State, request: &Request) -> String {
    // The last entry of the last line is the one that our own proxy added.
    let forwarded = request.headers().get_all("x-forwarded-for").iter().next_back().and_then(|v| v.to_str().ok());
    let proxied = forwarded.filter(|_| state.config.trust_proxy).and_then(|v| v.rsplit(',').next());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_string());
    proxied.map(|p| p.trim().to_owned()).or(peer).unwrap_or_default()
}

/// What the audit log keeps of a request.
pub fn origin(state: &State, request: &Request, id: String) -> Origin {
    let address = match address(state, request).parse::<IpAddr>() {
        Ok(ip) if ip.is_loopback() => Some("own machine"),
        Ok(IpAddr::V4(ip)) if ip.is_private() || ip.is_link_local() => Some("private network"),
        Ok(IpAddr::V6(ip)) if ip.is_unique_local() || ip.is_unicast_link_local() => Some("private network"),
        Ok(_) => Some("internet"),
        Err(_) => None,
    };
    Origin { session: None, request: Some(id), address }
}

/// An id by which a request is found in the logs.
pub fn new_request_id(now: chrono::DateTime<Utc>) -> String {
    let id = ApiCallId::from_parts(now.timestamp_millis().max(0).unsigned_abs(), service::random_secret());
    format!("req_{}", id.to_string().trim_start_matches(&format!("{}_", ApiCallId::PREFIX)))
}

/// Finds out who asks, and puts an [`Asker`] into the request. Sends people who open a page without
/// the right to where they get it.
pub async fn identify(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let now = Utc::now();
    let name = if state.config.secure_cookies { SESSION_COOKIE_SECURE } else { SESSION_COOKIE };
    let caller = match cookie(request.headers(), name).filter(|t| !t.is_empty()) {
        Some(token) => match service::account::authenticate::session(&state.app, now, token).await {
            Ok(caller) => caller,
            Err(error) => {
                let error = error.into_app();
                return (StatusCode::INTERNAL_SERVER_ERROR, error.message).into_response();
            }
        },
        None => None,
    };
    let caller =
        caller.map(|caller| service::Caller { origin: origin(&state, &request, new_request_id(now)), ..caller });
    let session = owned_cookie(request.headers(), name);
    let device = owned_cookie(request.headers(), device_cookie(state.config.secure_cookies));
    let path = request.uri().path().to_owned();
    let page = request.method() == Method::GET && !path.starts_with("/fn/");
    // A refusal that we did not put into the address is nothing that our page says.
    if page && request.uri().query().is_some_and(|q| q.contains("__err=") && !proven(&state, &path, q, now)) {
        return Redirect::to(&path).into_response();
    }
    if page && let Some(elsewhere) = detour(&path, request.uri().query(), caller.as_ref()) {
        return Redirect::to(&elsewhere).into_response();
    }
    let theme = cookie(request.headers(), "theme").filter(|t| ["light", "dark"].contains(t)).unwrap_or("system");
    let asker = Asker {
        caller,
        now,
        address: address(&state, &request),
        secure: state.config.secure_cookies,
        theme: theme.to_owned(),
        keys: cookie(request.headers(), "keys").filter(|k| *k == "off").unwrap_or("on").to_owned(),
        demo: state.demo,
        session,
        device,
    };
    request.extensions_mut().insert(asker);
    next.run(request).await
}

/// Name of the cookie by which a browser is known that has signed in before.
fn device_cookie(secure: bool) -> &'static str {
    if secure { app::DEVICE_COOKIE_SECURE } else { app::DEVICE_COOKIE }
}

/// How long a refusal in an address is shown, in minutes.
const REFUSAL_LASTS: i64 = 5;

/// The values of an address's query by name, as they stand there.
fn raw<'a>(query: &'a str, name: &str) -> &'a str {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name).map_or("", |(_, v)| v)
}

fn refusal_proof(state: &State, path: &str, query: &str, minute: i64) -> String {
    let said = format!("{minute}|{path}|{}|{}", raw(query, "__path"), raw(query, "__err"));
    state.app.store.proof("refusal", &said)
}

/// A form that was refused without the script leads back to its page, with the refusal in the
/// address; with it goes proof that we said it. `None` for an address without a refusal.
pub fn with_proof(state: &State, place: &str) -> Option<String> {
    let (page, query) = place.split_once('?').filter(|(_, q)| q.contains("__err="))?;
    let path = page.split_once("://").map_or(page, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    // Proof of an earlier refusal does not go along.
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("__proof=")).collect();
    let (query, minute) = (kept.join("&"), Utc::now().timestamp() / 60);
    let proof = refusal_proof(state, path, &query, minute);
    Some(format!("{page}?{query}&__proof={minute}.{proof}"))
}

fn proven(state: &State, path: &str, query: &str, now: chrono::DateTime<Utc>) -> bool {
    use subtle::ConstantTimeEq;
    let Some((minute, proof)) = raw(query, "__proof").split_once('.') else { return false };
    let Ok(minute) = minute.parse::<i64>() else { return false };
    let age = now.timestamp() / 60 - minute;
    // One value of each name: which of two would be shown cannot be told.
    let once = |name: &str| query.split('&').filter(|pair| pair.starts_with(name)).count() == 1;
    (0..=REFUSAL_LASTS).contains(&age)
        && once("__err=")
        && once("__path=")
        && bool::from(refusal_proof(state, path, query, minute).as_bytes().ct_eq(proof.as_bytes()))
}

/// Where somebody has to go before this page.
fn detour(path: &str, query: Option<&str>, caller: Option<&service::Caller>) -> Option<String> {
    let page = app::pages::find(path);
    if page.is_some_and(|p| p.needs == Needs::Nothing) {
        return None;
    }
    let Some(caller) = caller else {
        let query = query.map(|q| format!("?{q}")).unwrap_or_default();
        let next: String = format!("{path}{query}").bytes().map(escaped).collect();
        return Some(format!("/sign-in?next={next}"));
    };
    match (caller.gate?, page.map(|p| p.needs)) {
        (gate, _) if gate.path() == path => None,
        (gate @ Gate::Password, _) => Some(gate.path().into()),
        (gate @ Gate::Policy, Some(Needs::Permission(permission))) if gate.closes(permission) => {
            Some(gate.path().into())
        }
        (Gate::Policy, _) => None,
    }
}

fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    }
}

/// Refuses changes that another site's page asks a browser for. Browsers say where a request comes
/// from; requests that say nothing do not come from a browser and carry no cookie of one.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let foreign = is_foreign(request.headers());
    if foreign && !safe {
        tracing::warn!("a change asked for by another site was refused");
        return (StatusCode::FORBIDDEN, "This was asked for by another site, and was refused.").into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_none() || host != text("host")
        }
        (None, None) => false,
    }
}

/// Tells browsers what to keep to. Pages and answers are never stored.
pub async fn headers(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    // What changes there changes its name.
    let path = request.uri().path();
    let fixed = path.starts_with("/pkg/") || path.starts_with("/fixed/");
    let mut response = next.run(request).await;
    // What is missing now may be there after the next deployment.
    let fixed = fixed && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(header::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    set(header::CACHE_CONTROL, if fixed { "public, max-age=31536000, immutable" } else { "no-store" });
    if state.config.secure_cookies {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    // Pages bring their own policy, with a nonce; everything else may load nothing.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}

/// Measures each request by route, and logs it without address, query or ids.
pub async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |p| p.as_str().to_owned());
    let response = next.run(request).await;
    let (status, seconds) = (response.status().as_u16(), started.elapsed().as_secs_f64());
    metrics::histogram!("solatium_request_seconds", "route" => route.clone(), "status" => status.to_string())
        .record(seconds);
    tracing::debug!(%method, route, status, milliseconds = seconds * 1_000.0, "request");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_send_people_to_sign_in_first() {
        assert_eq!(detour("/", None, None), None);
        assert_eq!(detour("/setup/abc", None, None), None);
        assert_eq!(detour("/claims", Some("a=1&b=2"), None), Some("/sign-in?next=/claims%3Fa%3D1%26b%3D2".into()));
        let mut caller = service::Caller::system();
        caller.gate = Some(Gate::Policy);
        assert_eq!(detour("/claims/new", None, Some(&caller)), Some("/policy".into()));
        assert_eq!(detour("/export/predictions.csv", None, Some(&caller)), Some("/policy".into()));
        assert_eq!(detour("/dashboard", None, Some(&caller)), None);
        assert_eq!(detour("/policy", None, Some(&caller)), None);
        caller.gate = Some(Gate::Password);
        assert_eq!(detour("/dashboard", None, Some(&caller)), Some("/password".into()));
        assert_eq!(detour("/password", None, Some(&caller)), None);
    }

    #[test]
    fn what_another_site_asks_for_is_told_apart() {
        for (pairs, foreign) in [
            (&[("sec-fetch-site", "same-origin")][..], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://a.example"), ("host", "a.example")], true),
            (&[("origin", "https://a.example"), ("host", "a.example")], false),
            (&[("origin", "https://b.example"), ("host", "a.example")], true),
            (&[("origin", "null"), ("host", "a.example")], true),
            (&[("host", "a.example")], false),
        ] {
            let headers =
                pairs.iter().map(|(n, v)| (header::HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
            assert_eq!(is_foreign(&headers), foreign, "{pairs:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("xsolatium=1; solatium=abc; theme=dark"));
        assert_eq!(cookie(&headers, "solatium"), Some("abc"));
        assert_eq!(cookie(&headers, "theme"), Some("dark"));
        assert_eq!(cookie(&headers, "sol"), None);
    }
}
