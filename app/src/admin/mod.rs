//! People, companies, the audit log, API keys.

pub mod api;
pub mod api_keys;
pub mod audit;
pub mod companies;
pub mod people;

use contract::admin::Issued;
use leptos::prelude::*;

/// A secret that is shown once.
fn issued(issued: Issued) -> AnyView {
    view! {
        <div class="notice good secret" role="status">
            <p><strong>{issued.title}</strong></p>
            <p><code data-secret="">{issued.secret}</code></p>
            <p>{issued.hint}</p>
        </div>
    }
    .into_any()
}
