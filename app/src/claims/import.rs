//! Uploading a file of claims.

use contract::claim::ImportReport;
use contract::table::{Cell, Table};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::api;
use crate::ui::form::{Field, no_error, summary};
use crate::ui::live::{live, of};
use crate::ui::table::table;
use crate::ui::upload::Upload;
use crate::ui::{card, count, heading_with, notice};

pub fn page() -> AnyView {
    let upload = Upload::new();
    let url = api::ImportClaims::PATH;
    let on_submit = move |event| upload.send(&event, url);
    let error = upload.error();
    let outcome = live(move || upload.answer().map(report).into_any());
    let form = view! {
        {summary(error)}
        <form action=url method="post" enctype="multipart/form-data" on:submit=on_submit>
            <div class="field">
                <label for="f-file">"CSV or JSON file"</label>
                <p class="hint" id="file-hint">
                    "CSV with the data set’s column names in the first line, or a JSON array of claims as the API takes them. Up to 2,000 claims."
                </p>
                <input id="f-file" name="file" type="file" accept=".csv,.json,text/csv,application/json" aria-required="true" aria-describedby="file-hint"/>
            </div>
            {Field::new("again", "Enter again what was imported before").tick(no_error())}
            <button class="button primary" type="submit" disabled=of(move || upload.busy())>"Upload"</button>
        </form>
        {upload.view()}
    };
    view! {
        {heading_with("Upload claims", ().into_any(), "Good rows are kept; each bad one is named with line, column and remedy.",
            view! { <a class="button" href="/claims/new">"Enter a claim"</a> }.into_any())}
        {card("File", form.into_any())}
        <div aria-live="polite">{outcome}</div>
    }
    .into_any()
}

/// Rows that are shown of either kind: the others are in the list, or in the file as it is mended.
const SHOWN: usize = 25;

fn report(report: ImportReport) -> AnyView {
    let (saved, refused) = (report.kept.len(), report.problems.len());
    let known = if report.known > 0 { format!(", {} left out", count(report.known, "row")) } else { String::new() };
    let words = format!(
        "{}: {} saved and predicted, {} refused{known}.",
        report.file_name,
        count(saved as u64, "claim"),
        count(report.refused, "row"),
    );
    let tone = if report.refused == 0 && report.known == 0 { "good" } else { "warn" };
    let notes: Vec<_> = report.notes.into_iter().map(|n| view! { <li>{n}</li> }).collect();
    let mut problems =
        Table::new("Rows that were refused", &["#Line", "Column", "Value", "How to mend it"], "No row was refused.");
    for p in report.problems.into_iter().take(SHOWN) {
        problems.row(vec![
            Cell::Number(p.line as i64),
            Cell::Code(p.column),
            Cell::Code(p.value),
            Cell::Text(p.remedy),
        ]);
    }
    let mut kept = Table::new("Claims that were saved", &["#Line", "Claim", "#Predicted"], "No claim was saved.");
    for k in report.kept.into_iter().take(SHOWN) {
        kept.row(vec![
            Cell::Number(k.line as i64),
            Cell::link(k.number, format!("/claims/{}", k.id)),
            Cell::money(k.predicted),
        ]);
    }
    let more = |all: usize, what: &str, href: Option<&'static str>| {
        let words = format!("The first {SHOWN} of {all} {what}.");
        let link = href.map(|href| view! { " "<a href=href>"See all in the list"</a> });
        (all > SHOWN).then(|| view! { <p class="hint">{words}{link}</p> })
    };
    view! {
        {notice(tone, words)}
        <ul class="hint">{notes}</ul>
        {(refused > 0).then(|| table(problems))}
        {more(refused, "problems: mend these and upload the file again", None)}
        {table(kept)}
        {more(saved, "claims", Some("/claims?mine=true"))}
    }
    .into_any()
}
