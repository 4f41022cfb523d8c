//! Sending a file with a progress bar and a way to stop. Without the script the same form posts
//! itself.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::server::Failure;

/// How far an upload is.
#[derive(Clone, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "only a browser sends"))]
enum Progress {
    Idle,
    /// Percent sent.
    Sending(u8),
    /// All is sent; the server works.
    Working,
}

/// An upload: how far it is, and a way to stop it.
#[derive(Clone, Copy)]
pub struct Upload {
    state: RwSignal<Progress>,
    // On the server there is no request; what belongs to one thread could not be dropped there.
    #[cfg(target_arch = "wasm32")]
    request: StoredValue<Option<web_sys::XmlHttpRequest>, LocalStorage>,
}

impl Upload {
    pub fn new() -> Upload {
        Upload {
            state: RwSignal::new(Progress::Idle),
            #[cfg(target_arch = "wasm32")]
            request: StoredValue::new_local(None),
        }
    }

    /// Whether something is on its way.
    pub fn busy(self) -> bool {
        self.state.get() != Progress::Idle
    }

    /// The progress bar; the caller's form is above it.
    pub fn view(self) -> AnyView {
        let content = move || {
            let (percent, words) = match self.state.get() {
                Progress::Idle => return None,
                Progress::Sending(percent) => (percent, format!("{percent}% sent")),
                Progress::Working => (100, "Sent. The server is checking it…".to_owned()),
            };
            Some(view! {
                <div class="progress">
                    <progress max="100" value=percent aria-label="Upload"></progress>
                    <span role="status">{words}</span>
                    <button class="button" type="button" on:click=move |_| self.cancel()>"Cancel"</button>
                </div>
            })
        };
        view! { <div>{content}</div> }.into_any()
    }

    fn cancel(self) {
        #[cfg(target_arch = "wasm32")]
        self.request.with_value(|request| {
            if let Some(request) = request {
                // An upload that cannot be stopped has arrived.
                let _ = request.abort();
            }
        });
        self.state.set(Progress::Idle);
    }

    /// Takes a form's submission over and sends it in the background to a server function. On the
    /// server there is nothing to take over: the form posts itself.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn send<T: DeserializeOwned + 'static>(
        self,
        _: leptos::ev::SubmitEvent,
        _: &str,
        _: impl Fn(Result<T, Failure>) + 'static,
    ) {
    }

    /// Takes a form's submission over and sends it in the background to a server function.
    #[cfg(target_arch = "wasm32")]
    pub fn send<T: DeserializeOwned + 'static>(
        self,
        event: leptos::ev::SubmitEvent,
        url: &str,
        done: impl Fn(Result<T, Failure>) + 'static,
    ) {
        self.request.set_value(post(&event, url, self.state, done));
    }
}

#[cfg(target_arch = "wasm32")]
fn post<T: DeserializeOwned + 'static>(
    event: &leptos::ev::SubmitEvent,
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
        done(answer(&answered));
    });
    request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
    ended.forget();
    state.set(Progress::Sending(0));
    request.send_with_opt_form_data(Some(&data)).ok()?;
    Some(request)
}

#[cfg(target_arch = "wasm32")]
fn answer<T: DeserializeOwned>(request: &web_sys::XmlHttpRequest) -> Result<T, Failure> {
    let text = request.response_text().ok().flatten().unwrap_or_default();
    let broken = || {
        let words = "The upload did not arrive. Nothing was changed: try again.";
        Failure(contract::AppError::new(contract::ErrorKind::Unavailable, words))
    };
    if request.status().is_ok_and(|s| (200..300).contains(&s)) {
        serde_json::from_str(&text).map_err(|_| broken())
    } else {
        Err(serde_json::from_str(&text).unwrap_or_else(|_| broken()))
    }
}
