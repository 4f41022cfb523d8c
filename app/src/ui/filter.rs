//! Filters of lists. They are forms that put themselves into the address, so they work without the
//! script and can be bookmarked.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::form::options;

/// A choice whose first entry is "Any", unless the choices bring one for nothing chosen.
pub fn choice(name: &'static str, label: &'static str, chosen: String, choices: Vec<(String, String)>) -> AnyView {
    let any = (!choices.iter().any(|(value, _)| value.is_empty())).then(|| view! { <option value="">"Any"</option> });
    let options = options(choices, &chosen);
    let id = format!("f-{name}");
    let for_id = id.clone();
    view! {
        <div class="field">
            <label for=for_id>{label}</label>
            <select id=id name=name autocomplete="off">{any}{options}</select>
        </div>
    }
    .into_any()
}

/// The filter of a list that knows one: all rows, or only some.
pub fn only(path: &'static str, name: &'static str, some: &'static str, on: bool) -> AnyView {
    let choices = [("", "All"), ("true", some)].map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    view! {
        <form class="filters" autocomplete="off" action=path method="get">
            {choice(name, "Show", if on { "true".into() } else { String::new() }, choices)}
            <div class="field"><button class="button" type="submit">"Filter"</button></div>
        </form>
    }
    .into_any()
}

/// Page and filter of such a list, as the address has them.
pub fn page_and_only(query: &ParamsMap, name: &str) -> (u64, bool) {
    (query.get("page").and_then(|p| p.parse().ok()).unwrap_or(1), query.get(name).as_deref() == Some("true"))
}

/// The address's parameters without the page, for the pager.
pub fn without_page(query: &ParamsMap) -> String {
    let mut query = query.clone();
    query.remove("page");
    query.to_query_string().trim_start_matches('?').to_owned()
}
