//! The side bar: what the role may open, in sections, and what is one's own at its foot.

use contract::account::Viewer;
use domain::policy::Permission as P;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{keys, palette};
use crate::account::api::{SetTheme, SignOut};
use crate::account::page::{THEMES, current_theme};
use crate::pages::{self, Needs, PAGES, Page, Section};
use crate::ui::act::{Act, ActForm};
use crate::ui::icon;
use crate::ui::live::{click, of};

/// What the role may open of a section; nobody meets a link that answers "forbidden".
fn links(viewer: &Viewer, section: Section) -> Vec<&'static Page> {
    PAGES.iter().filter(|page| page.section == Some(section)).filter(|page| may(viewer, page)).collect()
}

pub fn may(viewer: &Viewer, page: &Page) -> bool {
    match page.needs {
        Needs::Permission(permission) => viewer.may(permission),
        Needs::Nothing | Needs::SignIn => true,
    }
}

/// How a link of the navigation stands to the page that is shown: the page itself, the one above it, or
/// neither. Of all links of a page one at most is the page itself.
fn standing(here: &str, link: &str) -> (Option<&'static str>, bool) {
    let current = here.trim_end_matches('/') == link;
    (current.then_some("page"), !current && pages::parent(here).is_some_and(|above| above.path == link))
}

fn link(page: &'static Page, count: u64) -> AnyView {
    let here = use_location().pathname;
    let path = page.path;
    let current = of(move || here.with(|here| standing(here, path).0));
    let within = of(move || here.with(|here| standing(here, path).1));
    let key = (path == "/claims/new").then_some("c");
    let count = (count > 0).then(|| view! { <span class="count">{count}</span> });
    view! {
        <li><a href=path aria-current=current class:within=within data-key=key>{icon(page.icon)}<span>{page.label}</span>{count}</a></li>
    }
    .into_any()
}

/// A section of the navigation; nothing where the role has none.
fn section(viewer: &Viewer, section: Section) -> Option<AnyView> {
    let pages = links(viewer, section);
    if pages.is_empty() {
        return None;
    }
    let id = format!("nav-{}", section.label().to_lowercase());
    let waiting = |page: &Page| viewer.waiting.iter().find(|(path, _)| path == page.path).map_or(0, |(_, n)| *n);
    let items: Vec<_> = pages.into_iter().map(|page| link(page, waiting(page))).collect();
    let view = view! {
        <li>
            <p class="section" id=id.clone()>{section.label()}</p>
            <ul aria-labelledby=id>{items}</ul>
        </li>
    };
    Some(view.into_any())
}

fn own(path: &str, count: u64) -> Option<AnyView> {
    PAGES.iter().find(|page| page.path == path).map(|page| link(page, count))
}

/// The search of claims, and the way to the palette.
fn find(viewer: &Viewer) -> AnyView {
    let field = viewer.may(P::ReadClaims).then(|| {
        view! {
            <form class="find" action="/claims" method="get" role="search">
                {icon("search")}
                <label class="hidden-words" for="find">"Find a claim"</label>
                <input id="find" name="search" type="search" placeholder="Find a claim" autocomplete="off" data-key="/"/>
            </form>
        }
    });
    view! {
        <div class="finding">
            <button class="button jump" type="button" aria-keyshortcuts="Control+K" on:click=click(palette::open)>
                {icon("next")}<span>"Go to…"</span><kbd>"Ctrl K"</kbd>
            </button>
            {field}
        </div>
    }
    .into_any()
}

pub fn navigation(viewer: Viewer) -> AnyView {
    let sections: Vec<_> = Section::ALL.into_iter().filter_map(|s| section(&viewer, s)).collect();
    let unread = viewer.unread;
    let bell = (unread > 0).then(|| view! { <span class="count">{unread}</span> });
    let bell_words = format!("Notifications, {unread} unread");
    view! {
        <header class="bar">
            <button class="button quiet square" type="button" popovertarget="side" aria-label="Menu">{icon("menu")}</button>
            {brand()}
            <button class="button quiet square" type="button" aria-label="Search" on:click=click(palette::open)>{icon("search")}</button>
            <a class="button quiet square" href="/notifications" aria-label=bell_words>{icon("bell")}{bell}</a>
        </header>
        <aside class="side" id="side" popover="auto">
            <div class="rail">
                {brand()}
                {find(&viewer)}
                <nav aria-label="Main"><ul>{sections}</ul></nav>
                <nav aria-label="You" class="foot">
                    <ul>
                        {own("/notifications", unread)}
                        {own("/help", 0)}
                        <li>{you(&viewer)}</li>
                    </ul>
                </nav>
            </div>
        </aside>
        {palette::palette(&viewer)}
        {keys::list()}
    }
    .into_any()
}

fn brand() -> AnyView {
    view! {
        <p class="brand"><a href="/dashboard"><img src="/fixed/mark-1.svg" alt="" width="24" height="24"/>"Solatium"</a></p>
    }
    .into_any()
}

/// Who is signed in, and what is theirs, behind a button.
fn you(viewer: &Viewer) -> AnyView {
    let out = Act::new::<SignOut>();
    let (name, role) = (viewer.name.clone(), viewer.role.label());
    let who = format!("{role}, {}", viewer.company_name);
    view! {
        <button class="button quiet account" type="button" popovertarget="you">
            {icon("people")}<span class="who"><strong>{name}</strong><span>{role}</span></span>{icon("down")}
        </button>
        <div class="menu" id="you" popover="auto">
            <p class="hint">{who}</p>
            <ul>
                {own("/account", 0)}
                {own("/profile", 0)}
                {own("/trail", 0)}
                {own("/policy", 0)}
            </ul>
            {theme()}
            <ActForm act=out>
                <button class="button quiet" type="submit">{icon("out")}"Sign out"</button>
            </ActForm>
        </div>
    }
    .into_any()
}

/// The theme, changed at a click.
fn theme() -> AnyView {
    let act = Act::quiet::<SetTheme>();
    Effect::new(move || {
        if let Some(theme) = act.answer::<String>()
            && let Some(root) = document().document_element()
        {
            // The server sets it on the next page; this page follows at once.
            let _ = root.set_attribute("data-theme", &theme);
        }
    });
    let now = StoredValue::new(current_theme());
    let choices: Vec<_> = THEMES
        .iter()
        .map(|(value, label)| {
            let pressed = of(move || {
                let chosen = act.answer::<String>().unwrap_or_else(|| now.get_value());
                if chosen == *value { "true" } else { "false" }
            });
            view! { <button class="button" type="submit" name="theme" value=*value aria-pressed=pressed>{*label}</button> }
        })
        .collect();
    view! {
        <ActForm act=act>
            <div class="switch" role="group" aria-label="Theme">{choices}</div>
        </ActForm>
    }
    .into_any()
}
