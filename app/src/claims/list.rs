//! The claims list: filters stand in the address.

use contract::claim::ClaimFilter;
use domain::claim::ACCIDENT_TYPES;
use domain::settlement::ClaimStatus;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use super::api;
use crate::ui::filter;
use crate::ui::form::{Field, no_error};
use crate::ui::heading;
use crate::ui::load::load;
use crate::ui::table::paged;

fn from_address(query: &ParamsMap) -> ClaimFilter {
    let text = |name: &str| query.get(name).unwrap_or_default();
    ClaimFilter {
        search: text("search"),
        status: text("status"),
        accident_type: text("accident_type"),
        from: text("from"),
        to: text("to"),
        mine: text("mine") == "true",
        sort: text("sort"),
        page: text("page").parse().unwrap_or(1),
    }
}

pub fn page() -> AnyView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(from_address));
    let form = move || {
        let f = wanted.get();
        let statuses = ClaimStatus::ALL.iter().map(|s| (s.key().to_owned(), s.label().to_owned())).collect();
        let types = ACCIDENT_TYPES.iter().map(|t| ((*t).to_owned(), (*t).to_owned())).collect();
        let sorts = [
            ("", "Newest first"),
            ("oldest", "Oldest first"),
            ("largest", "Largest first"),
            ("smallest", "Smallest first"),
        ]
        .map(|(v, l)| (v.to_owned(), l.to_owned()))
        .to_vec();
        let mine = [("", "Everybody’s"), ("true", "Entered by me")].map(|(v, l)| (v.to_owned(), l.to_owned())).to_vec();
        view! {
            <form class="filters" autocomplete="off" action="/claims" method="get">
                {Field::new("search", "Number or reference").kind("search").value(f.search).view(no_error())}
                {filter::choice("status", "Status", f.status, statuses)}
                {filter::choice("accident_type", "Accident", f.accident_type, types)}
                {Field::new("from", "Entered from").kind("date").value(f.from).view(no_error())}
                {Field::new("to", "to").kind("date").value(f.to).view(no_error())}
                {filter::choice("mine", "Whose", if f.mine { "true".into() } else { String::new() }, mine)}
                {filter::choice("sort", "Order", f.sort, sorts)}
                <div class="field"><button class="button" type="submit">"Filter"</button>" "<a class="button quiet" href="/claims">"Clear"</a></div>
            </form>
        }
    };
    view! {
        {heading("Claims", "Search, filter and open a claim.", vec![("Enter a claim".into(), "/claims/new".into()), ("Upload a file".into(), "/claims/import".into())])}
        {form}
        {chips(wanted)}
        {load(move || api::ListClaims { filter: wanted.get() }, move |p| paged(p, "/claims", &query.with_untracked(filter::without_page)))}
    }
    .into_any()
}

/// The filters in force, each with a link that takes it off.
fn chips(filter: Memo<ClaimFilter>) -> AnyView {
    let content = move || {
        let f = filter.get();
        let mut set = vec![
            ("search", f.search.clone(), format!("“{}”", f.search)),
            (
                "status",
                f.status.clone(),
                ClaimStatus::from_key(&f.status).map_or(f.status.clone(), |s| s.label().into()),
            ),
            ("accident_type", f.accident_type.clone(), f.accident_type.clone()),
            ("from", f.from.clone(), format!("from {}", f.from)),
            ("to", f.to.clone(), format!("to {}", f.to)),
            ("mine", if f.mine { "true".into() } else { String::new() }, "entered by me".into()),
        ];
        set.retain(|(_, value, _)| !value.is_empty());
        let items: Vec<_> = set
            .iter()
            .map(|(name, _, words)| {
                let mut rest = ParamsMap::new();
                for (other, value, _) in set.iter().filter(|(other, _, _)| other != name) {
                    rest.insert((*other).to_owned(), value.clone());
                }
                let href = format!("/claims{}", rest.to_query_string());
                let label = format!("Take off the filter {words}");
                view! { <li><a class="chip" href=href aria-label=label>{words.clone()}" ×"</a></li> }
            })
            .collect();
        view! { <ul class="chips">{items}</ul> }
    };
    view! { <div>{content}</div> }.into_any()
}
