//! What a person can do on a page: a form that a server function takes.

use std::time::Duration;

use leptos::prelude::*;
use leptos::server_fn::error::ServerFnUrlError;
use serde::de::DeserializeOwned;

use super::dom;
use super::form::FormError;
use super::later::Later;
use super::live::{of, text};
use super::load::Reload;
use crate::server::call::{Answered, Call, read};
use crate::server::{Failure, Reply};
use crate::shell::Counts;

/// What the shell says when something was done.
#[derive(Clone, Copy)]
pub struct Said(pub RwSignal<String>);

/// Where the shell says it: for as long as it takes to read.
pub fn toast(Said(said): Said) -> AnyView {
    let later = Later::new();
    Effect::new(move || {
        if !said.with(String::is_empty) {
            later.again(Duration::from_secs(6), move || said.set(String::new()));
        }
    });
    view! { <div role="status"><p class="toast" class:shown=of(move || !said.with(String::is_empty))>{text(move || said.get())}</p></div> }.into_any()
}

/// One thing that can be done, and how its last attempt went. What the page shows is loaded again
/// when it has succeeded, unless it led elsewhere.
#[derive(Clone, Copy)]
pub struct Act {
    url: &'static str,
    action: Action<String, Reply<Answered>>,
}

impl Act {
    pub fn new<F: Call>() -> Act {
        let act = Act::quiet::<F>();
        if let Some(Reload { done, .. }) = use_context::<Reload>() {
            act.then(move |answered| {
                if !answered.elsewhere {
                    done.update(|c| *c += 1);
                }
            });
        }
        // What waits, and what one was told, may be another number now.
        if let Some(Counts(counts)) = use_context::<Counts>() {
            act.then(move |answered| {
                // Elsewhere they are asked for when one arrives.
                if !answered.elsewhere {
                    counts.update(|c| *c += 1);
                }
            });
        }
        act
    }

    /// After this one the page stays as it is, as while a person types.
    pub fn quiet<F: Call>() -> Act {
        Act::at(F::PATH, F::url())
    }

    fn at(path: &'static str, url: &'static str) -> Act {
        // Without the script a refusal comes back in the address.
        let refused = use_context::<ServerActionError>()
            .filter(|e| e.path() == path)
            .map(|e| Err(ServerFnUrlError::<Failure>::decode_err(e.err())));
        Act { url, action: Action::new_with_value(refused, move |body: &String| send(url, body.clone())) }
    }

    /// Says so when it has succeeded, wherever the page has got to by then.
    pub fn says(self, words: impl Into<String>) -> Act {
        if let Some(Said(said)) = use_context::<Said>() {
            let words = words.into();
            self.then(move |_| said.set(words.clone()));
        }
        self
    }

    /// The same with what the server answered.
    pub fn says_of<T: DeserializeOwned + 'static>(self, words: fn(T) -> String) -> Act {
        if let Some(Said(said)) = use_context::<Said>() {
            self.then(move |answered| {
                if let Ok(value) = read(&answered.text) {
                    said.set(words(value));
                }
            });
        }
        self
    }

    /// Closes this dialog when it has succeeded.
    pub fn closes(self, dialog: &str) {
        let dialog = dialog.to_owned();
        self.then(move |_| dom::close(&dialog));
    }

    /// Moves the focus when it has succeeded and the page shows what came of it.
    pub fn leads_to(self, selector: impl Into<String>) -> Act {
        let selector = selector.into();
        self.then(move |_| seek(selector.clone(), 60));
        self
    }

    /// Does this when it has succeeded.
    pub fn then(self, done: impl Fn(&Answered) + Send + Sync + 'static) {
        let value = self.action.value();
        Effect::new(move || {
            value.with(|v| {
                if let Some(Ok(answered)) = v {
                    done(answered);
                }
            });
        });
    }

    /// Forgets what the last one was answered.
    pub fn forget(self) {
        self.action.value().set(None);
    }

    /// Does it now, without a form.
    pub fn send<F: Call>(self, arguments: &F) {
        self.action.dispatch(arguments.body());
    }

    pub fn pending(self) -> Memo<bool> {
        self.action.pending()
    }

    /// Why the last attempt failed.
    pub fn error(self) -> FormError {
        let value = self.action.value();
        Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().map(|e| e.0.clone()))))
    }

    /// What the server answered, if the last attempt succeeded.
    pub fn answer<T: DeserializeOwned>(self) -> Option<T> {
        self.action.value().with(|v| v.as_ref().and_then(|r| r.as_ref().ok()).and_then(|a| read(&a.text).ok()))
    }
}

#[cfg(feature = "ssr")]
fn send(_: &'static str, _: String) -> crate::server::call::Answer {
    use contract::{AppError, ErrorKind};
    // On the server forms are posted to the function itself.
    Box::pin(async { Err(Failure(AppError::new(ErrorKind::Internal, "Only a browser sends forms."))) })
}

#[cfg(not(feature = "ssr"))]
use crate::server::call::post as send;

/// Tries until it is there: the page is drawn anew when the server has answered.
fn seek(selector: String, tries: u8) {
    let again = move || {
        if !dom::focus(&selector) && tries > 0 {
            seek(selector, tries - 1);
        }
    };
    // Outlives the form, which is drawn anew too.
    set_timeout(again, Duration::from_millis(50));
}

/// The form of an act. What is missing is said by the server, in our words. Without the script it posts itself.
#[component]
pub fn ActForm(act: Act, #[prop(optional)] id: &'static str, children: Children) -> impl IntoView {
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        // A button that sends the form elsewhere is the browser's to follow.
        if event.default_prevented() || goes_elsewhere(&event) {
            return;
        }
        event.prevent_default();
        // Pressed twice, it is done once.
        if act.action.pending().get_untracked() {
            return;
        }
        if let Some(body) = entries(&event) {
            act.action.dispatch(body);
        }
    };
    view! { <form id=(!id.is_empty()).then_some(id) action=act.url method="post" novalidate on:submit=on_submit>{children()}</form> }.into_any()
}

#[cfg(target_arch = "wasm32")]
fn goes_elsewhere(event: &leptos::ev::SubmitEvent) -> bool {
    event.submitter().is_some_and(|button| button.has_attribute("formaction"))
}

#[cfg(not(target_arch = "wasm32"))]
fn goes_elsewhere(_: &leptos::ev::SubmitEvent) -> bool {
    false
}

/// What was entered, as the browser itself would post it.
#[cfg(target_arch = "wasm32")]
fn entries(event: &leptos::ev::SubmitEvent) -> Option<String> {
    let data = leptos::form::form_data_from_event(event).ok()?;
    web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?.to_string().as_string()
}

#[cfg(not(target_arch = "wasm32"))]
fn entries(_: &leptos::ev::SubmitEvent) -> Option<String> {
    None
}
