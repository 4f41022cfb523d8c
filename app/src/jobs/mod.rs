//! The jobs page: what waits, runs, is done or failed.

pub mod api;

use contract::jobs::{JobView, JobsFilter, JobsView, ScheduleView};
use contract::table::grouped;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::ui::act::{Act, ActForm};
use crate::ui::form::summary;
use crate::ui::load::{again_in, load};
use crate::ui::table::{badge, none, time};
use crate::ui::{card, heading};

pub fn page() -> AnyView {
    let query = use_query_map();
    let cancel = Act::new::<api::CancelJob>().says("The job is cancelled, or is being stopped.");
    let again = Act::new::<api::RunJobAgain>().says("The job is in the queue again.");
    let wanted = Memo::new(move |_| {
        query.with(|q| JobsFilter {
            state: q.get("state").unwrap_or_default(),
            after: q.get("after").unwrap_or_default(),
        })
    });
    view! {
        {heading("Jobs", "Work that Solatium does by itself or puts off: what waits, what runs, what failed and why.", vec![])}
        {summary(cancel.error())}
        {summary(again.error())}
        {load(move || api::ListJobs { filter: wanted.get() }, move |v| content(v, wanted.get_untracked(), cancel, again))}
    }
    .into_any()
}

fn content(v: JobsView, filter: JobsFilter, cancel: Act, again: Act) -> AnyView {
    if v.counts.iter().any(|(state, n)| state == "running" && *n > 0) {
        again_in(std::time::Duration::from_secs(2));
    }
    let older = v.older.map(|after| {
        let href = format!("/jobs?state={}&after={after}", filter.state);
        view! { <p><a class="button" href=href>"Older jobs"</a></p> }
    });
    let rows: Vec<_> = v.jobs.into_iter().map(|job| row(job, cancel, again)).collect();
    let list = if rows.is_empty() {
        view! { <p class="empty">"No job of this kind."</p> }.into_any()
    } else {
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Jobs">
                <table class="cards">
                    <thead>
                        <tr>
                            <th scope="col">"Job"</th><th scope="col">"About"</th><th scope="col">"Asked"</th>
                            <th scope="col">"Standing"</th><th scope="col">"Ended"</th><th scope="col">"What came of it"</th><th scope="col">"Act"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let schedules = (!v.schedules.is_empty()).then(|| card("What runs by itself", schedules(v.schedules)));
    view! {
        {states(&v.counts, &filter.state)}
        {list}
        {older}
        {schedules}
    }
    .into_any()
}

/// A link for each state, with how many there are.
fn states(counts: &[(String, u64)], chosen: &str) -> AnyView {
    let label = |key: &str| match key {
        "waiting" => "Waiting",
        "running" => "Running",
        "failed" => "Failed",
        "done" => "Done",
        "cancelled" => "Cancelled",
        _ => "All",
    };
    let all = std::iter::once((String::new(), None)).chain(counts.iter().map(|(key, n)| (key.clone(), Some(*n))));
    let links: Vec<_> = all
        .map(|(key, n)| {
            let href = if key.is_empty() { "/jobs".to_owned() } else { format!("/jobs?state={key}") };
            let shown = key == chosen;
            let words = shown.then(|| view! { <span class="hidden-words">" (shown)"</span> });
            let count = n.map(|n| format!(" {}", grouped(n)));
            view! { <li><a href=href class:shown=shown>{label(&key)}{count}{words}</a></li> }
        })
        .collect();
    view! { <nav aria-label="Jobs by standing"><ul class="tabs">{links}</ul></nav> }.into_any()
}

fn row(job: JobView, cancel: Act, again: Act) -> AnyView {
    let id = job.id.to_string();
    let at = match (job.due_at, job.finished_at) {
        (Some(at), _) => view! { "next "{time(at)} }.into_any(),
        (None, Some(at)) => time(at),
        (None, None) => none(),
    };
    let tries = (job.attempt > 1).then(|| format!(" attempt {} of {}", job.attempt, job.attempts));
    let progress = job.progress.map(|(done, of)| {
        let words = format!("{done} of {of}");
        view! { <progress max=of.to_string() value=done.to_string() aria-label="Progress">{words.clone()}</progress>" "{words} }
    });
    let about = if job.about.is_empty() { none() } else { job.about.into_any() };
    let act = match (job.may_cancel, job.may_run_again) {
        (true, _) => Some(act(cancel, id, "Cancel", &job.label)),
        (_, true) => Some(act(again, id, "Run again", &job.label)),
        (false, false) => None,
    };
    view! {
        <tr>
            <td data-label="Job">{job.label}</td>
            <td data-label="About">{about}</td>
            <td data-label="Asked">{job.asked_by}", "{time(job.asked_at)}</td>
            <td data-label="Standing">{badge(job.standing, job.tone)}<span class="hint">{tries}</span></td>
            <td data-label="Ended">{at}</td>
            <td data-label="What came of it">{progress}{job.words}</td>
            <td class="act">{act}</td>
        </tr>
    }
    .into_any()
}

fn act(act: Act, id: String, verb: &'static str, label: &str) -> AnyView {
    let name = format!("{verb}: {label}");
    view! {
        <ActForm act=act>
            <input type="hidden" name="id" value=id/>
            <button class="button" type="submit" aria-label=name>{verb}</button>
        </ActForm>
    }
    .into_any()
}

fn schedules(all: Vec<ScheduleView>) -> AnyView {
    let rows: Vec<_> = all
        .into_iter()
        .map(|s| {
            view! {
                <tr>
                    <td>{s.label}</td>
                    <td>{s.times}</td>
                    <td>{time(s.next_at)}</td>
                    <td>{s.last_at.map(time)}" "{s.skipped}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="What runs by itself">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Job"</th><th scope="col">"Times, in London"</th>
                        <th scope="col">"Next"</th><th scope="col">"Last"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
