//! Sending a file with a progress bar and a way to stop. Without the script the same form posts
//! itself.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::form::FormError;
use super::live::{click, live};
use crate::server::Reply;
use crate::server::call::read;

/// How far an upload is.
#[derive(Clone, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "only a browser sends"))]
enum Progress {
    Idle,
    /// Percent sent.
    Sending(u8),
    /// All is sent; the server works.
    Working,
    /// It was stopped before it was all sent.
    Stopped,
}

/// An upload: how far it is, and a way to stop it.
#[derive(Clone, Copy)]
pub struct Upload {
    state: RwSignal<Progress>,
    /// What the server answered to the last one.
    answer: RwSignal<Option<Reply<String>>>,
    // On the server there is no request; what belongs to one thread could not be dropped there.
    #[cfg(target_arch = "wasm32")]
    request: StoredValue<Option<web_sys::XmlHttpRequest>, LocalStorage>,
}

impl Upload {
    pub fn new() -> Upload {
        Upload {
            state: RwSignal::new(Progress::Idle),
            answer: RwSignal::new(None),
            #[cfg(target_arch = "wasm32")]
            request: StoredValue::new_local(None),
        }
    }

    /// Whether something is on its way.
    pub fn busy(self) -> bool {
        matches!(self.state.get(), Progress::Sending(_) | Progress::Working)
    }

    /// The progress bar; the caller's form is above it.
    pub fn view(self) -> AnyView {
        let content = live(move || {
            let (percent, words) = match self.state.get() {
                Progress::Idle => return ().into_any(),
                Progress::Stopped => {
                    return view! { <p class="hint" role="status">"Stopped: nothing of it was kept."</p> }.into_any();
                }
                Progress::Sending(percent) => (percent, format!("{percent}% sent")),
                Progress::Working => (100, "Sent. The server is checking it…".to_owned()),
            };
            view! {
                <div class="progress">
                    <progress max="100" value=percent aria-label="Upload"></progress>
                    <span role="status">{words}</span>
                    <button class="button" type="button" on:click=click(move || self.cancel())>"Cancel"</button>
                </div>
            }
            .into_any()
        });
        view! { <div>{content}</div> }.into_any()
    }

    fn cancel(self) {
        self.state.set(Progress::Stopped);
        #[cfg(target_arch = "wasm32")]
        self.request.with_value(|request| {
            if let Some(request) = request {
                // An upload that cannot be stopped has arrived.
                let _ = request.abort();
            }
        });
    }

    /// Why the last one was refused.
    pub fn error(self) -> FormError {
        Signal::derive(move || self.answer.with(|a| a.as_ref().and_then(|r| r.as_ref().err().map(|e| e.0.clone()))))
    }

    /// What the server answered, if it took the last one.
    pub fn answer<T: DeserializeOwned>(self) -> Option<T> {
        self.answer.with(|a| a.as_ref().and_then(|r| r.as_ref().ok()).and_then(|text| read(text).ok()))
    }

    /// Takes a form's submission over and sends it in the background to a server function. On the
    /// server there is nothing to take over: the form posts itself.
    #[cfg_attr(not(target_arch = "wasm32"), expect(unused_variables, reason = "only a browser sends"))]
    pub fn send(self, event: &leptos::ev::SubmitEvent, url: &str) {
        self.answer.set(None);
        #[cfg(target_arch = "wasm32")]
        self.request.set_value(post(event, url, self.state, self.answer));
    }
}

#[cfg(target_arch = "wasm32")]
fn post(
    event: &leptos::ev::SubmitEvent,
    url: &str,
    state: RwSignal<Progress>,
    answer: RwSignal<Option<Reply<String>>>,
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
        // What is sent as soon as it is chosen can be chosen again.
        if form.class_list().contains("drop") {
            form.reset();
        }
        if state.get_untracked() != Progress::Stopped {
            state.set(Progress::Idle);
            answer.set(Some(answered_with(&answered)));
        }
    });
    request.set_onloadend(Some(ended.as_ref().unchecked_ref()));
    ended.forget();
    state.set(Progress::Sending(0));
    request.send_with_opt_form_data(Some(&data)).ok()?;
    Some(request)
}

#[cfg(target_arch = "wasm32")]
fn answered_with(request: &web_sys::XmlHttpRequest) -> Reply<String> {
    let text = request.response_text().ok().flatten().unwrap_or_default();
    if request.status().is_ok_and(|s| (200..300).contains(&s)) { Ok(text) } else { Err(crate::server::failure(&text)) }
}
