//! Single keys. Whatever has `data-key` is pressed, or gone into, by that key, so that a page brings its own
//! without anything here; the list behind "?" names them.

use leptos::ev;
use leptos::prelude::*;

use super::palette;
use crate::ui::{dialog, dom};

/// Keys and what they do, as listed.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl K", "Go to a page or a claim"),
    ("/", "Find a claim"),
    ("c", "Enter a claim"),
    ("j", "Next row"),
    ("k", "Row before"),
    ("Enter", "Open the row"),
    ("x", "Choose the row"),
    ("a", "Accept the prediction (asks first)"),
    ("s", "Settle for another amount"),
    ("r", "Ask for a review"),
    ("b", "Hand back to the handler"),
    ("u", "Undo the decision"),
    ("n", "Next claim"),
    ("?", "This list"),
];

const LIST: &str = "keys";

/// Whether the person has turned single keys off.
fn off() -> bool {
    dom::root_attribute("data-keys").as_deref() == Some("off")
}

pub fn listen() {
    Effect::new(move || {
        let listener = window_event_listener(ev::keydown, |event| {
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
                event.prevent_default();
                palette::open();
                return;
            }
            let chord = event.ctrl_key() || event.meta_key() || event.alt_key();
            if chord || event.default_prevented() || off() || dom::typing() {
                return;
            }
            if pressed(&key) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Whether the key did something.
fn pressed(key: &str) -> bool {
    match key {
        "j" | "k" => dom::step(key == "j"),
        "x" => return dom::pick(),
        "?" => dom::show(LIST),
        // In a selector it would have to be escaped; and what is longer is no single key.
        "'" | "\\" => return false,
        _ if key.chars().count() == 1 => return dom::use_it(&format!("[data-key='{key}']")),
        _ => return false,
    }
    true
}

/// The list of keys, behind "?".
pub fn list() -> AnyView {
    let rows: Vec<_> =
        KEYS.iter().map(|(key, words)| view! { <div><dt><kbd>{*key}</kbd></dt><dd>{*words}</dd></div> }).collect();
    dialog::dialog(
        LIST,
        "Keys",
        view! {
            <dl class="facts keys">{rows}</dl>
            <p class="hint">"Single keys can be turned off in "<a href="/account">"your account"</a>"."</p>
        }
        .into_any(),
    )
}
