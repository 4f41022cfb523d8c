//! The manager's queue.

use leptos::prelude::*;

use super::api;
use crate::ui::heading;
use crate::ui::load::load;
use crate::ui::table::table;

pub fn page() -> AnyView {
    view! {
        {heading("Reviews", "Claims that handlers flagged. Open one to settle it or hand it back.", vec![])}
        {load(|| api::ReviewQueue {}, table)}
    }
    .into_any()
}
