//! Where files are dropped or chosen, and what has come: on a claim, and on the form before there is one. What is dropped
//! is sent at once; without the script the form sends itself. What is typed elsewhere on the page stays as it is.

use std::time::Duration;

use contract::table::{Cell, Table};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::api;
use crate::ui::act::Act;
use crate::ui::dom;
use crate::ui::form::summary;
use crate::ui::later::Later;
use crate::ui::live::{live, of};
use crate::ui::table::table;
use crate::ui::upload::Upload;

/// What has come to a claim; `may_add`: and adding to it.
pub fn on_claim(claim: String, before: Table, may_add: bool) -> AnyView {
    const HINT: &str = "PDF, Word, text, e-mail, scan, photo, sound or video: drop them here or choose them. They are sent at once; what they say is proposed, and only what you confirm goes to the claim.";
    let upload = Upload::new();
    let add = may_add.then(|| drop_here(upload, claim.clone(), "Add documents", HINT));
    view! { {listed(claim, before, upload, true)}{add} }.into_any()
}

/// The same on the form; `before`: what came earlier.
pub fn on_draft(before: Table) -> AnyView {
    const HINT: &str = "They are sent and read at once. Open one to confirm what it says, each fact beside its place; all are saved with the claim.";
    let upload = Upload::new();
    view! {
        {drop_here(upload, String::new(), "Drop a claim form or other documents here, or choose them", HINT)}
        {listed(String::new(), before, upload, false)}
    }
    .into_any()
}

/// What has come, looked at again while one of them is being read. `empty`: also where nothing has.
fn listed(claim: String, before: Table, upload: Upload, empty: bool) -> AnyView {
    let now = RwSignal::new(before);
    let (again, later) = (Act::quiet::<api::ListDocuments>(), Later::new());
    Effect::new(move || {
        if let Some(all) = upload.answer::<Table>() {
            now.set(all);
        }
    });
    Effect::new(move || {
        if let Some(all) = again.answer::<Table>() {
            now.set(all);
        }
    });
    let claim = StoredValue::new(claim);
    Effect::new(move || {
        let reading = |cell: &Cell| matches!(cell, Cell::Badge(words, _) if words == READING);
        if now.with(|all| all.rows.iter().flatten().any(reading)) {
            later.again(Duration::from_secs(2), move || {
                // The page may be gone by then.
                if let Some(claim) = claim.try_get_value() {
                    again.send(&api::ListDocuments { claim });
                }
            });
        }
    });
    let shown = live(move || now.with(|all| (empty || !all.rows.is_empty()).then(|| table(all.clone()))).into_any());
    view! { <div aria-live="polite">{shown}</div> }.into_any()
}

/// As the server says of one that is being read.
const READING: &str = "Is being read";

fn drop_here(upload: Upload, claim: String, label: &'static str, hint: &'static str) -> AnyView {
    let on_submit = move |event| upload.send(&event, api::AddDocument::PATH);
    view! {
        {summary(upload.error())}
        <form action=api::AddDocument::PATH method="post" enctype="multipart/form-data" class="drop" on:submit=on_submit>
            <input type="hidden" name="claim" value=claim/>
            <div class="field">
                <label for="f-file">{label}</label>
                <p class="hint" id="file-hint">{hint}</p>
                <input id="f-file" name="file" type="file" multiple aria-required="true" aria-describedby="file-hint"
                    on:change=move |_| dom::press("#send-file")/>
            </div>
            <button class="button" id="send-file" type="submit" disabled=of(move || upload.busy())>"Add"</button>
        </form>
        {upload.view()}
    }
    .into_any()
}
