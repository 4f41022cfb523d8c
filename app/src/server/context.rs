//! Who asks: put into the request by the server, taken out by server functions.

use chrono::{DateTime, Utc};
use contract::{AppError, ErrorKind};
use http::StatusCode;
use http::request::Parts;
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use service::{App, Caller, Ctx};

use futures_util::{StreamExt, TryStreamExt};

use super::gauge::Gauge;
use super::{Failure, Reply};

/// Name of the session cookie where TLS serves, and where it does not (only on one's own machine).
pub const SESSION_COOKIE_SECURE: &str = "__Host-solatium";
pub const SESSION_COOKIE: &str = "solatium";

/// Name of the cookie by which a browser that has signed in before is told from strangers.
pub const DEVICE_COOKIE_SECURE: &str = "__Host-solatium-device";
pub const DEVICE_COOKIE: &str = "solatium-device";

/// What the server found out about a request before any page or function sees it.
#[derive(Clone)]
pub struct Asker {
    pub caller: Option<Caller>,
    pub now: DateTime<Utc>,
    /// Network address, for the sign-in throttle.
    pub address: String,
    /// Whether cookies are sent over TLS only.
    pub secure: bool,
    /// The theme that the person chose: `light`, `dark` or `system`.
    pub theme: String,
    /// Whether single keys do something on pages: `on` or `off`.
    pub keys: String,
    pub demo: bool,
    /// The session's token, and what an earlier sign-in left in the browser.
    pub session: Option<String>,
    pub device: Option<String>,
}

/// `None` when no request is served, as when routes are listed at start.
pub fn asker() -> Option<Asker> {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<Asker>().cloned())
}

/// The context of a use case, for whoever is signed in.
pub fn ctx() -> Reply<Ctx> {
    let asker = asker();
    let signed_in = asker.and_then(|a| a.caller.map(|caller| (caller, a.now)));
    match signed_in {
        Some((caller, now)) => Ok(Ctx { app: expect_context::<App>(), caller, now }),
        None => reply(Err(service::Error::refused(ErrorKind::Unauthenticated, "Sign in to go on."))),
    }
}

/// A use case's result as it travels; the status of the answer follows the kind of error.
pub fn reply<T>(result: service::Result<T>) -> Reply<T> {
    result.map_err(|error| {
        let error: AppError = error.into_app();
        if let (Some(response), Ok(status), false) =
            (use_context::<ResponseOptions>(), StatusCode::from_u16(error.kind.status()), is_plain_form())
        {
            response.set_status(status);
        }
        Failure(error)
    })
}

/// Whether a form was sent without the script: it is answered with a redirect back to its page,
/// which shows the error. A status of our own would keep the browser from following.
fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accepts = parts.headers.get(http::header::ACCEPT).and_then(|v| v.to_str().ok());
        parts.method == http::Method::POST && accepts.is_some_and(|a| a.contains("text/html"))
    })
}

/// Bytes of an uploaded file and its name, at most `limit` of them, and the form's other fields.
pub async fn upload(
    data: leptos::server_fn::codec::MultipartData,
    limit: usize,
) -> Reply<(String, Vec<u8>, std::collections::BTreeMap<String, String>)> {
    let broken = |_| Failure(AppError::new(ErrorKind::Invalid, "The upload broke off. Try again."));
    let (mut name, mut bytes, mut fields) = (String::new(), Vec::new(), std::collections::BTreeMap::new());
    let Some(mut data) = data.into_inner() else {
        return Err(Failure(AppError::new(ErrorKind::Invalid, "Choose a file first.")));
    };
    while let Some(mut field) = data.next_field().await.map_err(broken)? {
        if let Some(file) = field.file_name().map(str::to_owned) {
            name = file;
            while let Some(chunk) = field.chunk().await.map_err(broken)? {
                if bytes.len() + chunk.len() > limit {
                    let megabytes = limit / (1024 * 1024);
                    return reply(Err(service::Error::refused(
                        ErrorKind::TooLarge,
                        format!("This file is larger than {megabytes} MB, which is the most that is taken."),
                    )));
                }
                bytes.extend_from_slice(&chunk);
            }
        } else if let Some(field_name) = field.name().map(str::to_owned) {
            let text = field.text().await.map_err(broken)?;
            fields.insert(field_name, text);
        }
    }
    if bytes.is_empty() {
        return reply(Err(service::Error::field("file", "choose a file that is not empty")));
    }
    Ok((name, bytes, fields))
}

/// A part of a form with files: each is had as it comes, and none lies in memory.
pub enum Part<'a> {
    /// Name and value.
    Field(String, String),
    /// What the file is called, and its bytes.
    File(String, service::files::Source<'a>),
}

/// The parts of a form, one after the other.
pub struct Files {
    form: multer::Multipart<'static>,
    gauge: Gauge,
}

/// Longest value of a field beside files, in bytes.
const LONGEST_FIELD: usize = 1_000;

/// The parts of a form with files.
pub fn files(data: leptos::server_fn::codec::MultipartData) -> Reply<Files> {
    let gauge = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Gauge>().cloned()).unwrap_or_default();
    let none = || Failure(AppError::new(ErrorKind::Invalid, "Choose a file first."));
    data.into_inner().map(|form| Files { form, gauge }).ok_or_else(none)
}

impl Files {
    pub async fn next(&mut self) -> Reply<Option<Part<'_>>> {
        let field = reply(self.form.next_field().await.map_err(|_| broken()))?;
        let Some(mut field) = field else { return Ok(None) };
        let name = field.name().unwrap_or_default().to_owned();
        let gauge = self.gauge.clone();
        if let Some(file) = field.file_name().map(str::to_owned) {
            let pieces = field.inspect_ok(move |piece| gauge.taken(piece.len())).map_err(|_| broken());
            return Ok(Some(Part::File(file, pieces.boxed())));
        }
        let mut text = Vec::new();
        while let Some(piece) = reply(field.chunk().await.map_err(|_| broken()))? {
            gauge.taken(piece.len());
            if text.len() + piece.len() > LONGEST_FIELD {
                return reply(Err(service::Error::refused(ErrorKind::TooLarge, "A field of this form is too long.")));
            }
            text.extend_from_slice(&piece);
        }
        Ok(Some(Part::Field(name, String::from_utf8_lossy(&text).into_owned())))
    }
}

fn broken() -> service::Error {
    service::Error::refused(ErrorKind::Invalid, "The upload broke off, came too slowly or is no form. Try again.")
}
