//! The registry: every version with where it stands (stories 20, 24).

use std::collections::BTreeMap;

use contract::page::{Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::id::ModelId;
use domain::money::whole_pounds as pounds;
use domain::policy::Permission;
use store::models::{self, Deployment, Model};

use super::measure::Measured;
use super::{deploy, deploys_for, operator, title};
use crate::names::Names;
use crate::{Ctx, Result};

/// What there is, and what of it serves.
pub struct Registry {
    pub all: Vec<Model>,
    /// For whom the caller deploys: what is in force, of their own.
    pub own: Option<Deployment>,
    /// What answers predictions now.
    pub serving: Option<ModelId>,
    owners: Names,
}

impl Registry {
    pub async fn of(ctx: &Ctx) -> Result<Registry> {
        ctx.require(Permission::ReadModels)?;
        let all = models::list(ctx.store(), ctx.caller.reach, operator(ctx).await?).await?;
        let own = deploy::in_force(ctx).await?;
        let serving = match deploys_for(ctx) {
            Some(company) => models::champion(ctx.store(), company).await?,
            None => own.as_ref().filter(|d| d.serves).map(|d| d.model),
        };
        let owners = Names::of(ctx, all.iter().map(|m| m.company.to_string()).collect::<Vec<_>>()).await?;
        Ok(Registry { all, own, serving, owners })
    }

    /// Name and version; with whose it is, where others have one of the same name and version.
    pub fn named(&self, id: ModelId) -> Option<String> {
        let model = self.all.iter().find(|m| m.id == id)?;
        let own = title(&model.name, model.version);
        let same = |m: &&Model| (&m.name, m.version) == (&model.name, model.version);
        Some(match self.all.iter().filter(same).count() {
            1 => own,
            _ => format!("{own} of {}", self.owners.company(model.company)),
        })
    }

    /// Ids and names of all versions, to choose from.
    pub fn choices(&self) -> Vec<(String, String)> {
        self.all.iter().filter_map(|m| Some((m.id.to_string(), self.named(m.id)?))).collect()
    }

    /// The newest version that could take the place of another: neither it nor withdrawn.
    pub fn newest_beside(&self, id: ModelId, withdrawn: &[ModelId]) -> Option<ModelId> {
        let others = self.all.iter().filter(|m| m.id != id && !withdrawn.contains(&m.id));
        others.max_by_key(|m| m.uploaded_at).map(|m| m.id)
    }

    /// What serves now, by name.
    pub fn serving(&self) -> Option<String> {
        self.serving.and_then(|id| self.named(id))
    }
}

/// Where a version stands, in a word.
pub(super) fn standing(model: &Model, serving: bool, served: bool, withdrawn: bool) -> (&'static str, Tone) {
    match (serving, withdrawn, &model.approved) {
        (true, ..) => ("Serving", Tone::Good),
        (false, true, _) => ("Withdrawn", Tone::Bad),
        (false, false, None) => ("Validated", Tone::Notice),
        (false, false, Some(_)) if served => ("Retired", Tone::Plain),
        (false, false, Some(_)) => ("Approved", Tone::Plain),
    }
}

/// The page.
pub(crate) async fn page(ctx: &Ctx) -> Result<Report> {
    let registry = Registry::of(ctx).await?;
    let mut parts = vec![Part::Table(table(ctx, &registry).await?)];
    if ctx.caller.holds(Permission::DeployModels) {
        parts.extend(forms(ctx, &registry).await?);
    }
    let mut actions = Vec::new();
    if ctx.caller.holds(Permission::UploadModels) {
        actions.push(("Upload a model".into(), "/models/upload".into()));
    }
    actions.push(("Compare versions".into(), "/models/compare".into()));
    let lead = match registry.serving() {
        Some(name) => format!("{name} answers every prediction now."),
        None if registry.own.as_ref().is_some_and(|d| !d.serves) => {
            "Serving was stopped: claims are decided by hand.".into()
        }
        None => "No model is deployed: claims are decided by hand.".into(),
    };
    Ok(Report { lead, actions, parts, ..Report::default() })
}

async fn table(ctx: &Ctx, registry: &Registry) -> Result<Table> {
    let all = &registry.all;
    let names = Names::of(ctx, all.iter().flat_map(|m| [m.company.to_string(), m.uploaded_by.clone()])).await?;
    let ids: Vec<ModelId> = all.iter().map(|m| m.id).collect();
    let scope = deploys_for(ctx);
    let measured = models::measured(ctx.store(), scope, &ids).await?;
    let measured: BTreeMap<ModelId, Measured> =
        measured.into_iter().filter_map(|m| Some((m.model, serde_json::from_str(&m.body).ok()?))).collect();
    let withdrawn = models::withdrawn(ctx.store(), scope).await?;
    let served = models::deployments(ctx.store(), scope, 500).await?;
    let mut table = Table::new(
        "Model versions",
        &[
            "Version",
            "Family",
            "#MAE claimed",
            "#MAE measured",
            "#Coverage",
            "Owner",
            "Uploaded by",
            "Uploaded",
            "Standing",
        ],
        "No model has been uploaded. Train one with “solatium train” and upload its bundle.",
    );
    for model in all {
        let metrics = serde_json::from_str::<ml::Manifest>(&model.manifest).ok().map(|m| m.metrics);
        let on_outcomes = measured.get(&model.id).and_then(|m| m.all.as_ref());
        let (words, tone) = standing(
            model,
            registry.serving == Some(model.id),
            served.iter().any(|d| d.model == model.id),
            withdrawn.iter().any(|w| w.model == model.id),
        );
        table.row(vec![
            Cell::link(title(&model.name, model.version), format!("/models/{}", model.id)),
            Cell::text(&model.family),
            metrics.as_ref().map_or(Cell::Empty, |m| Cell::Figure(pounds(m.mae))),
            on_outcomes.map_or(Cell::Empty, |all| Cell::Figure(pounds(all.mae.value))),
            metrics.as_ref().map_or(Cell::Empty, |m| Cell::Figure(format!("{:.1}%", 100.0 * m.interval.coverage))),
            Cell::Text(names.company(model.company)),
            Cell::Text(names.actor(&model.uploaded_by)),
            Cell::Time(model.uploaded_at.into()),
            Cell::Badge(words.into(), tone),
        ]);
    }
    Ok(table)
}

/// What can be done about what serves.
async fn forms(ctx: &Ctx, registry: &Registry) -> Result<Vec<Part>> {
    let mut forms = Vec::new();
    let own = registry.own.as_ref();
    let seen = own.map(|d| d.id);
    if let (Some(now), Some(back)) = (own.and_then(|d| registry.named(d.model)), deploy::previous(ctx).await?)
        && let Some(back) = registry.named(back)
    {
        forms.push(deploy::roll_back_form(&back, &now, seen));
    }
    if own.is_some() && deploys_for(ctx).is_some() {
        forms.push(deploy::return_form(seen));
    }
    if registry.serving.is_some() {
        forms.push(deploy::stop_form(seen));
    }
    Ok(forms.into_iter().map(Part::Form).collect())
}
