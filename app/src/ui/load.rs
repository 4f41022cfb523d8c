//! What is loaded from the server, and what stands there meanwhile.

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{dom, failure};
use crate::server::Reply;
use crate::server::call::{Answer, Call, read};
#[cfg(not(feature = "ssr"))]
use crate::shell::Going;

/// Counts why what a page shows is loaded again.
#[derive(Clone, Copy)]
pub struct Reload {
    /// Something was done: the page is built anew, so that nothing typed or ticked passes to what it shows then.
    pub done: RwSignal<u32>,
    /// Time has passed: what has changed is changed where it stands, and what a person has opened stays open.
    pub passed: RwSignal<u32>,
}

impl Reload {
    pub fn new() -> Reload {
        Reload { done: RwSignal::new(0), passed: RwSignal::new(0) }
    }
}

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

/// Which of two places a view is drawn in. Leptos puts a new view of the same kind into the elements of the old one, and
/// with them goes what was typed and ticked there; in the other place everything is built anew.
#[derive(Default)]
struct Sides {
    of: Option<(String, u32)>,
    side: Side,
}

#[derive(Clone, Copy, Default)]
struct Side {
    other: bool,
    /// Something was done, and the question is the same.
    acted: bool,
}

impl Sides {
    fn of(&mut self, now: (String, u32)) -> Side {
        if let Some(before) = self.of.as_ref().filter(|before| **before != now) {
            self.side = Side { other: !self.side.other, acted: before.0 == now.0 };
        }
        self.of = Some(now);
        self.side
    }
}

/// Where the focus was on something that is gone, it goes to the page.
fn rescue() {
    if cfg!(feature = "ssr") {
        return;
    }
    set_timeout(dom::rescue, std::time::Duration::from_millis(60));
}

/// What is the same for every view, compiled once.
fn show(
    body: Arc<dyn Fn() -> String + Send + Sync>,
    ask: Arc<dyn Fn(String) -> Answer + Send + Sync>,
    view: Arc<dyn Fn(Reply<String>) -> AnyView + Send + Sync>,
) -> AnyView {
    let reload = use_context::<Reload>();
    let asked = body.clone();
    let resource = Resource::new_str(
        move || (body(), reload.map(|r| (r.done.get(), r.passed.get()))),
        move |(body, _)| {
            let answer = ask(body);
            async move { Arrived(answer.await.map(|a| a.text)) }
        },
    );
    let sides = StoredValue::new(Sides::default());
    let content = move || {
        let view = view.clone();
        let now = untrack(|| (asked(), reload.map_or(0, |r| r.done.get())));
        let side = sides.try_update_value(|sides| sides.of(now)).unwrap_or_default();
        Suspend::new(async move {
            let shown = view(resource.await.0);
            if side.acted {
                rescue();
            }
            if side.other { Either::Right(shown) } else { Either::Left(shown) }
        })
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
    if let Some(Reload { passed, .. }) = use_context::<Reload>() {
        super::later::Later::new().again(wait, move || {
            // The page may be gone by then.
            let _ = passed.try_update(|c| *c += 1);
        });
    }
}

/// The id in the page's address.
pub fn path_id() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_question_and_an_act_are_drawn_anew_and_the_passing_of_time_is_not() {
        let mut sides = Sides::default();
        let mut of = |question: &str, done| {
            let side = sides.of((question.to_owned(), done));
            (side.other, side.acted)
        };
        assert_eq!(of("id=1", 0), (false, false));
        assert_eq!(of("id=1", 0), (false, false), "time has passed");
        assert_eq!(of("id=2", 0), (true, false));
        assert_eq!(of("id=2", 1), (false, true));
        assert_eq!(of("id=1", 1), (true, false));
    }
}
