//! Something to be done when a person pauses, and not at all if the page is left first.

use std::time::Duration;

use leptos::prelude::*;

#[derive(Clone, Copy)]
pub struct Later(StoredValue<Option<TimeoutHandle>>);

impl Later {
    /// Belongs to the part of the page in which it is made, and is cancelled with it.
    pub fn new() -> Later {
        let later = Later(StoredValue::new(None));
        on_cleanup(move || later.cancel());
        later
    }

    /// Does this after the time, unless called again or cancelled before.
    pub fn again(self, after: Duration, work: impl FnOnce() + 'static) {
        self.cancel();
        let handle = set_timeout_with_handle(work, after).ok();
        // Where the page is gone there is nothing left to wait for.
        let _ = self.0.try_update_value(|h| *h = handle);
    }

    pub fn cancel(self) {
        if let Some(Some(handle)) = self.0.try_get_value() {
            handle.clear();
        }
    }
}
