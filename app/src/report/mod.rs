//! Pages that are read rather than worked on. What stands on each is said by `service::reports`; here
//! they are drawn, all by the same code.

use contract::page::{Part, Report};
use contract::table::Tone;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};
use crate::ui::chart::chart;
use crate::ui::load::load;
use crate::ui::table::{paged, table};
use crate::ui::{filter, heading, notice, tiles};

/// `query`: what the page's address has behind its `?`.
#[server(prefix = "/fn", output = Text, endpoint = "report")]
pub async fn read_report(name: String, #[server(default)] query: String) -> Result<Report, Failure> {
    use service::reports::{Query, view};
    reply(view(&ctx()?, &name, &Query::parse(&query)).await)
}

/// The page of the report of this name, which is its address too.
pub fn page(name: &'static str) -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|q| q.to_query_string()));
    let question = move || ReadReport { name: name.into(), query: asked.get() };
    load(question, move |report| draw(name, report, &query.with_untracked(filter::without_page)))
}

fn draw(name: &str, report: Report, rest: &str) -> AnyView {
    let path = format!("/{name}");
    let parts: Vec<_> = report.parts.into_iter().map(|p| part(p, &path, rest)).collect();
    view! {
        {heading(report.title, report.lead, report.actions)}
        {report.file.map(|(label, href)| view! { <p><a class="button" href=href rel="external" download="">{label}</a></p> })}
        {filter::form(&path, report.filters)}
        {parts}
    }
    .into_any()
}

fn part(part: Part, path: &str, rest: &str) -> AnyView {
    match part {
        Part::Tiles(all) => tiles(all),
        Part::Chart(drawn) => chart(drawn),
        Part::Table(rows) => table(rows),
        Part::List(page) => paged(page, path, rest),
        Part::Notice(tone, words) => {
            let class = match tone {
                Tone::Plain => "info",
                Tone::Good => "good",
                Tone::Notice => "warn",
                Tone::Bad => "bad",
            };
            notice(class, words)
        }
        Part::Text(words) => view! { <p>{words}</p> }.into_any(),
    }
}
