//! The registry's pages.

use contract::model::{CheckView, Comparison, ModelView, ModelsView, UploadOutcome};
use contract::page::{Chart, Tile};
use contract::table::{Cell, Table, Tone};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use super::api;
use crate::ui::act::Act;
use crate::ui::chart::chart;
use crate::ui::dialog::Confirm;
use crate::ui::filter;
use crate::ui::form::{Field, no_error, summary};
use crate::ui::live::{live, of};
use crate::ui::load::{load, path_id};
use crate::ui::table::{badge, table};
use crate::ui::upload::Upload;
use crate::ui::{card, heading, heading_with, help, notice, tiles, titled};

pub fn list() -> AnyView {
    load(|| api::ListModels {}, registry)
}

fn registry(m: ModelsView) -> AnyView {
    let lead = match &m.serving {
        Some(name) => format!("{name} answers every prediction now."),
        None => "No model is deployed: claims are decided by hand.".into(),
    };
    let back = m.previous.map(|(_, name)| {
        let act =
            Act::new::<api::RollBackModel>().says(format!("Rolled back: {name} answers every prediction from now on."));
        let asks = Confirm {
            id: "roll-back".into(),
            label: format!("Roll back to {name}"),
            class: "button",
            key: None,
            title: format!("Roll back to {name}?"),
            words: "It answers every prediction from now on. Predictions that were made stay as they are.".into(),
            verb: "Roll back",
        };
        asks.view(act, ().into_any())
    });
    let upload = m.may_upload.then(|| {
        view! {
            <a class="button primary" href="/models/upload">"Upload a model"</a>
            <a class="button" href="/models/compare">"Compare versions"</a>
        }
    });
    view! {
        {heading_with("Models", help("Model"), lead, view! { {back}{upload} }.into_any())}
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
                <input id="f-file" name="file" type="file" accept=".solm" aria-required="true" aria-describedby="file-hint"/>
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
        let badge = match (c.passed, c.not_run) {
            (true, _) => ("Passed", Tone::Good),
            (false, true) => ("Not run", Tone::Plain),
            (false, false) => ("Failed", Tone::Bad),
        };
        t.row(vec![Cell::Text(c.name), Cell::Badge(badge.0.into(), badge.1), Cell::Text(c.detail)]);
    }
    table(t)
}

/// The sections of a version's page: the address's word for each, and what it is called.
const SECTIONS: [(&str, &str); 5] = [
    ("", "Overview"),
    ("accuracy", "Accuracy"),
    ("fairness", "Fairness"),
    ("checks", "Checks"),
    ("history", "History"),
];

pub fn model() -> AnyView {
    let id = path_id();
    load(move || api::ViewModel { id: id.get() }, version)
}

fn version(m: ModelView) -> AnyView {
    let (lead, beside) = if m.serving.is_empty() {
        ("It makes no prediction now.".to_owned(), badge("Validated".into(), Tone::Plain))
    } else {
        (format!("Serves {}.", m.serving.join(", ")), badge("Serving".into(), Tone::Good))
    };
    let (title, id) = (format!("{} v{}", m.name, m.version), m.id.to_string());
    let deploy = m.may_deploy.then(|| deploy(id.clone(), &title));
    let compare = format!("/models/compare?left={id}");
    let query = use_query_map();
    let section = Memo::new(move |_| query.with(|q| q.get("section").unwrap_or_default()));
    let tabs: Vec<_> = SECTIONS
        .iter()
        .map(|(key, label)| {
            let href = if key.is_empty() { format!("/models/{id}") } else { format!("/models/{id}?section={key}") };
            view! { <li><a href=href class:shown=of(move || section.get() == *key)>{*label}</a></li> }
        })
        .collect();
    let body = live(move || match section.get().as_str() {
        "accuracy" => charts(&m.report),
        "fairness" => charts(&m.fairness),
        "checks" => checks(m.checks.clone()),
        "history" => table(m.history.clone()),
        _ => overview(&m),
    });
    view! {
        {heading_with(title, beside, lead, view! { {deploy}<a class="button" href=compare>"Compare"</a> }.into_any())}
        <nav aria-label="Sections"><ul class="tabs">{tabs}</ul></nav>
        {body}
    }
    .into_any()
}

fn charts(all: &[Chart]) -> AnyView {
    if all.is_empty() {
        return notice("info", "This bundle brought no report: train it with a newer “solatium train” to have one.");
    }
    all.iter().cloned().map(chart).collect::<Vec<_>>().into_any()
}

fn overview(m: &ModelView) -> AnyView {
    let metrics = m.metrics.iter().map(|x| Tile {
        label: x.name.clone(),
        value: x.value.clone(),
        hint: x.hint.clone(),
        href: None,
    });
    let particulars = [
        ("Measured on", m.measured_on.clone()),
        ("Family", m.family.clone()),
        ("Explained by", m.explained.clone()),
        (
            "Libraries",
            if m.library.is_empty() { "none: read by this release itself".into() } else { m.library.clone() },
        ),
        ("Author", m.author.clone()),
        ("Uploaded by", format!("{}, {}", m.uploaded_by, m.uploaded_at.words)),
        ("Size", format!("{} KB", m.size_bytes / 1024)),
        ("SHA-256", m.bundle_hash.clone()),
        ("Features", format!("{} ({})", m.features.len(), m.features.join(", "))),
    ];
    let particulars: Vec<_> =
        particulars.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect();
    let notes = if m.notes.is_empty() { "None were given.".to_owned() } else { m.notes.clone() };
    view! {
        <section class="card">{titled("How good it is", "Mean error")}{tiles(metrics.collect())}</section>
        {card("Release notes", view! { <p class="prose pre">{notes}</p> }.into_any())}
        {card("Particulars", view! { <dl class="facts">{particulars}</dl> }.into_any())}
    }
    .into_any()
}

fn deploy(id: String, title: &str) -> AnyView {
    let action =
        Act::new::<api::DeployModel>().says(format!("{title} is deployed: it answers every prediction from now on."));
    let inputs = view! {
        <input type="hidden" name="id" value=id/>
        {Field::new("note", "Why now").hint("Kept with the deployment.").view(action.error())}
    };
    let asks = Confirm {
        id: "deploy".into(),
        label: "Deploy".into(),
        class: "button primary",
        key: None,
        title: format!("Deploy {title}?"),
        words: "It answers every prediction from now on, in place of the version that serves. Predictions that were made stay as they are.".into(),
        verb: "Deploy this version",
    };
    asks.view(action, inputs.into_any())
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
        {c.measured_on.map(|words| notice("warn", words))}
        {table(c.metrics)}
        {table(c.claims)}
    }
    .into_any()
}
