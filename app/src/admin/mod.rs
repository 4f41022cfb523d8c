//! People, companies, API keys.

pub mod api;
pub mod api_keys;
pub mod companies;
pub mod people;

use contract::admin::Issued;
use leptos::prelude::*;

/// A secret that is shown once, or word that it is on its way.
fn issued(issued: Issued) -> AnyView {
    let secret = (!issued.secret.is_empty()).then(|| view! { <p><code data-secret="">{issued.secret}</code></p> });
    view! {
        <div class="notice good secret" role="status">
            <p><strong>{issued.title}</strong></p>
            {secret}
            <p>{issued.hint}</p>
        </div>
    }
    .into_any()
}
