//! API keys.

use contract::admin::{ApiKeyView, ApiKeysView};
use contract::table::Tone;
use leptos::prelude::*;

use super::{api, issued};
use crate::ui::act::{Act, ActForm};
use crate::ui::dialog::Confirm;
use crate::ui::form::{Field, submit, summary};
use crate::ui::live::live;
use crate::ui::load::load;
use crate::ui::table::{badge, none, time};
use crate::ui::{card, heading};

pub fn page() -> AnyView {
    let create = Act::new::<api::CreateApiKey>();
    let done = live(move || create.answer().map(issued).into_any());
    let error = create.error();
    let content = load(
        || api::ListApiKeys {},
        move |v: ApiKeysView| {
            let company = if v.companies.len() == 1 { v.companies[0].0.clone() } else { String::new() };
            let form = view! {
                {summary(error)}
                <ActForm act=create>
                    {Field::new("company_id", "Company").required().value(company).select(v.companies.clone(), error)}
                    {Field::new("name", "What it is for").required().hint("Such as “Claims system, production”.").view(error)}
                    {submit("Make a key", create.pending())}
                </ActForm>
            };
            view! {
                {list(v.keys, create)}
                {card("Make a key", form.into_any())}
            }
            .into_any()
        },
    );
    view! {
        {heading("API keys", "With a key, another system enters claims and reads predictions for one company.", vec![])}
        <p><a href="/api/v1/docs" rel="external">"How to call the API"</a></p>
        {done}
        {content}
    }
    .into_any()
}

fn list(keys: Vec<ApiKeyView>, create: Act) -> AnyView {
    if keys.is_empty() {
        return view! { <p class="empty">"No key yet."</p> }.into_any();
    }
    let rows: Vec<_> = keys
        .into_iter()
        .map(|k| {
            let standing = match k.revoked_at {
                Some(_) => badge("Revoked".into(), Tone::Plain),
                None => badge("Active".into(), Tone::Good),
            };
            let revoke = k.revoked_at.is_none().then(|| revoke(k.id.to_string(), &k.name, create));
            view! {
                <tr>
                    <td data-label="Key">{k.name}</td>
                    <td data-label="Company">{k.company_name}</td>
                    <td data-label="Starts with"><code>{k.prefix}"…"</code></td>
                    <td data-label="Made">{time(k.created_at)}</td>
                    <td data-label="Last used">{k.last_used_at.map_or_else(none, time)}</td>
                    <td data-label="Standing">{standing}</td>
                    <td class="act">{revoke}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="API keys">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">"Key"</th><th scope="col">"Company"</th><th scope="col">"Starts with"</th>
                        <th scope="col">"Made"</th><th scope="col">"Last used"</th><th scope="col">"Standing"</th>
                        <th scope="col">"Act"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A key that was just made is not shown any more once one is revoked: it may be that one.
fn revoke(id: String, name: &str, create: Act) -> AnyView {
    let asks = Confirm {
        id: format!("revoke-{id}"),
        label: "Revoke".into(),
        class: "button",
        key: None,
        title: format!("Revoke the key “{name}”?"),
        words: "The system that uses it is refused at once. It cannot be undone: another key would have to be made."
            .into(),
        verb: "Revoke the key",
    };
    let act = Act::new::<api::RevokeApiKey>().says(format!("The key “{name}” is revoked."));
    act.then(move |_| create.forget());
    asks.view(act, view! { <input type="hidden" name="id" value=id/> }.into_any())
}
