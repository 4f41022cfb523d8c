//! The design system: every page is made of these parts.

pub mod act;
pub mod chart;
pub mod filter;
pub mod form;
pub mod later;
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

/// A page's heading, with what can be done on it at the right.
pub fn heading(title: impl Into<String>, lead: impl Into<String>, actions: Vec<(String, String)>) -> AnyView {
    let (title, lead) = (title.into(), lead.into());
    let links: Vec<_> = actions
        .into_iter()
        .enumerate()
        .map(|(i, (label, href))| {
            let class = if i == 0 { "button primary" } else { "button" };
            view! { <a class=class href=href>{label}</a> }
        })
        .collect();
    view! {
        <leptos_meta::Title text=in_raw_element(&title)/>
        <header class="page-heading">
            <div>
                <h1>{title}</h1>
                <p class="lead">{lead}</p>
            </div>
            <div class="actions">{links}</div>
        </header>
    }
    .into_any()
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
