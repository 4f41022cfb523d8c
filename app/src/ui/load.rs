//! What is loaded from the server, and what stands there meanwhile.

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure;
use crate::server::Reply;

/// Shows what a resource brings. On the server the page waits for it, so that it is whole without
/// the script.
pub fn load<T>(resource: Resource<Reply<T>>, view: impl Fn(T) -> AnyView + Send + Sync + Clone + 'static) -> AnyView
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let content = move || {
        let view = view.clone();
        Suspend::new(async move {
            match resource.await {
                Ok(value) => view(value),
                Err(error) => failure(&error.0),
            }
        })
    };
    view! {
        <Transition fallback=|| view! { <p class="loading" role="status">"Loading…"</p> }>{content}</Transition>
    }
    .into_any()
}

/// Counts what was done on a page, so that what it shows is loaded again.
#[derive(Clone, Copy)]
struct Reload(RwSignal<u32>);

/// For a page whose parts change what it shows. Part of its resource's source.
pub fn provide_reload() -> RwSignal<u32> {
    let count = RwSignal::new(0);
    provide_context(Reload(count));
    count
}

/// Loads the page's data again when an action has succeeded.
pub fn reload_after<T: 'static>(value: impl With<Value = Option<Reply<T>>> + Copy + Send + Sync + 'static) {
    let Some(Reload(count)) = use_context::<Reload>() else { return };
    Effect::new(move || {
        if value.with(|v| matches!(v, Some(Ok(_)))) {
            count.update(|c| *c += 1);
        }
    });
}
