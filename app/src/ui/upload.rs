//! Sending a file with a progress bar and a way to stop. Without the script the same form posts
//! itself.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::server::Failure;

/// How far an upload is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Progress {
    #[default]
    Idle,
    /// Percent sent.
    Sending(u8),
    /// All is sent; the server works.
    Working,
}

/// Shows the progress; the caller's form is around it.
pub fn progress(state: RwSignal<Progress>, cancel: impl Fn() + Clone + Send + Sync + 'static) -> AnyView {
    let content = move || {
        let (percent, words) = match state.get() {
            Progress::Idle => return None,
            Progress::Sending(percent) => (percent, format!("{percent}% sent")),
            Progress::Working => (100, "Sent. The server is checking it…".to_owned()),
        };
        let cancel = cancel.clone();
        Some(view! {
            <div class="progress">
                <progress max="100" value=percent aria-label="Upload"></progress>
                <span role="status">{words}</span>
                <button class="button" type="button" on:click=move |_| cancel()>"Cancel"</button>
            </div>
        })
    };
    view! { <div>{content}</div> }.into_any()
}

/// Takes a form's submission over and sends it in the background. The answer is a server
/// function's.
#[cfg(target_arch = "wasm32")]
pub fn send<T: DeserializeOwned + 'static>(
    event: leptos::ev::SubmitEvent,
    url: &str,
    state: RwSignal<Progress>,
    done: impl Fn(Result<T, Failure>) + 'static,
) -> Option<web_sys::XmlHttpRequest> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    event.prevent_default();
    let form: web_sys::HtmlFormElement = event.target()?.dyn_into().ok()?;
    let data = web_sys::FormData::new_with_form(&form).ok()?;
    let request = web_sys::XmlHttpRequest::new().ok()?;
    request.open("POST", url).ok()?;
    request.set_request_header("Accept", "application/json").ok()?;
    let moved = Closure::<dyn Fn(web_sys::ProgressEvent)>::new(move |e: web_sys::ProgressEvent| {
        let percent = if e.total() > 0.0 { 100.0 * e.loaded() / e.total() } else { 0.0 };
        state.set(if percent >= 100.0 { Progress::Working } else { Progress::Sending(percent as u8) });
    });
    request.upload().ok()?.set_onprogress(Some(moved.as_ref().unchecked_ref()));
    moved.forget();
    let answered = request.clone();
    let ended = Closure::<dyn Fn()>::new(move || {
        state.set(Progress::Idle);
        let text = answered.response_text().ok().flatten().unwrap_or_default();
        let ok = answered.status().is_ok_and(|s| (200..300).contains(&s));
        let broken = || Failure(contract::AppError::new(contract::ErrorKind::Unavailable, "The upload did not arrive. Nothing was changed: try again."));
        done(if ok {
            serde_json::from_str(&text).map_err(|_| broken())
        } else {
            Err(serde_json::from_str(&text).unwrap_or_else(|_| broken()))
        });
    });
    request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
    ended.forget();
    state.set(Progress::Sending(0));
    request.send_with_opt_form_data(Some(&data)).ok()?;
    Some(request)
}

/// There is nothing to take over on the server.
#[cfg(not(target_arch = "wasm32"))]
pub fn send<T: DeserializeOwned + 'static>(
    _: leptos::ev::SubmitEvent,
    _: &str,
    _: RwSignal<Progress>,
    _: impl Fn(Result<T, Failure>) + 'static,
) -> Option<()> {
    None
}
