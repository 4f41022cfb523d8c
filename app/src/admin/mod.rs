//! People, companies, API keys.

pub mod api;
pub mod api_keys;
pub mod companies;
pub mod people;

use contract::admin::Issued;
use leptos::prelude::*;

use crate::ui::{dom, live};

/// A secret that is shown once, or word that it is on its way.
fn issued(issued: Issued) -> AnyView {
    let secret = (!issued.secret.is_empty()).then(|| {
        let (text, copied) = (issued.secret.clone(), RwSignal::new(None));
        let copy = live::click(move || {
            copied.set(Some(dom::copy(&text)));
        });
        let label = live::text(move || {
            let words = match copied.get() {
                None => "Copy",
                Some(true) => "Copied",
                Some(false) => "Mark it and copy",
            };
            words.to_owned()
        });
        view! { <p><code data-secret="">{issued.secret}</code>" "<button class="button" type="button" on:click=copy>{label}</button></p> }
    });
    view! {
        <div class="notice good secret" role="status">
            <p><strong>{issued.title}</strong></p>
            {secret}
            <p>{issued.hint}</p>
        </div>
    }
    .into_any()
}
