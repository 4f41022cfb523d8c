//! What was found in a document, each beside where it stands: the page's picture with the place outlined, the words
//! around it, or the seconds of a recording. Every answer is a person's: Enter takes a value over, E goes into it to
//! change it, X says that it is wrong.

use contract::page::{Asks, FoundView, Reading};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::form::{DoAct, input};
use crate::ui::act::{Act, ActForm};
use crate::ui::dom;
use crate::ui::form::summary_of;
use crate::ui::live::{live, of};
use crate::ui::table::badge;
use contract::page::Input;

pub fn reading(read: Reading) -> AnyView {
    let focused = RwSignal::new(0_usize);
    let sheet = (!read.pages.is_empty()).then(|| sheet(&read, focused));
    let sound = read.sound.clone();
    let may = read.may;
    let acts = StoredValue::new(read.acts);
    let items: Vec<_> = read
        .found
        .into_iter()
        .enumerate()
        .map(|(i, found)| item(i, found, may, sound.clone(), (focused, acts)))
        .collect();
    let lead = read.lead;
    let video = read.video.map(|href| view! { <video controls preload="metadata" src=href></video> });
    let keys = (may && !items.is_empty()).then(|| {
        view! { <p class="hint">"On a fact "<kbd>"Enter"</kbd>" confirms, "<kbd>"E"</kbd>" edits, "<kbd>"X"</kbd>" rejects. "{lead}</p> }
    });
    view! {
        <div class="reading">
            {sheet}
            {video}
            <section aria-label="What it says"><h2>"What it says"</h2>{keys}<ol class="found">{items}</ol></section>
        </div>
    }
    .into_any()
}

/// The page on which the focused fact stands, with its place outlined.
fn sheet(read: &Reading, focused: RwSignal<usize>) -> AnyView {
    let pages = read.pages.clone();
    let places: Vec<_> = read.found.iter().map(|f| (f.page, f.quad)).collect();
    let shown = move || {
        let (page, quad) = places.get(focused.get()).copied().unwrap_or_default();
        let picture = pages.iter().find(|p| p.page == page).or(pages.first());
        let href = picture.map(|p| p.href.clone()).unwrap_or_default();
        let corners = quad.map(|q| q.map(|[x, y]| format!("{x},{y}")).join(" ")).unwrap_or_default();
        let label = format!("Page {page} of the document");
        view! {
            <div class="paper">
                <img src=href alt=label/>
                <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true"><polygon points=corners/></svg>
            </div>
        }
        .into_any()
    };
    live(shown)
}

type Acts = StoredValue<(String, String)>;

fn item(
    index: usize,
    found: FoundView,
    may: bool,
    sound: Option<String>,
    (focused, acts): (RwSignal<usize>, Acts),
) -> AnyView {
    let id = format!("found-{index}");
    let (own, standing) = (found.own.clone(), found.standing.clone());
    let own = (!own.is_empty()).then(|| view! { <p class="hint">{own}</p> });
    let heard = found.span.zip(sound).map(|([from, to], href)| {
        // Two seconds before and after, which is a sentence.
        let href = format!("{href}#t={:.1},{:.1}", (from - 2.0).max(0.0), to + 2.0);
        view! { <audio controls preload="none" src=href></audio> }
    });
    let open = may && found.open;
    let words = view! {
        <p class="quote">{found.before.clone()}<mark>{found.raw.clone()}</mark>{found.after.clone()}<span class="hint">{format!(" {}", found.place)}</span></p>
    };
    let label = found.label.clone();
    let answer = match (open, may) {
        (true, _) => Some(answer(index, found, acts.get_value().0)),
        (false, true) => Some(back(index, found, acts.get_value().1)),
        (false, false) => None,
    };
    let selector = format!("#{id}");
    let on_key = move |event: KeyboardEvent| key(&event, &selector);
    let class = of(move || if open { "open" } else { "answered" });
    view! {
        <li id=id tabindex="0" class=class class:shown=of(move || focused.get() == index)
            on:focusin=move |_| focused.set(index) on:keydown=on_key>
            <div class="title"><h3>{label}</h3>{badge(standing.0, standing.1)}</div>
            {words}
            {heard}
            {own}
            {answer}
        </li>
    }
    .into_any()
}

/// A key on a fact: on its buttons and in its input keys do what they always do.
fn key(event: &KeyboardEvent, selector: &str) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || dom::typing() {
        return;
    }
    let on_it = event.target() == event.current_target();
    let what = match event.key().as_str() {
        "Enter" if on_it => "[value=confirm]",
        "e" => "[name='with[value]']",
        "x" => "[value=reject]",
        _ => return,
    };
    event.prevent_default();
    dom::use_it(&format!("{selector} {what}"));
}

/// For an answer that was a slip.
fn back(index: usize, found: FoundView, name: String) -> AnyView {
    let act = Act::new::<DoAct>().says_of(|said: String| said);
    let label = format!("Answer {} again", found.label);
    view! {
        {summary_of(format!("found-{index}-"), act.error())}
        <ActForm act=act>
            <input type="hidden" name="act" value=name/>
            <input type="hidden" name="with[id]" value=found.id/>
            <input type="hidden" name="with[version]" value=found.version.to_string()/>
            <button class="button quiet" type="submit" aria-label=label>"Answer again"</button>
        </ActForm>
    }
    .into_any()
}

/// The first that waits for an answer, once this one is drawn as answered: the focus goes there.
fn next(index: usize) -> String {
    format!(".found:has(#found-{index}.answered) .open")
}

fn answer(index: usize, found: FoundView, name: String) -> AnyView {
    let act = Act::new::<DoAct>().says_of(|said: String| said).leads_to(next(index));
    let prefix = format!("found-{index}-");
    let asked =
        Input { name: "value".into(), label: "Value".into(), value: found.value, asks: found.asks, ..Input::default() };
    let asked = Input { required: asked.asks != Asks::Tick, ..asked };
    let confirm = format!("Confirm {}", found.label);
    let reject = format!("Reject {}", found.label);
    view! {
        {summary_of(prefix.clone(), act.error())}
        <ActForm act=act>
            <input type="hidden" name="act" value=name/>
            <input type="hidden" name="with[id]" value=found.id/>
            <input type="hidden" name="with[version]" value=found.version.to_string()/>
            {input(asked, &prefix, act.error())}
            <div class="row">
                <button class="button primary" type="submit" name="with[answer]" value="confirm" aria-label=confirm>"Confirm"</button>
                <button class="button" type="submit" name="with[answer]" value="reject" aria-label=reject>"Reject"</button>
            </div>
        </ActForm>
    }
    .into_any()
}
