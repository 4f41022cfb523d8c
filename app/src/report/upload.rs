//! Sending a file; what came of it is shown below.

use contract::page::{Part, Upload as Asked};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::form::input;
use crate::billing::api::ImportBankFile;
use crate::claims::api::ImportClaims;
use crate::models::api::UploadModel;
use crate::ui::card;
use crate::ui::form::{no_error, summary};
use crate::ui::live::{live, of};
use crate::ui::upload::Upload;

pub fn upload(asked: Asked) -> AnyView {
    let upload = Upload::new();
    let url = match asked.to.as_str() {
        "model" => UploadModel::PATH,
        "bank" => ImportBankFile::PATH,
        _ => ImportClaims::PATH,
    };
    let on_submit = move |event| upload.send(&event, url);
    let outcome = live(move || upload.answer::<Vec<Part>>().map(super::parts).into_any());
    let inputs: Vec<_> = asked.inputs.into_iter().map(|one| input(one, "f-", "", no_error())).collect();
    let form = view! {
        {summary(upload.error())}
        <form action=url method="post" enctype="multipart/form-data" on:submit=on_submit>
            <div class="field">
                <label for="f-file">{asked.label.clone()}</label>
                <p class="hint" id="file-hint">{asked.hint}</p>
                <input id="f-file" name="file" type="file" accept=asked.accept aria-required="true" aria-describedby="file-hint"/>
            </div>
            {inputs}
            <button class="button primary" type="submit" disabled=of(move || upload.busy())>{asked.submit}</button>
        </form>
        {upload.view()}
    };
    view! {
        {card("File", form.into_any())}
        <div aria-live="polite">{outcome}</div>
    }
    .into_any()
}
