//! Filters of lists. They are forms that put themselves into the address, so they work without the
//! script and can be bookmarked.

use contract::page::{Asks, Filter};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::form::{Field, no_error, options};

fn select(name: &str, label: &str, options: AnyView) -> AnyView {
    let (id, name, label) = (format!("f-{name}"), name.to_owned(), label.to_owned());
    let for_id = id.clone();
    view! {
        <div class="field">
            <label for=for_id>{label}</label>
            <select id=id name=name autocomplete="off">{options}</select>
        </div>
    }
    .into_any()
}

/// The filters of a page; nothing where it has none. `label`: of their button.
pub fn form(path: &str, filters: Vec<Filter>, label: String) -> Option<AnyView> {
    if filters.is_empty() {
        return None;
    }
    let label = if label.is_empty() { "Filter".to_owned() } else { label };
    let (action, clear) = (path.to_owned(), path.to_owned());
    let fields: Vec<_> = filters.into_iter().map(field).collect();
    let view = view! {
        <form class="filters" autocomplete="off" action=action method="get">
            {fields}
            <div class="field"><button class="button" type="submit">{label}</button>" "<a class="button quiet" href=clear>"Clear"</a></div>
        </form>
    };
    Some(view.into_any())
}

fn field(filter: Filter) -> AnyView {
    let Filter { name, label, value, asks } = filter;
    let kind = match asks {
        Asks::Choice(choices) => return select(&name, &label, options(choices, &value)),
        Asks::Date => "date",
        Asks::Text | Asks::Words | Asks::Pounds | Asks::Tick => "text",
    };
    Field::new(&name, &label).kind(kind).value(value).view(no_error())
}

/// The address's parameters without the page, for the pager.
pub fn without_page(query: &ParamsMap) -> String {
    let mut query = query.clone();
    query.remove("page");
    query.to_query_string().trim_start_matches('?').to_owned()
}
