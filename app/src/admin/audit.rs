//! The audit log with its filters.

use contract::admin::AuditFilter;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::api;
use crate::ui::filter;
use crate::ui::form::{Field, no_error};
use crate::ui::load::load;
use crate::ui::table::paged;
use crate::ui::{heading, notice};

pub fn page() -> AnyView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|q| {
            let text = |name: &str| q.get(name).unwrap_or_default();
            AuditFilter {
                action: text("action"),
                person: text("person"),
                entity: text("entity"),
                from: text("from"),
                to: text("to"),
                page: text("page").parse().unwrap_or(1),
            }
        })
    });
    let content = load(
        move || api::ListAudit { filter: wanted.get() },
        move |(page, actions, people, chain): api::AuditView| {
            let f = wanted.get();
            let actions = actions.into_iter().map(|a| (a.clone(), a)).collect();
            let rest = query.with_untracked(filter::without_page);
            let tone = match chain.holds {
                Some(true) => "good",
                Some(false) => "bad",
                None => "info",
            };
            view! {
            {notice(tone, chain.words)}
            <form class="filters" autocomplete="off" action="/audit" method="get">
                {filter::choice("action", "Action", f.action, actions)}
                {filter::choice("person", "Who", f.person, people)}
                {Field::new("entity", "Of (id)").value(f.entity).view(no_error())}
                {Field::new("from", "From").kind("date").value(f.from).view(no_error())}
                {Field::new("to", "to").kind("date").value(f.to).view(no_error())}
                <div class="field"><button class="button" type="submit">"Filter"</button>" "<a class="button quiet" href="/audit">"Clear"</a></div>
            </form>
            {paged(page, "/audit", &rest)}
        }
        .into_any()
        },
    );
    view! {
        {heading("Audit log", "Every change with who made it and when. Rows are only ever added.", vec![])}
        {content}
    }
    .into_any()
}
