//! What is loaded from the server, and what stands there meanwhile.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure;
use crate::server::Reply;
use crate::server::call::{Answer, Call, read};
#[cfg(not(feature = "ssr"))]
use crate::shell::Going;

/// Counts what was done on the page, so that what it shows is loaded again.
#[derive(Clone, Copy)]
pub struct Reload(pub RwSignal<u32>);

/// Asks the server and shows the answer; asks again when the question changes or when something was
/// done on the page. On the server the page waits for it, so that it is whole without the script.
pub fn load<F>(
    question: impl Fn() -> F + Send + Sync + 'static,
    view: impl Fn(F::Output) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    F: Call,
    F::Output: Serialize + DeserializeOwned,
{
    let question = Arc::new(question);
    let asked = question.clone();
    let body = Arc::new(move || asked().body());
    #[cfg(feature = "ssr")]
    let ask = Arc::new(move |_: String| crate::server::call::run(untrack(|| question())));
    #[cfg(not(feature = "ssr"))]
    let ask = Arc::new(|body: String| crate::server::call::post(F::url(), body));
    let view = Arc::new(move |answer: Reply<String>| match answer.and_then(|text| read(&text)) {
        Ok(value) => view(value),
        Err(error) => failure(&error.0),
    });
    show(body, ask, view)
}

/// An answer as the page brings it along: JSON behind a sign that says whether it is a refusal.
#[derive(Clone)]
struct Arrived(Reply<String>);

impl std::fmt::Display for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ok(text) => write!(f, "+{text}"),
            #[cfg(feature = "ssr")]
            Err(refused) => write!(f, "-{}", serde_json::to_string(refused).unwrap_or_default()),
            // Only the server sends pages.
            #[cfg(not(feature = "ssr"))]
            Err(_) => Ok(()),
        }
    }
}

impl std::str::FromStr for Arrived {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Arrived, Self::Err> {
        Ok(Arrived(match text.strip_prefix('-') {
            Some(refused) => read(refused).and_then(Err),
            None => Ok(text.strip_prefix('+').unwrap_or(text).to_owned()),
        }))
    }
}

/// What is the same for every view, compiled once.
fn show(
    body: Arc<dyn Fn() -> String + Send + Sync>,
    ask: Arc<dyn Fn(String) -> Answer + Send + Sync>,
    view: Arc<dyn Fn(Reply<String>) -> AnyView + Send + Sync>,
) -> AnyView {
    let reload = use_context::<Reload>();
    let resource = Resource::new_str(
        move || (body(), reload.map(|r| r.0.get())),
        move |(body, _)| {
            let answer = ask(body);
            async move { Arrived(answer.await.map(|a| a.text)) }
        },
    );
    let content = move || {
        let view = view.clone();
        Suspend::new(async move { view(resource.await.0) })
    };
    let waits = || view! { <p class="loading" role="status">"Loading…"</p> };
    // Only in the browser: a setter is called under a lock of the reactive graph, and with several threads one that
    // reads another signal there waits for ever.
    #[cfg(feature = "ssr")]
    return view! { <Transition fallback=waits>{content}</Transition> }.into_any();
    #[cfg(not(feature = "ssr"))]
    {
        let going = use_context().unwrap_or_else(Going::new);
        let pending = SignalSetter::map(move |waits| going.part.set(waits));
        view! { <Transition set_pending=pending fallback=waits>{content}</Transition> }.into_any()
    }
}

/// Loads again what the page shows, in a while: for what goes on by itself.
pub fn again_in(wait: std::time::Duration) {
    // A page that the server renders is whole as it is; without the script it is loaded by hand.
    if cfg!(feature = "ssr") {
        return;
    }
    if let Some(Reload(count)) = use_context::<Reload>() {
        super::later::Later::new().again(wait, move || {
            // The page may be gone by then.
            let _ = count.try_update(|c| *c += 1);
        });
    }
}

/// The id in the page's address.
pub fn path_id() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()))
}
