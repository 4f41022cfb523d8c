//! The palette: type where you want to go. Pages of one's role, and claims by number or reference.

use std::time::Duration;

use contract::account::Viewer;
use contract::claim::FoundClaim;
use domain::policy::Permission;
use leptos::prelude::*;

use super::navigation::may;
use crate::claims::api::FindClaims;
use crate::pages::PAGES;
use crate::ui::act::Act;
use crate::ui::go::Go;
use crate::ui::later::Later;
use crate::ui::live::{click, live, of, text};
use crate::ui::{dom, icon};

const ID: &str = "palette";

pub fn open() {
    dom::show(ID);
}

/// Somewhere to go.
#[derive(Clone, PartialEq)]
struct Entry {
    label: String,
    hint: String,
    href: String,
    icon: &'static str,
}

pub fn palette(viewer: &Viewer) -> AnyView {
    let pages: Vec<Entry> = PAGES
        .iter()
        .filter(|page| !page.icon.is_empty() || page.path.ends_with("/new") || page.path == "/models/upload")
        .filter(|page| may(viewer, page))
        .map(|page| Entry {
            label: page.label.into(),
            hint: page.section.map_or("", |s| s.label()).into(),
            href: page.path.into(),
            icon: if page.icon.is_empty() { "next" } else { page.icon },
        })
        .collect();
    let claims = viewer.may(Permission::ReadClaims);
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0usize);
    let find = Act::quiet::<FindClaims>();
    let later = Later::new();
    let entries = Memo::new(move |_| {
        let text = typed.get().trim().to_lowercase();
        let mut found: Vec<FoundClaim> = find.answer().unwrap_or_default();
        found.retain(|claim| claim.asked.trim().to_lowercase() == text);
        let fits = |e: &&Entry| e.label.to_lowercase().contains(&text) || e.hint.to_lowercase().starts_with(&text);
        let found = found.into_iter().map(|c| Entry { label: c.number, hint: c.words, href: c.href, icon: "claims" });
        found.chain(pages.iter().filter(fits).cloned()).take(12).collect::<Vec<_>>()
    });
    let go = Go::new();
    let enter = move |i: usize| {
        if let Some(entry) = entries.with_untracked(|all| all.get(i).cloned()) {
            dom::close(ID);
            typed.set(String::new());
            go.to(&entry.href, true);
        }
    };
    let on_input = move |event| {
        let text = event_target_value(&event);
        at.set(0);
        typed.set(text.clone());
        if claims && text.trim().len() > 1 {
            later.again(Duration::from_millis(60), move || find.send(&FindClaims { text }));
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let last = entries.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|i| *i = (*i + 1).min(last)),
            "ArrowUp" => at.update(|i| *i = i.saturating_sub(1)),
            "Enter" => enter(at.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let list = live(move || {
        let all = entries.get().into_iter().enumerate().map(|(i, entry)| option(i, entry, at, enter));
        all.collect::<Vec<_>>().into_any()
    });
    let none = text(move || match entries.with(Vec::is_empty) {
        true => "Nothing is called so. A claim is found by its number or its whole reference.".to_owned(),
        false => String::new(),
    });
    view! {
        <dialog class="dialog palette" id=ID aria-label="Go to" closedby="any">
            <input type="text" aria-label="Go to a page or a claim" placeholder="Page, claim number or reference" role="combobox" aria-expanded="true"
                aria-controls="palette-list" aria-activedescendant=of(move || (!entries.with(Vec::is_empty)).then(|| format!("palette-{}", at.get()))) autocomplete="off" spellcheck="false"
                prop:value=of(move || typed.get()) on:input=on_input on:keydown=on_key/>
            <ul role="listbox" id="palette-list" aria-label="Where to">{list}</ul>
            <p class="hint" role="status">{none}</p>
        </dialog>
    }
    .into_any()
}

fn option(
    i: usize,
    entry: Entry,
    at: RwSignal<usize>,
    enter: impl Fn(usize) + Copy + Send + Sync + 'static,
) -> AnyView {
    let selected = of(move || if at.get() == i { "true" } else { "false" });
    view! {
        <li role="option" id=format!("palette-{i}") aria-selected=selected on:click=click(move || enter(i)) on:pointermove=move |_| at.set(i)>
            {icon(entry.icon)}<span>{entry.label}</span><span class="hint">{entry.hint}</span>
        </li>
    }
    .into_any()
}
