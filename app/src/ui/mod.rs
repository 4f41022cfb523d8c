//! The design system: every page is made of these parts.

pub mod act;
pub mod chart;
pub mod dialog;
pub mod dom;
pub mod filter;
pub mod form;
pub mod go;
pub mod later;
pub mod live;
pub mod load;
pub mod table;
pub mod upload;

use contract::AppError;
use contract::page::Tile;
use leptos::prelude::*;

/// A text for `<title>` and `<textarea>`, which leptos does not escape when it renders on the server
/// (leptos issue 4821). Browsers decode character references in both; in the browser itself the text
/// is set and not parsed.
pub fn in_raw_element(text: &str) -> String {
    #[cfg(feature = "ssr")]
    return text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    #[cfg(not(feature = "ssr"))]
    return text.to_owned();
}

/// A picture of the sprite. It says nothing that is not said in words beside it.
pub fn icon(name: &'static str) -> AnyView {
    let href = format!("/fixed/icons-1.svg#{name}");
    view! { <svg class="icon" aria-hidden="true"><use href=href/></svg> }.into_any()
}

/// A page's heading, with what can be done on it at the right: the first is what one comes for.
pub fn heading(title: impl Into<String>, lead: impl Into<String>, actions: Vec<(String, String)>) -> AnyView {
    heading_of(title, lead, actions, true)
}

/// The same; `first`: whether the first is what one comes for.
pub fn heading_of(
    title: impl Into<String>,
    lead: impl Into<String>,
    actions: Vec<(String, String)>,
    first: bool,
) -> AnyView {
    let links: Vec<_> = actions
        .into_iter()
        .enumerate()
        .map(|(i, (label, href))| {
            let class = if i == 0 && first { "button primary" } else { "button" };
            view! { <a class=class href=href>{label}</a> }
        })
        .collect();
    heading_with(title, ().into_any(), lead, links.into_any())
}

/// A heading with something beside its title, such as a badge, and acts of its own.
pub fn heading_with(title: impl Into<String>, beside: AnyView, lead: impl Into<String>, acts: AnyView) -> AnyView {
    let (title, lead) = (title.into(), lead.into());
    let lead = (!lead.is_empty()).then(|| view! { <p class="lead">{lead}</p> });
    let crumbs = crumbs(&title);
    view! {
        <leptos_meta::Title text=in_raw_element(&title)/>
        <header class="page-heading">
            <div>
                {crumbs}
                <div class="title"><h1>{title}</h1>{beside}</div>
                {lead}
            </div>
            <div class="actions">{acts}</div>
        </header>
    }
    .into_any()
}

/// The way to a page that does not stand in the navigation.
fn crumbs(title: &str) -> Option<AnyView> {
    let here = leptos_router::hooks::use_location().pathname;
    let above = here.with_untracked(|path| crate::pages::parent(path))?;
    let title = title.to_owned();
    let view = view! {
        <nav aria-label="Breadcrumb" class="crumbs">
            <ol><li><a href=above.path>{above.label}</a></li><li aria-current="page">{title}</li></ol>
        </nav>
    };
    Some(view.into_any())
}

/// A short help beside a term of the glossary. Needs no script.
pub fn help(term: &'static str) -> AnyView {
    let id = format!("help-{}", term.to_lowercase().replace(' ', "-"));
    let label = format!("What is meant by “{term}”?");
    let meaning = domain::words::meaning(term);
    view! {
        <button class="help" type="button" popovertarget=id.clone() aria-label=label>{icon("info")}</button>
        <span id=id popover="auto">{meaning}</span>
    }
    .into_any()
}

/// A part's heading with the help of a term beside it.
pub fn titled(title: &str, term: &'static str) -> AnyView {
    let title = title.to_owned();
    view! { <div class="titled"><h2>{title}</h2>{help(term)}</div> }.into_any()
}

/// A framed part of a page.
pub fn card(title: &str, body: AnyView) -> AnyView {
    let title = title.to_owned();
    view! {
        <section class="card">
            <h2>{title}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// A note that stands out: `info`, `good`, `warn` or `bad`.
pub fn notice(tone: &'static str, text: impl Into<String>) -> AnyView {
    let class = format!("notice {tone}");
    let text = text.into();
    view! { <p class=class>{text}</p> }.into_any()
}

/// An error in place of what could not be shown, with the way on.
pub fn failure(error: &AppError) -> AnyView {
    let way_on = match (error.kind, error.gate) {
        (contract::ErrorKind::Unauthenticated, _) => Some(("/sign-in", "Sign in")),
        (_, Some(gate)) => Some((gate.path(), gate.label())),
        (_, None) => None,
    };
    let (title, message) = (error.kind.title(), error.message.clone());
    view! {
        <div class="notice bad" role="alert">
            <p><strong>{title}</strong></p>
            <p>{message}</p>
            {way_on.map(|(href, label)| view! { <p><a class="button" href=href>{label}</a></p> })}
        </div>
    }
    .into_any()
}

pub fn tiles(tiles: Vec<Tile>) -> AnyView {
    let tiles: Vec<_> = tiles
        .into_iter()
        .map(|t| {
            let label = match t.href {
                Some(href) => view! { <a href=href>{t.label}</a> }.into_any(),
                None => t.label.into_any(),
            };
            view! {
                <div class="tile">
                    <dt>{label}</dt>
                    <dd><strong>{t.value}</strong><span>{t.hint}</span></dd>
                </div>
            }
        })
        .collect();
    view! { <dl class="tiles">{tiles}</dl> }.into_any()
}

/// How many of something: "1 claim", "2 claims", "2 companies".
pub fn count(n: u64, one: &str) -> String {
    match (n, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        (_, None) => format!("{n} {one}s"),
    }
}
