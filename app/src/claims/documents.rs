//! Where files are dropped or chosen: on a claim, and on the form before there is one. What is dropped is sent at once;
//! without the script the form sends itself.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::api;
use crate::ui::dom;
use crate::ui::form::summary;
use crate::ui::go::Go;
use crate::ui::live::of;
use crate::ui::load::Reload;
use crate::ui::upload::Upload;

/// `claim`: an id; empty for one's own draft. What came is shown on this page again, or where the server says.
pub fn drop_here(claim: String, label: &'static str, hint: &'static str) -> AnyView {
    let upload = Upload::new();
    let on_submit = move |event| upload.send(&event, api::AddDocument::PATH);
    let (reload, go) = (expect_context::<Reload>(), Go::new());
    Effect::new(move || match upload.answer::<String>().as_deref() {
        None => {}
        Some("") => reload.done.update(|n| *n += 1),
        Some(place) => go.to(place, true),
    });
    view! {
        {summary(upload.error())}
        <form action=api::AddDocument::PATH method="post" enctype="multipart/form-data" class="drop" on:submit=on_submit>
            <input type="hidden" name="claim" value=claim/>
            <div class="field">
                <label for="f-file">{label}</label>
                <p class="hint" id="file-hint">{hint}</p>
                <input id="f-file" name="file" type="file" multiple aria-required="true" aria-describedby="file-hint"
                    on:change=move |_| { dom::use_it("#send-file"); }/>
            </div>
            <button class="button" id="send-file" type="submit" disabled=of(move || upload.busy())>"Add"</button>
        </form>
        {upload.view()}
    }
    .into_any()
}
