//! Where a person was: focus and scroll when pages change.
//!
//! Forward, the new page begins at its top and the focus is in it. Back, the page stands where it was
//! left and the focus is on the link by which it was left.

use std::collections::HashMap;

use leptos::ev;
use leptos::prelude::*;

use super::Going;
use crate::ui::dom;

/// Listens for as long as the shell stands.
pub fn keep() {
    let Some(Going { page: going, .. }) = use_context::<Going>() else { return };
    let here = StoredValue::new(String::new());
    let places = StoredValue::new(HashMap::<String, f64>::new());
    let back = StoredValue::new(false);
    Effect::new(move || {
        here.set_value(dom::address());
        restore_by_hand(true);
        let scroll = window_event_listener(ev::scroll, move |_| {
            let y = dom::scrolled();
            // Until the page has changed, the place belongs to the page that is left.
            if !going.get_untracked() && dom::address() == here.get_value() {
                places.update_value(|all| {
                    all.insert(here.get_value(), y);
                });
            }
        });
        let popped = window_event_listener(ev::popstate, move |_| back.set_value(true));
        // A page that is loaded anew keeps its place by the browser's own means.
        let leaves = window_event_listener(ev::pagehide, move |_| restore_by_hand(false));
        on_cleanup(move || {
            scroll.remove();
            popped.remove();
            leaves.remove();
        });
    });
    let counts = use_context::<super::Counts>();
    let was_going = StoredValue::new(false);
    Effect::new(move || {
        let goes = going.get();
        if std::mem::replace(&mut *was_going.write_value(), goes) && !goes {
            // The address changes just after the page has.
            request_animation_frame(move || {
                // The shell is gone if the page is one for strangers.
                let (Some(left), address) = (here.try_get_value(), dom::address()) else { return };
                here.set_value(address.clone());
                let is_back = std::mem::take(&mut *back.write_value());
                let place = places.with_value(|all| all.get(&address).copied());
                arrive(&left, &address, is_back.then_some(place), counts);
            });
        }
    });
}

/// `back`: where the page stood when it was left, if it is gone back to.
fn arrive(left: &str, here: &str, back: Option<Option<f64>>, counts: Option<super::Counts>) {
    let path = |address: &str| address.split('?').next().unwrap_or_default().to_owned();
    if path(left) == path(here) {
        return;
    }
    dom::close_all();
    if let Some(super::Counts(counts)) = counts {
        counts.update(|c| *c += 1);
    }
    match back {
        Some(place) => {
            if !dom::focus(&format!("main a[href='{}']", path(left))) {
                dom::focus_page();
            }
            dom::scroll_to(place.unwrap_or_default());
        }
        None => {
            dom::focus_page();
            dom::scroll_to(0.0);
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn restore_by_hand(by_hand: bool) {
    use web_sys::ScrollRestoration;
    let how = if by_hand { ScrollRestoration::Manual } else { ScrollRestoration::Auto };
    if let Ok(history) = window().history() {
        // Where it cannot be set the browser does as it always does.
        let _ = history.set_scroll_restoration(how);
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn restore_by_hand(_: bool) {}
