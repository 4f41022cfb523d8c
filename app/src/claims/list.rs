//! The claims list, to be worked in: views, filters that stand in the address and apply at once, columns of one's
//! choice, and what is done with several claims at a time. Nothing is accepted here: whoever settles a claim has seen it.

use std::time::Duration;

use contract::claim::{ClaimFilter, ClaimRow, ClaimsPage, SavedView};
use contract::table::Tone;
use domain::settlement::ClaimStatus;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::location::Url;
use leptos_router::params::ParamsMap;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::dialog::Confirm;
use crate::ui::filter::without_page;
use crate::ui::form::{Field, options};
use crate::ui::go::Go;
use crate::ui::later::Later;
use crate::ui::live::{live, of, text};
use crate::ui::load::load;
use crate::ui::table::{badge, pager, time};
use crate::ui::{count, dom, heading, icon};

/// Columns that can be left out: the name in the address, the heading, whether figures stand in it, and how it is
/// placed where there is less room.
const COLUMNS: [(&str, &str, bool, &str); 8] = [
    ("reference", "Reference", false, "line2"),
    ("accident", "Accident", false, "line1"),
    ("prognosis", "Prognosis", true, "less"),
    ("claimed", "Claimed", true, "line2"),
    ("predicted", "Predicted", true, "line1"),
    ("settled", "Settled", true, ""),
    ("status", "Status", false, "line2"),
    ("entered", "Entered", false, "less"),
];

fn from_address(query: &ParamsMap) -> ClaimFilter {
    ClaimFilter::read(|name| query.get(name).unwrap_or_default())
}

pub fn page() -> AnyView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(from_address));
    let columns = Memo::new(move |_| query.with(|q| q.get_all("col").unwrap_or_default()));
    let list = load(
        move || api::ListClaims { filter: wanted.get() },
        move |p| rows(p, columns, &query.with_untracked(without_page)),
    );
    view! {
        {heading("Claims", "", vec![("Enter a claim".into(), "/claims/new".into()), ("Upload a file".into(), "/claims/import".into())])}
        <div class="workbench">
            {views()}
            {filters(columns)}
            {list}
        </div>
    }
    .into_any()
}

/// Views that everybody has: name and query.
const EVERYBODYS: [(&str, &str); 3] =
    [("Mine to decide", "status=open&mine=true"), ("In review", "status=flagged"), ("All", "")];

/// The views as tabs: everybody's, and those that the person saved.
fn views() -> AnyView {
    load(
        || api::ListViews {},
        |own: Vec<SavedView>| {
            let everybodys = EVERYBODYS.map(|(name, query)| tab(name.to_owned(), query.to_owned(), None));
            let own: Vec<_> = own.into_iter().map(|v| tab(v.name, v.query, Some(v.id.to_string()))).collect();
            view! {
                <nav aria-label="Views" class="views"><ul class="tabs">{Vec::from(everybodys)}{own}<li>{save()}</li></ul></nav>
            }
            .into_any()
        },
    )
}

/// A view, which is shown if the address asks for the same, in whatever order and however it is encoded: the server
/// writes addresses in another way than browsers do.
fn tab(name: String, view: String, own: Option<String>) -> AnyView {
    let query = use_query_map();
    let parts = |query: &str| {
        let mut parts: Vec<String> =
            query.split('&').filter(|part| !part.is_empty() && !part.ends_with('=')).map(Url::unescape).collect();
        parts.sort();
        parts
    };
    let wanted = parts(&view);
    let shown = Memo::new(move |_| parts(&query.with(without_page)) == wanted);
    let href = if view.is_empty() { "/claims".to_owned() } else { format!("/claims?{view}") };
    let words = live(move || shown.get().then(|| view! { <span class="hidden-words">" (shown)"</span> }).into_any());
    let remove = own.map(|id| {
        let label = format!("Remove the view {name}");
        let act = Act::new::<api::RemoveView>().says("The view is removed.");
        view! {
            <span hidden=of(move || !shown.get())>
                <ActForm act=act>
                    <input type="hidden" name="id" value=id/>
                    <button class="button quiet square" type="submit" aria-label=label>{icon("close")}</button>
                </ActForm>
            </span>
        }
    });
    view! { <li><a href=href class:shown=of(move || shown.get())>{name}{words}</a>{remove}</li> }.into_any()
}

/// Saves what the address shows as a view of one's own.
fn save() -> AnyView {
    let query = use_query_map();
    let act = Act::new::<api::SaveView>().says("The view is saved.");
    let inputs = view! {
        <input type="hidden" name="query" value=of(move || query.with(without_page))/>
        {Field::new("name", "Name of the view").required().view(act.error())}
    };
    let asks = Confirm {
        id: "save-view".into(),
        label: "Save view".into(),
        class: "button quiet",
        key: None,
        title: "Save this view".into(),
        words: "The filters, the order and the columns that are shown now, for you alone.".into(),
        verb: "Save",
    };
    asks.view(act, inputs.into_any())
}

/// The address that a form of filters asks for, without what is empty.
fn narrowed(entries: Vec<(String, String)>) -> String {
    let mut rest = ParamsMap::new();
    for (name, value) in entries.into_iter().filter(|(_, value)| !value.is_empty()) {
        rest.insert(name, value);
    }
    format!("/claims{}", rest.to_query_string())
}

fn filters(columns: Memo<Vec<String>>) -> AnyView {
    let query = use_query_map();
    let get = move |name: &'static str| query.with(|q| q.get(name).unwrap_or_default());
    let go = Go::new();
    let apply = move || {
        if let Some(entries) = dom::entries("filters") {
            go.to(&narrowed(entries), false);
        }
    };
    let later = Later::new();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        apply();
    };
    let statuses = ClaimStatus::ALL.iter().map(|s| (s.key().to_owned(), s.label().to_owned())).collect();
    let types = super::entry::accidents();
    let pairs = |all: &[(&str, &str)]| all.iter().map(|(v, l)| ((*v).to_owned(), (*l).to_owned())).collect::<Vec<_>>();
    let sorts = pairs(&[("oldest", "Oldest first"), ("largest", "Largest first"), ("smallest", "Smallest first")]);
    let date = move |name: &'static str, label: &'static str| {
        view! {
            <div class="field">
                <label for=format!("f-{name}")>{label}</label>
                <input id=format!("f-{name}") name=name type="date" title=label value=get(name) prop:value=of(move || get(name)) class:set=of(move || !get(name).is_empty())/>
            </div>
        }
    };
    let narrow =
        move || query.with(|q| without_page(q).split('&').any(|part| !part.is_empty() && !part.starts_with("col=")));
    let kept = live(move || {
        let all = columns.get().into_iter().map(|c| view! { <input type="hidden" name="col" value=c/> });
        all.collect::<Vec<_>>().into_any()
    });
    view! {
        <form class="filters" id="filters" autocomplete="off" action="/claims" method="get" on:submit=on_submit on:change=move |_| apply()>
            <div class="field">
                <label for="f-search">"Number or reference"</label>
                <input id="f-search" name="search" type="search" placeholder="Number or whole reference" value=get("search") prop:value=of(move || get("search"))
                    on:input=move |_| later.again(Duration::from_millis(250), apply)/>
            </div>
            {chip("status", "Status", "Any status", statuses)}
            {chip("accident_type", "Accident", "Any accident", types)}
            {chip("mine", "Whose", "Everybody’s", pairs(&[("true", "Entered by me"), ("decided", "Decided by me")]))}
            <div class="dates">{date("from", "Entered from")}{date("to", "Entered until")}</div>
            {chip("sort", "Order", "Newest first", sorts)}
            {kept}
            {live(move || (!get("decided_from").is_empty()).then(|| date("decided_from", "Decided since")).into_any())}
            <div class="field">
                <button class="button without-script" type="submit">"Filter"</button>
                {live(move || narrow().then(|| view! { <a class="button quiet" href="/claims">"Clear"</a> }).into_any())}
            </div>
            {picker(columns)}
        </form>
    }
    .into_any()
}

/// A choice that shows what it narrows by; its first entry narrows by nothing.
fn chip(name: &'static str, label: &'static str, any: &'static str, choices: Vec<(String, String)>) -> AnyView {
    let query = use_query_map();
    let get = move || query.with(|q| q.get(name).unwrap_or_default());
    let id = format!("f-{name}");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name=name class:set=of(move || !get().is_empty()) prop:value=of(get)>
                <option value="">{any}</option>
                {options(choices, &query.with_untracked(|q| q.get(name).unwrap_or_default()))}
            </select>
        </div>
    }
    .into_any()
}

/// Which columns are shown.
fn picker(columns: Memo<Vec<String>>) -> AnyView {
    let query = use_query_map();
    let go = Go::new();
    let ticks: Vec<_> = COLUMNS
        .iter()
        .map(|(key, label, _, _)| {
            let checked = of(move || shown(&columns.get(), key));
            let change = move |_| {
                let now: Vec<&str> =
                    COLUMNS.iter().map(|c| c.0).filter(|k| shown(&columns.get_untracked(), k) != (k == key)).collect();
                let mut rest = query.get_untracked();
                rest.remove("col");
                if now.len() < COLUMNS.len() {
                    for key in &now {
                        rest.insert("col", (*key).to_owned());
                    }
                    if now.is_empty() {
                        rest.insert("col", "none".to_owned());
                    }
                }
                let href = format!("/claims{}", rest.to_query_string());
                go.to(&href, false);
            };
            view! { <label class="tick"><input type="checkbox" aria-label=format!("Show {label}") prop:checked=checked on:change=change/>{*label}</label> }
        })
        .collect();
    view! {
        <button class="button needs-script" type="button" popovertarget="columns">{icon("columns")}"Columns"</button>
        <div class="menu columns" id="columns" popover="auto" role="group" aria-label="Columns" on:change=|e| e.stop_propagation()>{ticks}</div>
    }
    .into_any()
}

/// Without a choice all columns are shown.
fn shown(chosen: &[String], key: &str) -> bool {
    chosen.is_empty() || chosen.iter().any(|c| c == key)
}

/// The rows, what can be done with those that are ticked, and the other pages.
fn rows(p: ClaimsPage, columns: Memo<Vec<String>>, rest: &str) -> AnyView {
    if p.rows.is_empty() {
        return empty(p.may_enter, rest.is_empty());
    }
    let columns = columns.get();
    let chosen = RwSignal::new(Vec::<String>::new());
    let picked = move |_| chosen.set(dom::values(".rows tbody .pick input:checked"));
    let all = move |event: leptos::ev::Event| {
        dom::tick_all(".rows tbody .pick input", event_target_checked(&event));
        picked(event);
    };
    // Enter on a box is not meant to send a form.
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && dom::on_box() {
            event.prevent_default();
        }
    };
    let heads: Vec<_> = COLUMNS
        .iter()
        .filter(|(key, ..)| shown(&columns, key))
        .map(|(_, label, number, place)| {
            let less = *place == "less";
            view! { <th scope="col" class:number=*number class:less=less>{*label}</th> }
        })
        .collect();
    let body: Vec<_> = p.rows.into_iter().map(|claim| row(claim, &columns)).collect();
    view! {
        <div class="rows" role="region" aria-label="Claims" on:change=picked on:keydown=on_key>
            <table>
                <thead>
                    <tr>
                        <th class="pick"><input type="checkbox" aria-label="Choose all" on:change=all/></th>
                        <th scope="col">"Claim"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
        {bulk(chosen, p.may_flag)}
        {pager((p.total, p.page, p.pages), "/claims", rest, Some(format!("/reports/claims/claims.csv?{rest}")))}
    }
    .into_any()
}

fn row(claim: ClaimRow, columns: &[String]) -> AnyView {
    let href = format!("/claims/{}", claim.id);
    let label = format!("Choose {}", claim.number);
    let money = |m: Option<domain::Money>| {
        m.map_or_else(|| view! { <span class="none">"–"</span> }.into_any(), |m| m.to_string().into_any())
    };
    let mut cells = [
        Some(claim.reference.into_any()),
        Some(claim.accident.into_any()),
        Some(claim.prognosis_months.map(|m| format!("{m} mo")).into_any()),
        Some(claim.claimed.to_string().into_any()),
        Some(money(claim.predicted)),
        Some(money(claim.settled)),
        Some(badge(claim.status.label().into(), Tone::of(claim.status))),
        Some(time(claim.entered_at)),
    ];
    let cells: Vec<_> = COLUMNS
        .iter()
        .zip(&mut cells)
        .filter(|((key, ..), _)| shown(columns, key))
        .map(|((key, _, number, place), cell)| {
            let class = format!("c-{key} {place}{}", if *number { " number" } else { "" });
            view! { <td class=class>{cell.take()}</td> }
        })
        .collect();
    view! {
        <tr>
            <td class="pick line1"><input type="checkbox" name="ids[]" form="bulk" value=claim.id.to_string() aria-label=label/></td>
            <td class="c-claim line1"><a class="row-link" href=href>{claim.number}</a></td>
            {cells}
        </tr>
    }
    .into_any()
}

/// What is done with the claims that are ticked. They are exported by a form of their own, so that no word that was
/// typed for a review comes into its address.
fn bulk(chosen: RwSignal<Vec<String>>, may_flag: bool) -> AnyView {
    let words = text(move || format!("{} chosen", chosen.with(Vec::len)));
    let flag = may_flag.then(|| flag(chosen));
    view! {
        <div class="bulk" role="group" aria-label="Chosen claims">
            <span role="status">{words}</span>
            {flag}
            <form id="bulk" action="/reports/claims/claims.csv" method="get">
                <button class="button" type="submit">{icon("download")}"Export as CSV"</button>
            </form>
        </div>
    }
    .into_any()
}

fn flag(chosen: RwSignal<Vec<String>>) -> AnyView {
    let act = Act::new::<api::FlagClaims>()
        .says_of(|n: u64| format!("{} in review: the managers are told.", count(n, "claim")));
    let ids = live(move || {
        let all = chosen.get().into_iter().map(|id| view! { <input type="hidden" name="ids[]" value=id/> });
        all.collect::<Vec<_>>().into_any()
    });
    let inputs = view! {
        {ids}
        {Field::new("flag_reason", "What should the manager look at?").required().area(3, act.error())}
    };
    let asks = Confirm {
        id: "bulk-flag".into(),
        label: "Ask for a review".into(),
        class: "button needs-script",
        key: None,
        title: "Ask for a review".into(),
        words: "Your company’s managers are told once. Only claims that are to be decided can be flagged: all of these are, or none.".into(),
        verb: "Flag for review",
    };
    asks.view(act, inputs.into_any())
}

fn empty(may_enter: bool, all: bool) -> AnyView {
    let enter = may_enter.then(|| view! { <a class="button" href="/claims/new">"Enter a claim"</a> });
    let (words, clear) = if all {
        ("No claim yet.", None)
    } else {
        ("No claim fits these filters.", Some(view! { <a class="button" href="/claims">"Clear the filters"</a> }))
    };
    view! { <div class="empty"><p>{words}</p><div class="row">{clear}{enter}</div></div> }.into_any()
}
