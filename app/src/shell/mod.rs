//! What stands around every page: navigation, what was done, keyboard.

mod keys;
mod navigation;
mod palette;
mod place;

use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::account::api as account_api;
use crate::ui::act::{Said, toast};
use crate::ui::live::of;
use crate::ui::load::{Reload, load};

/// What is on its way. What stood there before stays until it is here.
#[derive(Clone, Copy)]
pub struct Going {
    /// Another page.
    pub page: RwSignal<bool>,
    /// Something on the page.
    pub part: RwSignal<bool>,
}

impl Going {
    pub fn new() -> Going {
        Going { page: RwSignal::new(false), part: RwSignal::new(false) }
    }
}

/// Counts why the navigation's own counts are asked for again.
#[derive(Clone, Copy)]
pub struct Counts(pub RwSignal<u32>);

/// A line at the top that says so; not at once, because most pages are here sooner.
pub fn going(going: Going) -> AnyView {
    view! { <div class="going" class:on=of(move || going.page.get() || going.part.get()) aria-hidden="true"></div> }
        .into_any()
}

/// A page for somebody who need not be signed in.
pub fn outside(page: fn() -> AnyView) -> impl Fn() -> AnyView + Send + Sync + Clone + 'static {
    move || {
        view! {
            <a class="skip" href="#main" rel="external">"Skip to the content"</a>
            <main id="main" class="outside" tabindex="-1">{page()}</main>
        }
        .into_any()
    }
}

/// Navigation, and the page beside it.
pub fn inside() -> AnyView {
    let own = Reload::new();
    provide_context(Counts(own.passed));
    // The navigation is loaded again by itself: its counts change with other people's work.
    provide_context(own);
    let navigation = load(|| account_api::ReadViewer {}, navigation::navigation);
    provide_context(Reload::new());
    let said = Said(RwSignal::new(String::new()));
    provide_context(said);
    place::keep();
    keys::listen();
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the content"</a>
        <div class="shell">
            {navigation}
            <main id="main" tabindex="-1"><Outlet/></main>
            {toast(said)}
        </div>
    }
    .into_any()
}
