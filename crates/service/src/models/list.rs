//! The registry as a list.

use contract::model::ModelsView;
use contract::table::{Cell, Table, Tone};
use domain::policy::Permission;
use store::models;

use super::{deploy, deploys_for, operator, title};
use crate::names::Names;
use crate::{Ctx, Result};

pub async fn list(ctx: &Ctx) -> Result<ModelsView> {
    ctx.require(Permission::ReadModels)?;
    let all = models::list(ctx.store(), ctx.caller.reach, operator(ctx).await?).await?;
    let names = Names::of(ctx, all.iter().flat_map(|m| [m.company.to_string(), m.uploaded_by.clone()])).await?;
    let own = models::deployments(ctx.store(), deploys_for(ctx), 1).await?;
    let shared = models::deployments(ctx.store(), None, 1).await?;
    let serving = own.first().or(shared.first()).map(|d| d.model);
    let mut table = Table::new(
        "Model versions",
        &["Version", "Family", "#MAE", "#Coverage", "Owner", "Uploaded by", "Uploaded", "Standing"],
        "No model has been uploaded. Train one with “solatium train” and upload its bundle.",
    );
    for model in &all {
        let metrics = serde_json::from_str::<ml::Manifest>(&model.manifest).ok().map(|m| m.metrics);
        table.row(vec![
            Cell::link(title(&model.name, model.version), format!("/models/{}", model.id)),
            Cell::text(&model.family),
            metrics.as_ref().map_or(Cell::Empty, |m| Cell::Figure(format!("£{:.0}", m.mae))),
            metrics.as_ref().map_or(Cell::Empty, |m| Cell::Figure(format!("{:.1}%", 100.0 * m.interval.coverage))),
            Cell::Text(names.company(model.company)),
            Cell::Text(names.actor(&model.uploaded_by)),
            Cell::Time(model.uploaded_at.into()),
            if Some(model.id) == serving {
                Cell::Badge("Serving".into(), Tone::Good)
            } else {
                Cell::Badge("Validated".into(), Tone::Plain)
            },
        ]);
    }
    let named = |id| all.iter().find(|m| m.id == id).map(|m| title(&m.name, m.version));
    let previous = deploy::previous(ctx).await?;
    Ok(ModelsView {
        table,
        serving: serving.and_then(named),
        previous: previous.and_then(|id| named(id).map(|name| (id, name))),
        choices: all.iter().map(|m| (m.id, title(&m.name, m.version))).collect(),
        may_upload: ctx.caller.holds(Permission::UploadModels),
    })
}
