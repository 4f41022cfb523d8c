//! One version: checks, metrics, notes, deployments.

use contract::model::{CheckView, MetricView, ModelView};
use contract::table::{Cell, Table, grouped};
use domain::policy::Permission;
use store::models;

use super::{deploys_for, operator};
use crate::names::Names;
use crate::{Ctx, Result, id_from};

pub async fn view(ctx: &Ctx, id: &str) -> Result<ModelView> {
    ctx.require(Permission::ReadModels)?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, id_from(id)?).await?;
    let manifest: ml::Manifest = serde_json::from_str(&model.manifest)?;
    let checks: Vec<CheckView> = serde_json::from_str(&model.checks)?;
    let deployments = models::history(ctx.store(), ctx.caller.reach, model.id).await?;
    let ids = deployments.iter().flat_map(|d| [Some(d.by.clone()), d.company.map(|c| c.to_string())]).flatten();
    let names = Names::of(ctx, ids.chain([model.uploaded_by.clone()])).await?;
    let mut history =
        Table::new("Deployments of this version", &["From", "Until", "For", "By", "Note"], "Never deployed.");
    let mut serving = Vec::new();
    for deployment in deployments {
        let whom = deployment.company.map_or("all companies".to_owned(), |c| names.company(c));
        if deployment.replaced_at.is_none() {
            serving.push(whom.clone());
        }
        history.row(vec![
            Cell::Time(deployment.at.into()),
            Cell::time(deployment.replaced_at),
            Cell::Text(whom),
            Cell::Text(names.actor(&deployment.by)),
            Cell::Text(deployment.note),
        ]);
    }
    let current = models::deployments(ctx.store(), deploys_for(ctx), 1).await?;
    // An insurer that deploys none of its own is served by the operator's.
    let serves_already = match (current.first(), ctx.caller.company) {
        (Some(own), _) => own.model == model.id,
        (None, Some(company)) => models::champion(ctx.store(), company).await? == Some(model.id),
        (None, None) => false,
    };
    Ok(ModelView {
        id: model.id,
        name: model.name,
        version: model.version,
        family: model.family,
        explained: explained(&manifest),
        library: manifest.libraries.iter().map(|l| format!("{} {}", l.name, l.version)).collect::<Vec<_>>().join(", "),
        author: manifest.author.clone(),
        notes: model.notes,
        bundle_hash: model.bundle_hash,
        size_bytes: model.size_bytes,
        uploaded_by: names.actor(&model.uploaded_by),
        uploaded_at: model.uploaded_at.into(),
        serving,
        checks,
        metrics: metrics(&manifest),
        measured_on: measured_on(&manifest),
        features: manifest.features.iter().map(|f| f.name.clone()).collect(),
        report: super::report::accuracy(&manifest, &model.id.to_string()),
        fairness: super::report::fairness(&manifest, &model.id.to_string()),
        history,
        may_deploy: ctx.caller.holds(Permission::DeployModels) && !serves_already,
    })
}

fn explained(manifest: &ml::Manifest) -> String {
    match manifest.explanation {
        ml::explain::Game::PathDependent => "Shapley values, by the background's shares at each split".into(),
        ml::explain::Game::Interventional => "Shapley values, against the background claims themselves".into(),
    }
}

/// The figures of the manifest with what they mean. They were measured by whoever trained the model.
pub(super) fn metrics(manifest: &ml::Manifest) -> Vec<MetricView> {
    let m = &manifest.metrics;
    let metric = |name: &str, value: String, hint: String| MetricView { name: name.into(), value, hint };
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
pub(super) fn measured_on(manifest: &ml::Manifest) -> String {
    let m = &manifest.metrics;
    let rows = if m.rows == m.claims { String::new() } else { format!(" in {} rows", grouped(m.rows as u64)) };
    format!("{} claims{rows}; {}", grouped(m.claims as u64), m.method)
}
