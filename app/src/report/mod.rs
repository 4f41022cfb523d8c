//! Pages that are read rather than worked on. What stands on each is said by `service::reports`; here
//! they are drawn, all by the same code.

pub mod form;
mod reading;
mod upload;

use contract::page::{Part, Report};
use contract::table::Tone;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch};

use crate::pages::find;
#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};
use crate::ui::chart::chart;
use crate::ui::load::{again_in, load};
use crate::ui::table::{paged, table};
use crate::ui::{filter, heading_of, notice, tiles};

/// `query`: what the page's address has behind its `?`.
#[server(prefix = "/fn", output = Text, endpoint = "report")]
pub async fn read_report(name: String, #[server(default)] query: String) -> Result<Report, Failure> {
    use service::reports::{Query, view};
    reply(view(&ctx()?, &name, &Query::parse(&query)).await)
}

/// The addresses of all reports, as one route: the page table says which there are.
#[derive(Debug, Clone, Copy)]
pub struct Reported;

/// What the route of reports is called where routes are listed.
pub const LISTED: &str = "every-report";

impl PossibleRouteMatch for Reported {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        find(path.trim_end_matches('/')).filter(|page| !page.report.is_empty())?;
        Some(PartialPathMatch::new("", Vec::new(), path))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.push(PathSegment::Static(LISTED.into()));
    }
}

/// Whatever report stands under the page's address. What the address leaves open in the page table is asked for as `id`.
pub fn page() -> AnyView {
    let (query, path) = (use_query_map(), use_location().pathname);
    let asked = Memo::new(move |_| query.with(|q| q.to_query_string()));
    // While another page is on its way, what stands here stays.
    let here = Memo::new(move |before: Option<&(&str, String)>| {
        let path = path.with(|path| path.trim_end_matches('/').to_owned());
        let page = find(&path).filter(|page| !page.report.is_empty());
        page.map(|page| (page.report, path)).or(before.cloned()).unwrap_or_default()
    });
    let question = move || {
        let (report, path) = here.get();
        let mut query = asked.get();
        if find(&path).is_some_and(|page| page.path.ends_with(":id")) {
            let id = path.rsplit('/').next().unwrap_or_default();
            query = format!("id={id}&{}", query.trim_start_matches('?'));
        }
        ReadReport { name: report.into(), query }
    };
    load(question, move |report| draw(&here.get_untracked().1, report, &query.with_untracked(filter::without_page)))
}

fn draw(path: &str, report: Report, rest: &str) -> AnyView {
    if let Some(seconds) = report.again {
        again_in(std::time::Duration::from_secs(seconds.into()));
    }
    // Where something is done on the page itself, or a claim is what one came from, the way on is no more than that.
    let own = report.parts.iter().any(|part| matches!(part, Part::Form(form) if form.primary));
    let back = report.actions.first().is_some_and(|(_, href)| href.starts_with("/claims/clm_"));
    let parts: Vec<_> = report.parts.into_iter().map(|p| part(p, path, rest)).collect();
    view! {
        {heading_of(report.title, report.lead, report.actions, !own && !back)}
        {report.file.map(|(label, href)| view! { <p><a class="button" href=href rel="external" download="">{label}</a></p> })}
        {filter::form(path, report.filters, report.filter)}
        {parts}
    }
    .into_any()
}

/// Parts of another page than a report's.
pub fn parts(all: Vec<Part>) -> Vec<AnyView> {
    all.into_iter().map(|p| part(p, "", "")).collect()
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
        Part::Text(words) => view! { <p class="pre">{words}</p> }.into_any(),
        Part::Head(words) => view! { <h2 class="head">{words}</h2> }.into_any(),
        Part::Links(all) => {
            let links: Vec<_> =
                all.into_iter().map(|(label, href)| view! { <a class="button" href=href>{label}</a> }).collect();
            view! { <p class="row">{links}</p> }.into_any()
        }
        Part::Files(all) => {
            let links: Vec<_> = all
                .into_iter()
                .map(|(label, href)| view! { <a class="button" href=href rel="external" download="">{label}</a> })
                .collect();
            view! { <p class="row">{links}</p> }.into_any()
        }
        Part::Upload(asked) => upload::upload(asked),
        Part::Tabs(label, all) => {
            let links: Vec<_> = all
                .into_iter()
                .map(|tab| {
                    let words = tab.shown.then(|| view! { <span class="hidden-words">" (shown)"</span> });
                    view! { <li><a href=tab.href class:shown=tab.shown>{tab.label}{words}</a></li> }
                })
                .collect();
            view! { <nav aria-label=label><ul class="tabs">{links}</ul></nav> }.into_any()
        }
        Part::Form(asked) => form::form(asked),
        Part::Reading(read) => reading::reading(read),
        Part::Said(title, lines) => {
            view! { <details class="card fold"><summary>{title}</summary><p class="said">{lines}</p></details> }
                .into_any()
        }
    }
}
