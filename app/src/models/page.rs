//! The registry's pages.

use contract::model::{CheckView, Comparison, ModelView, ModelsView, UploadOutcome};
use contract::table::{Cell, Table, Tone};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::chart::chart;
use crate::ui::filter;
use crate::ui::form::{Field, no_error, submit, summary};
use crate::ui::live::{live, of};
use crate::ui::load::{load, path_id};
use crate::ui::table::table;
use crate::ui::upload::Upload;
use crate::ui::{card, heading, notice};

pub fn list() -> AnyView {
    load(|| api::ListModels {}, registry)
}

fn registry(m: ModelsView) -> AnyView {
    let action = Act::new::<api::RollBackModel>();
    let lead = match &m.serving {
        Some(name) => format!("{name} answers every prediction now."),
        None => "No model is deployed: claims are decided by hand.".into(),
    };
    let actions = if m.may_upload {
        vec![("Upload a model".into(), "/models/upload".into()), ("Compare versions".into(), "/models/compare".into())]
    } else {
        vec![]
    };
    let back = m.previous.map(|(_, name)| {
        view! {
            {summary(action.error())}
            <ActForm act=action>
                <button class="button" type="submit" disabled=of(move || action.pending().get())>{format!("Roll back to {name}")}</button>
            </ActForm>
        }
    });
    view! {
        {heading("Models", lead, actions)}
        {back}
        {table(m.table)}
    }
    .into_any()
}

pub fn upload() -> AnyView {
    let upload = Upload::new();
    let url = api::UploadModel::PATH;
    let on_submit = move |event| upload.send(&event, url);
    let error = upload.error();
    let outcome = live(move || upload.answer().map(outcome).into_any());
    let form = view! {
        {summary(error)}
        <form action=url method="post" enctype="multipart/form-data" on:submit=on_submit>
            <div class="field">
                <label for="f-file">"Bundle"</label>
                <p class="hint" id="file-hint">"A .solm file of “solatium train”, up to 16 MB. It is data: nothing in it is run."</p>
                <input id="f-file" name="file" type="file" accept=".solm" required aria-describedby="file-hint"/>
            </div>
            {Field::new("notes", "Release notes").hint("What changed, on what data, and what to watch. Empty: the notes in the bundle.").area(5, no_error())}
            <button class="button primary" type="submit" disabled=of(move || upload.busy())>"Upload and validate"</button>
        </form>
        {upload.view()}
    };
    view! {
        {heading("Upload a model", "It is checked before anything predicts with it; deploying is a step of its own.", vec![])}
        {card("Bundle", form.into_any())}
        <div aria-live="polite">{outcome}</div>
    }
    .into_any()
}

fn outcome(o: UploadOutcome) -> AnyView {
    let tone = if o.model_id.is_some() { "good" } else { "bad" };
    let open = o.model_id.map(|id| {
        let href = format!("/models/{id}");
        view! { <p><a class="button primary" href=href>"Open the version"</a></p> }
    });
    view! {
        {notice(tone, o.message)}
        {open}
        {checks(o.checks)}
    }
    .into_any()
}

fn checks(checks: Vec<CheckView>) -> AnyView {
    let mut t = Table::new("Validation", &["Check", "Result", "Detail"], "");
    for c in checks {
        let badge = if c.passed { ("Passed", Tone::Good) } else { ("Failed", Tone::Bad) };
        t.row(vec![Cell::Text(c.name), Cell::Badge(badge.0.into(), badge.1), Cell::Text(c.detail)]);
    }
    table(t)
}

pub fn model() -> AnyView {
    let id = path_id();
    load(move || api::ViewModel { id: id.get() }, version)
}

fn version(m: ModelView) -> AnyView {
    let lead =
        if m.serving.is_empty() { "Not serving.".to_owned() } else { format!("Serves {}.", m.serving.join(", ")) };
    let metrics: Vec<_> = m
        .metrics
        .iter()
        .map(|x| {
            view! { <div class="tile"><dt>{x.name.clone()}</dt><dd><strong>{x.value.clone()}</strong><span>{x.hint.clone()}</span></dd></div> }
        })
        .collect();
    let particulars = [
        ("Family", m.family.clone()),
        ("Explained by", m.explained.clone()),
        (
            "Libraries",
            if m.library.is_empty() { "none: read by this release itself".into() } else { m.library.clone() },
        ),
        ("Author", m.author.clone()),
        ("Uploaded by", m.uploaded_by.clone()),
        ("Size", format!("{} KB", m.size_bytes / 1024)),
        ("SHA-256", m.bundle_hash.clone()),
        ("Features", format!("{} ({})", m.features.len(), m.features.join(", "))),
    ];
    let particulars: Vec<_> = particulars
        .into_iter()
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd class="long">{value}</dd></div> })
        .collect();
    let notes = if m.notes.is_empty() { "None were given.".to_owned() } else { m.notes.clone() };
    let deploy = m.may_deploy.then(|| deploy(m.id.to_string()));
    view! {
        {heading(format!("{} v{}", m.name, m.version), lead, vec![("Compare".into(), format!("/models/compare?left={}", m.id))])}
        {deploy}
        <section class="card"><h2>"How good it is"</h2><dl class="tiles">{metrics}</dl></section>
        {m.report.clone().into_iter().map(chart).collect::<Vec<_>>()}
        {card("Release notes", view! { <p class="prose pre">{notes}</p> }.into_any())}
        {table(m.history)}
        {checks(m.checks)}
        {card("Particulars", view! { <dl class="facts">{particulars}</dl> }.into_any())}
    }
    .into_any()
}

fn deploy(id: String) -> AnyView {
    let action = Act::new::<api::DeployModel>();
    let error = action.error();
    let body = view! {
        {summary(error)}
        <ActForm act=action>
            <input type="hidden" name="id" value=id/>
            {Field::new("note", "Why now").view(error)}
            {submit("Deploy this version", action.pending())}
        </ActForm>
    };
    card("Deployment", body.into_any())
}

pub fn compare() -> AnyView {
    let query = use_query_map();
    let sides =
        Memo::new(move |_| query.with(|q| (q.get("left").unwrap_or_default(), q.get("right").unwrap_or_default())));
    let form = load(
        || api::ListModels {},
        move |m: ModelsView| {
            let none = (String::new(), "Choose…".to_owned());
            let choices: Vec<_> = std::iter::once(none)
                .chain(m.choices.iter().map(|(id, name)| (id.to_string(), name.clone())))
                .collect();
            let (left, right) = sides.get();
            view! {
                <form class="filters" autocomplete="off" action="/models/compare" method="get">
                    {filter::choice("left", "Version", left, choices.clone())}
                    {filter::choice("right", "and version", right, choices)}
                    <div class="field"><button class="button primary" type="submit">"Compare"</button></div>
                </form>
            }
            .into_any()
        },
    );
    let result = live(move || {
        let (left, right) = sides.get();
        if left.is_empty() || right.is_empty() {
            return notice("info", "Choose two versions.");
        }
        load(move || api::CompareModels { left: left.clone(), right: right.clone() }, comparison)
    });
    view! {
        {heading("Compare versions", "Both value the same claims from the facts as they were.", vec![])}
        {form}
        {result}
    }
    .into_any()
}

fn comparison(c: Comparison) -> AnyView {
    view! {
        {notice("info", c.words)}
        {table(c.metrics)}
        {table(c.claims)}
    }
    .into_any()
}
