//! One version: where it stands, how good it is, what it is made of, what was said and done about it.

use contract::page::{Part, Report, Tab, Tile};
use contract::table::{Cell, Table, Tone, grouped};
use domain::policy::Permission;
use store::models::{self, Deployment, Model};

use super::upload::{self, Check};
use super::{approve, deploy, deploys_for, differences, list, measure, notes, operator, owned, title, withdrawn_from};
use crate::names::Names;
use crate::reports::Query;
use crate::{Ctx, Result, id_from, jobs};

/// The sections of a version's page: the address's word for each, and what it is called.
const SECTIONS: [(&str, &str); 5] = [
    ("", "Overview"),
    ("accuracy", "Accuracy"),
    ("fairness", "Fairness"),
    ("checks", "Checks"),
    ("history", "History"),
];

/// The page; the address names the version as `id`.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    ctx.require(Permission::ReadModels)?;
    if query.text("id").is_empty() {
        let words = Part::Notice(Tone::Plain, "Choose a version.".into());
        return Ok(Report {
            parts: vec![words, Part::Links(vec![("All versions".into(), "/models".into())])],
            ..Report::default()
        });
    }
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, id_from(query.text("id"))?).await?;
    let manifest: ml::Manifest = serde_json::from_str(&model.manifest)?;
    let id = model.id.to_string();
    let history = models::history(ctx.store(), ctx.caller.reach, model.id).await?;
    let serving = serving(ctx, &history).await?;
    let section = query.text("section");
    let tabs = SECTIONS.map(|(key, label)| Tab {
        label: label.into(),
        href: if key.is_empty() { format!("/models/{id}") } else { format!("/models/{id}?section={key}") },
        shown: section == key,
    });
    let mut parts = vec![Part::Tabs("Sections".into(), tabs.to_vec())];
    let (own, payload) = (deploys_for(ctx), serde_json::json!({ "model": model.id }).to_string());
    let asked = |job: &store::jobs::Job| job.company == own && job.payload == payload;
    let words = "It is being measured on true outcomes: what it came to stands here shortly.";
    let (waiting, again) = jobs::awaited(ctx, &jobs::model_measure::KIND, asked, words).await?;
    parts.extend(waiting);
    match section {
        "accuracy" => {
            parts.extend(measure::parts(measure::latest(ctx, model.id).await?.as_ref()));
            parts.extend(charts(super::report::accuracy(&manifest, &id)));
        }
        "fairness" => parts.extend(charts(super::report::fairness(&manifest, &id))),
        "checks" => {
            let checks: Vec<Check> = serde_json::from_str(&model.checks)?;
            parts.push(Part::Table(upload::table(&checks)));
        }
        "history" => parts.extend(happened(ctx, &model, history.clone()).await?),
        _ => parts.extend(overview(ctx, &model, &manifest, &history).await?),
    }
    Ok(Report {
        title: title(&model.name, model.version),
        lead: match (serving.is_empty(), list::Registry::of(ctx).await?.canary) {
            (_, Some((id, share))) if id == model.id => format!("Answers {}% of the claims, on trial.", share / 100),
            (true, _) => "It makes no prediction now.".into(),
            (false, _) => format!("Serves {}.", serving.join(", ")),
        },
        actions: vec![("Compare".into(), format!("/models/compare?left={id}"))],
        parts,
        again,
        ..Report::default()
    })
}

fn charts(all: Vec<contract::page::Chart>) -> Vec<Part> {
    if all.is_empty() {
        let words = "This bundle brought no report: train it with a newer “solatium train” to have one.";
        return vec![Part::Notice(Tone::Plain, words.into())];
    }
    all.into_iter().map(Part::Chart).collect()
}

/// Whose predictions it makes now.
async fn serving(ctx: &Ctx, history: &[Deployment]) -> Result<Vec<String>> {
    let now: Vec<&Deployment> = history.iter().filter(|d| d.in_force() && d.serves).collect();
    let ids: Vec<String> = now.iter().filter_map(|d| d.company.map(|c| c.to_string())).collect();
    let names = Names::of(ctx, ids).await?;
    Ok(now.iter().map(|d| d.company.map_or("all companies".to_owned(), |c| names.company(c))).collect())
}

/// Where it stands and what can be done with it; how good it is; what was said of it; what it is.
async fn overview(ctx: &Ctx, model: &Model, manifest: &ml::Manifest, history: &[Deployment]) -> Result<Vec<Part>> {
    let withdrawn = withdrawn_from(ctx, ctx.store(), model.id).await?;
    let serves = history.iter().any(|d| d.in_force() && d.serves);
    let mut parts = Vec::new();
    if let Some(withdrawal) = &withdrawn {
        parts.push(Part::Notice(Tone::Bad, format!("It was withdrawn: {}", withdrawal.reason)));
    } else if model.approved.is_none() {
        let words = match approve::against(ctx, model).await? {
            Some(words) => words,
            None if model.uploaded_by == ctx.caller.actor.name() => {
                "It waits for somebody else’s approval: another engineer’s or an administrator’s.".into()
            }
            None if model.uploaded_by.starts_with("job_") => {
                "A retraining made it: it waits for a person’s approval.".into()
            }
            None => "It waits for a second person’s approval.".into(),
        };
        parts.push(Part::Notice(Tone::Notice, words));
    }
    // What one decides on, then what one can do, then what there is to read.
    parts.push(Part::Head("How good it is".into()));
    parts.push(Part::Tiles(metrics(manifest)));
    let mut measured = measure::parts(measure::latest(ctx, model.id).await?.as_ref());
    let drawn = measured.split_off(measured.len().min(1));
    parts.extend(measured);
    parts.extend(super::trial::parts(ctx, model).await?);
    parts.extend(forms(ctx, model, withdrawn.is_some(), serves).await?);
    parts.extend(drawn);
    parts.extend(notes::parts(ctx, model).await?);
    if let Some(before) = models::before(ctx.store(), model).await? {
        let its: ml::Manifest = serde_json::from_str(&before.manifest)?;
        parts.push(Part::Table(differences::table(&its, manifest, &title(&before.name, before.version))));
    }
    parts.push(Part::Table(particulars(ctx, model, manifest).await?));
    Ok(parts)
}

/// What the caller may do with it now.
async fn forms(ctx: &Ctx, model: &Model, withdrawn: bool, serves: bool) -> Result<Vec<Part>> {
    let mut forms = Vec::new();
    let own = owned(ctx, model, "").await.is_ok();
    let may = ctx.caller.holds(Permission::DeployModels);
    if !withdrawn && model.approved.is_none() && own && model.uploaded_by != ctx.caller.actor.name() {
        forms.push(approve::form(model));
    }
    let registry = list::Registry::of(ctx).await?;
    if may && !withdrawn && model.approved.is_some() && registry.serving != Some(model.id) {
        let seen = registry.own.as_ref().map(|d| d.id);
        forms.push(deploy::deploy_form(model, seen, registry.serving.is_some()));
    }
    if may && !withdrawn && model.approved.is_some() {
        forms.push(crate::publishing::methodology::form(ctx, model).await?);
    }
    if may && !withdrawn && !serves && (own || deploys_for(ctx).is_some()) {
        forms.push(deploy::withdraw_form(model));
    }
    forms.push(contract::page::Form {
        act: measure::MEASURE.name.into(),
        id: "measure".into(),
        with: vec![("id".into(), model.id.to_string())],
        submit: "Measure it on true outcomes".into(),
        ..Default::default()
    });
    Ok(forms.into_iter().map(Part::Form).collect())
}

async fn particulars(ctx: &Ctx, model: &Model, manifest: &ml::Manifest) -> Result<Table> {
    let approved_by = model.approved.as_ref().map(|a| a.by.clone());
    let names = Names::of(ctx, approved_by.into_iter().chain([model.uploaded_by.clone()])).await?;
    let libraries = manifest.libraries.iter().map(|l| format!("{} {}", l.name, l.version)).collect::<Vec<_>>();
    let words = |at| domain::calendar::words(at);
    let approved = model.approved.as_ref().map_or("by nobody yet".to_owned(), |a| {
        let note = if a.note.is_empty() { String::new() } else { format!(": {}", a.note) };
        format!("{}, {}{note}", names.actor(&a.by), words(a.at))
    });
    let features: Vec<&str> = manifest.features.iter().map(|f| f.name.as_str()).collect();
    let mut table = Table::new("Particulars", &["What", "Of this version"], "");
    for (label, value) in [
        ("Its own figures are of", measured_on(manifest)),
        ("Family", model.family.clone()),
        ("Explained by", explained(manifest)),
        (
            "Libraries",
            if libraries.is_empty() { "none: read by this release itself".into() } else { libraries.join(", ") },
        ),
        ("Author", manifest.author.clone()),
        ("Uploaded by", format!("{}, {}", names.actor(&model.uploaded_by), words(model.uploaded_at))),
        ("Approved by", approved),
        ("Size", format!("{} KB", model.size_bytes / 1024)),
        ("SHA-256", model.bundle_hash.clone()),
        ("Features", format!("{} ({})", features.len(), features.join(", "))),
    ] {
        table.row(vec![Cell::text(label), Cell::Text(value)]);
    }
    Ok(table)
}

/// When it was deployed, for whom and until when, and who withdrew it.
async fn happened(ctx: &Ctx, model: &Model, deployments: Vec<Deployment>) -> Result<Vec<Part>> {
    let withdrawn = withdrawn_from(ctx, ctx.store(), model.id).await?;
    let ids = deployments.iter().flat_map(|d| [Some(d.by.clone()), d.company.map(|c| c.to_string())]).flatten();
    let ids: Vec<String> = ids.chain(withdrawn.iter().map(|w| w.by.clone())).collect();
    let names = Names::of(ctx, ids).await?;
    let mut history =
        Table::new("Deployments of this version", &["From", "Until", "For", "By", "Note"], "Never deployed.");
    for deployment in deployments {
        let note = match deployment.serves {
            true => deployment.note,
            false => format!("Stopped: {}", deployment.note),
        };
        history.row(vec![
            Cell::Time(deployment.at.into()),
            Cell::time(deployment.replaced_at),
            Cell::Text(deployment.company.map_or("all companies".to_owned(), |c| names.company(c))),
            Cell::Text(names.actor(&deployment.by)),
            Cell::Text(note),
        ]);
    }
    let mut parts = vec![Part::Table(history)];
    if let Some(withdrawal) = withdrawn {
        let when = domain::calendar::words(withdrawal.at);
        let words = format!("Withdrawn by {}, {when}: {}", names.actor(&withdrawal.by), withdrawal.reason);
        parts.push(Part::Notice(Tone::Bad, words));
    }
    Ok(parts)
}

fn explained(manifest: &ml::Manifest) -> String {
    match manifest.explanation {
        ml::explain::Game::PathDependent => "Shapley values, by the background's shares at each split".into(),
        ml::explain::Game::Interventional => "Shapley values, against the background claims themselves".into(),
    }
}

/// The figures of the manifest with what they mean. They were measured by whoever trained the model.
pub(crate) fn metrics(manifest: &ml::Manifest) -> Vec<Tile> {
    let m = &manifest.metrics;
    let metric = |label: &str, value: String, hint: String| Tile { label: label.into(), value, hint, href: None };
    let pounds = |value: f64| domain::Money::from_pence((100.0 * value).round() as i64).to_string();
    let baselines: Vec<String> = manifest.baselines.iter().map(|b| format!("{}: {}", b.name, pounds(b.mae))).collect();
    let outside = m.interval.below.map_or_else(String::new, |below| {
        let above = 1.0 - m.interval.coverage - below;
        format!("; {:.1}% settled for less, {:.1}% for more", 100.0 * below, 100.0 * above.max(0.0))
    });
    let (low, high) = (100.0 * m.interval.band.low, 100.0 * m.interval.band.high);
    vec![
        metric("Mean absolute error", pounds(m.mae), format!("without a model: {}", baselines.join("; "))),
        metric("Median absolute error", pounds(m.median_ae), "half of the claims are nearer than this".into()),
        metric("RMSE", pounds(m.rmse), "weighs large errors more".into()),
        metric("R²", format!("{:.3}", m.r2), "share of the variance explained".into()),
        metric(
            "Coverage of the 90% range",
            format!("{:.1}%", 100.0 * m.interval.coverage),
            format!("an honest 90% gives {low:.1}% to {high:.1}% on as many claims{outside}"),
        ),
        metric(
            "Mean width of the range",
            pounds(m.interval.mean_width),
            format!("median {}", pounds(m.interval.median_width)),
        ),
    ]
}

/// On how many claims the figures rest, and how those were kept apart.
fn measured_on(manifest: &ml::Manifest) -> String {
    let m = &manifest.metrics;
    let rows = if m.rows == m.claims { String::new() } else { format!(" in {} rows", grouped(m.rows as u64)) };
    format!("{} claims{rows}; {}", grouped(m.claims as u64), m.method)
}
