//! Calling server functions with the answer as text.
//!
//! Leptos' `ServerAction` and a `Resource` of a view's own type compile the machinery of signals,
//! requests and waiting anew for every server function: 30 views and 30 forms made half of the
//! browser's file. Here the answer travels as the text that it is and is read where it is shown.

use std::pin::Pin;

use contract::{AppError, ErrorKind};
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Failure, Reply};

/// What a server function answered.
#[derive(Clone)]
pub struct Answered {
    /// In JSON.
    pub text: String,
    /// The answer led to another page.
    pub elsewhere: bool,
}

/// An answer on its way.
pub type Answer = Pin<Box<dyn Future<Output = Reply<Answered>> + Send>>;

/// A server function that is sent as a form is.
pub trait Call: ServerFn<Error = Failure> + Serialize + Send + 'static {
    /// The arguments as a form's body.
    fn body(&self) -> String {
        // Every argument is text, a number or a list of them; those have a form.
        serde_qs::to_string(self).unwrap_or_default()
    }
}

impl<F: ServerFn<Error = Failure> + Serialize + Send + 'static> Call for F {}

/// Reads what a server function answered.
///
/// # Errors
///
/// When the page is older than the server and the two no longer understand each other.
pub fn read<T: DeserializeOwned>(text: &str) -> Reply<T> {
    parsed(text).ok_or_else(|| {
        Failure(AppError::new(
            ErrorKind::Internal,
            "The server's answer cannot be read. Reload the page and try again.",
        ))
    })
}

/// JSON as what it stands for. The browser has a parser of its own: another one, compiled for each view, is a tenth
/// of the browser's file.
#[cfg(target_arch = "wasm32")]
pub fn parsed<T: DeserializeOwned>(text: &str) -> Option<T> {
    js_sys::JSON::parse(text).ok().and_then(|value| serde_wasm_bindgen::from_value(value).ok())
}

#[cfg(not(target_arch = "wasm32"))]
pub fn parsed<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// On the server the function is run as it is.
#[cfg(feature = "ssr")]
pub fn run<F: Call>(question: F) -> Answer
where
    F::Output: Serialize,
{
    Box::pin(async move {
        let answer = question.run_body().await?;
        serde_json::to_string(&answer)
            .map(|text| Answered { text, elsewhere: false })
            .map_err(|_| Failure(AppError::new(ErrorKind::Internal, "Something went wrong on our side.")))
    })
}

/// Sends a form's body to a server function and follows where the answer leads.
#[cfg(not(feature = "ssr"))]
pub fn post(url: &'static str, body: String) -> Answer {
    use leptos::server_fn::ContentType;
    use leptos::server_fn::client::Client;
    use leptos::server_fn::client::browser::BrowserClient;
    use leptos::server_fn::codec::{JsonEncoding, PostUrl};
    use leptos::server_fn::redirect::call_redirect_hook;
    use leptos::server_fn::request::ClientReq;
    use leptos::server_fn::request::browser::BrowserRequest;
    use leptos::server_fn::response::ClientRes;
    use leptos::server_fn::response::browser::BrowserResponse;

    type Response = BrowserResponse;

    Box::pin(async move {
        let request = <BrowserRequest as ClientReq<Failure>>::try_new_post(
            url,
            PostUrl::CONTENT_TYPE,
            JsonEncoding::CONTENT_TYPE,
            body,
        )?;
        let response = <BrowserClient as Client<Failure>>::send(request).await?;
        let status = <Response as ClientRes<Failure>>::status(&response);
        let leads_on = <Response as ClientRes<Failure>>::has_redirect(&response);
        let place = <Response as ClientRes<Failure>>::location(&response);
        let text = <Response as ClientRes<Failure>>::try_into_string(response).await?;
        if status >= 400 {
            return Err(super::failure(&text));
        }
        let mut elsewhere = false;
        if leads_on {
            elsewhere = leptos::prelude::window().location().pathname().is_ok_and(|here| here != place);
            // Where one is already, what is shown is loaded again and the place on the page is kept.
            if elsewhere {
                call_redirect_hook(&place);
            }
        }
        Ok(Answered { text, elsewhere })
    })
}
