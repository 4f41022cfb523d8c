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
use crate::ui::live::{click, live, of};
use crate::ui::table::badge;
use contract::page::Input;

pub fn reading(read: Reading) -> AnyView {
    let focused = RwSignal::new(0_usize);
    let sheet = read.pages.clone().map(|pages| sheet(pages, &read.found, focused));
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
    let whole = read.sound.filter(|_| read.video.is_none());
    let whole =
        whole.map(|href| view! { <audio controls preload="none" src=href aria-label="The whole recording"></audio> });
    let video = read.video.map(|href| view! { <video controls preload="metadata" src=href></video> });
    let keys = (may && !items.is_empty()).then(|| {
        view! { <p class="hint">"On a fact "<kbd>"Enter"</kbd>" confirms, "<kbd>"E"</kbd>" edits, "<kbd>"X"</kbd>" rejects. "{lead}</p> }
    });
    view! {
        <div class="reading">
            {sheet}
            {video}
            {whole}
            <section aria-label="What it says"><h2>"What it says"</h2>{keys}<ol class="found">{items}</ol></section>
        </div>
    }
    .into_any()
}

/// The page on which the focused fact stands, with its place outlined; one leafs through the others.
fn sheet((base, count): (String, u32), found: &[FoundView], focused: RwSignal<usize>) -> AnyView {
    let places: Vec<_> = found.iter().map(|f| (f.page, f.quad)).collect();
    let place = Memo::new(move |_| places.get(focused.get()).copied().unwrap_or((1, None)));
    // Where one has leafed to, until another fact has the focus.
    let leafed = RwSignal::new(None::<u32>);
    Effect::new(move || {
        place.track();
        leafed.set(None);
    });
    let page = move || leafed.get().unwrap_or(place.get().0).clamp(1, count.max(1));
    let leaf = move |by: i32| leafed.set(Some(page().saturating_add_signed(by)));
    let shown = move || {
        let (now, (of, quad)) = (page(), place.get());
        let corners = quad.filter(|_| of == now).map(|q| q.map(|[x, y]| format!("{x},{y}")).join(" "));
        let (href, label) = (format!("{base}/{now}"), format!("Page {now} of {count}"));
        let (first, last) = (now <= 1, now >= count);
        let leaves = (count > 1).then(|| {
            view! {
                <div class="leaf">
                    <button class="button" type="button" disabled=first on:click=click(move || leaf(-1))>"Previous page"</button>
                    <span role="status">{label.clone()}</span>
                    <button class="button" type="button" disabled=last on:click=click(move || leaf(1))>"Next page"</button>
                    <a class="button quiet" href=href.clone() target="_blank" rel="external">"Larger"</a>
                </div>
            }
        });
        view! {
            {leaves}
            <div class="paper">
                <img src=href.clone() alt=label.clone()/>
                <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true"><polygon points=corners.unwrap_or_default()/></svg>
            </div>
        }
        .into_any()
    };
    view! { <div class="sheet-of">{live(shown)}</div> }.into_any()
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
    if event.key() == "Escape" && dom::typing() {
        event.prevent_default();
        dom::focus(selector);
        return;
    }
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
    let label = format!("Answer again: {}", found.label);
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

/// The next that waits for an answer, once this one is drawn as answered, and behind the last the first: the focus goes
/// there.
fn next(index: usize) -> String {
    format!(
        "#found-{index}.answered ~ .open, .found:not(:has(#found-{index} ~ .open)):has(#found-{index}.answered) .open"
    )
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
            {input(asked, &prefix, "with", act.error())}
            <div class="row">
                <button class="button primary" type="submit" name="with[answer]" value="confirm" aria-label=confirm>"Confirm"</button>
                <button class="button" type="submit" name="with[answer]" value="reject" aria-label=reject>"Reject"</button>
            </div>
        </ActForm>
    }
    .into_any()
}
