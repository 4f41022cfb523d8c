//! The registry: every version with where it stands (stories 20, 24).

use std::collections::BTreeMap;

use chart::dots::{Dot, draw};
use contract::page::{Chart, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::id::ModelId;
use domain::money::whole_pounds as pounds;
use domain::policy::Permission;
use domain::trial::Stage;
use ml::evaluate::Slice;
use store::models::{self, Deployment, Model};
use store::trials;

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
    /// What answers a share of the claims beside it, in basis points.
    pub canary: Option<(ModelId, i32)>,
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
        let trial = match deploys_for(ctx) {
            Some(company) => trials::running_for(ctx.store(), company, own.is_none()).await?,
            None => trials::list(ctx.store(), None, 1).await?.into_iter().find(|t| t.ended.is_none()),
        };
        let canary = trial.filter(|t| t.stage == Stage::Canary && serving == Some(t.champion));
        let canary = canary.map(|t| (t.challenger, t.share));
        let owners = Names::of(ctx, all.iter().map(|m| m.company.to_string()).collect::<Vec<_>>()).await?;
        Ok(Registry { all, own, serving, canary, owners })
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

    /// What answers predictions now, in a sentence.
    pub fn answering(&self) -> String {
        let canary = self.canary.and_then(|(id, share)| Some((self.named(id)?, share / 100)));
        match (self.serving(), canary) {
            (Some(name), None) => format!("{name} answers every prediction now."),
            (Some(name), Some((other, share))) => {
                format!("{name} answers {}% of the claims now, {other} on trial {share}%.", 100 - share)
            }
            (None, _) if self.own.as_ref().is_some_and(|d| !d.serves) => {
                "Serving was stopped: claims are decided by hand.".into()
            }
            (None, _) => "No model is deployed: claims are decided by hand.".into(),
        }
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
    let measured = measured(ctx, &registry).await?;
    let mut parts = vec![Part::Table(table(ctx, &registry, &measured).await?)];
    if ctx.caller.holds(Permission::DeployModels) {
        parts.extend(forms(ctx, &registry).await?);
    }
    parts.extend(errors(&registry, &measured).map(Part::Chart));
    let mut actions = Vec::new();
    if ctx.caller.holds(Permission::UploadModels) {
        actions.push(("Upload a model".into(), "/models/upload".into()));
    }
    actions.push(("Compare versions".into(), "/models/compare".into()));
    Ok(Report { lead: registry.answering(), actions, parts, ..Report::default() })
}

/// What each version came to on the true outcomes of whom the caller deploys for.
async fn measured(ctx: &Ctx, registry: &Registry) -> Result<BTreeMap<ModelId, Measured>> {
    let ids: Vec<ModelId> = registry.all.iter().map(|m| m.id).collect();
    let found = models::measured(ctx.store(), deploys_for(ctx), &ids).await?;
    Ok(found.into_iter().filter_map(|m| Some((m.model, serde_json::from_str(&m.body).ok()?))).collect())
}

/// What is best known of its error: on outcomes that it cannot have learnt from, where there are enough.
fn best(measured: &Measured) -> Option<&Slice> {
    measured.unseen.as_ref().or(measured.all.as_ref())
}

/// Versions in a picture: the newest.
const DRAWN: usize = 12;

/// The error of each version, as it is claimed and as it was measured.
fn errors(registry: &Registry, measured: &BTreeMap<ModelId, Measured>) -> Option<Chart> {
    const TITLE: &str = "Mean error by version";
    let (mut on_outcomes, mut claimed) = (Vec::new(), Vec::new());
    let mut table = Table::new(TITLE, &["Version", "#Measured", "#95% interval", "#Claimed"], "");
    for model in registry.all.iter().take(DRAWN) {
        let (Some(name), Ok(manifest)) =
            (registry.named(model.id), serde_json::from_str::<ml::Manifest>(&model.manifest))
        else {
            continue;
        };
        let all = measured.get(&model.id).and_then(best);
        let dot = |group, value, interval| Dot { label: name.clone(), group, value, interval, expected: None };
        on_outcomes.extend(all.map(|a| dot("Measured on true outcomes", a.mae.value, Some((a.mae.low, a.mae.high)))));
        claimed.push(dot("Claimed by whoever trained it", manifest.metrics.mae, None));
        table.row(vec![
            Cell::text(&name),
            all.map_or(Cell::Empty, |a| Cell::Figure(pounds(a.mae.value))),
            all.map_or(Cell::Empty, |a| Cell::Figure(super::measure::interval(&a.mae))),
            Cell::Figure(pounds(manifest.metrics.mae)),
        ]);
    }
    let dots: Vec<Dot> = on_outcomes.into_iter().chain(claimed).collect();
    (dots.len() > 1).then(|| Chart {
        title: TITLE.into(),
        hint: "Lines are 95% intervals over claims. Measured on outcomes that became known since a version was made, where \
               there are enough; what is claimed was measured on other claims."
            .into(),
        svg: draw(TITLE, &dots, None, pounds),
        table,
    })
}

async fn table(ctx: &Ctx, registry: &Registry, measured: &BTreeMap<ModelId, Measured>) -> Result<Table> {
    let all = &registry.all;
    let names = Names::of(ctx, all.iter().flat_map(|m| [m.company.to_string(), m.uploaded_by.clone()])).await?;
    let scope = deploys_for(ctx);
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
        let on_outcomes = measured.get(&model.id).and_then(best);
        let (words, tone) = match registry.canary {
            Some((id, _)) if id == model.id => ("On trial", Tone::Notice),
            _ => standing(
                model,
                registry.serving == Some(model.id),
                served.iter().any(|d| d.model == model.id),
                withdrawn.iter().any(|w| w.model == model.id),
            ),
        };
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
