//! What follows signals, with one type each.
//!
//! Leptos compiles an effect, its view and its hydration anew for every closure in a view: some 3 KB of wasm each.
//! Boxed here they share one.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// A part of the page that is drawn anew when what it reads changes.
pub fn live(draw: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    fn boxed(draw: Box<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
        (move || draw()).into_any()
    }
    boxed(Box::new(draw))
}

/// The same for a text.
pub fn text(words: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    fn boxed(words: Box<dyn Fn() -> String + Send + Sync>) -> AnyView {
        (move || words()).into_any()
    }
    boxed(Box::new(words))
}

/// An attribute's value, or a class's or property's.
pub fn of<T: Clone + Send + Sync + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    Signal::derive(value)
}

/// An attribute that says "true" or is absent, as those of ARIA are.
pub fn aria(holds: impl Fn() -> bool + Send + Sync + 'static) -> Signal<Option<&'static str>> {
    Signal::derive(move || holds().then_some("true"))
}

/// What is done at a click.
pub fn click(work: impl Fn() + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(move |_| work())
}
