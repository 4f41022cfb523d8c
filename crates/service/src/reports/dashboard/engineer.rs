//! What the models do and what people make of it.

use std::collections::BTreeMap;

use contract::page::{Part, Report};
use contract::table::{Cell, Table};
use domain::alert::State;
use domain::policy::Permission;
use domain::settlement::OverrideReason;
use store::figures::{self, Measure};

use crate::reports::counts::{LATELY, QUARTER, days, decided_by_day, lately, of_last, weekly};
use crate::reports::parts::{share, tile};
use crate::{Ctx, Result};

pub async fn view(ctx: &Ctx) -> Result<Report> {
    ctx.require(Permission::ReadModels)?;
    let registry = crate::models::list::Registry::of(ctx).await?;
    let serves = registry.serving();
    let predicted = lately(ctx, Measure::Predicted).await?;
    let quarter = decided_by_day(ctx, QUARTER, None).await?;
    let decided = of_last(ctx, LATELY, &quarter);
    let overridden = share(decided.overridden, decided.all);
    let serving = serves.clone().unwrap_or_else(|| "None".into());
    let (_, open) = store::monitoring::list(ctx.store(), ctx.caller.reach, &[State::Open], (1, 1)).await?;
    let withdrawn = store::models::withdrawn(ctx.store(), crate::models::deploys_for(ctx)).await?;
    let waits = |m: &&store::models::Model| {
        m.approved.is_none() && Some(m.company) == ctx.caller.company && withdrawn.iter().all(|w| w.model != m.id)
    };
    let waiting = registry.all.iter().filter(waits).count();
    let tiles = vec![
        tile("Serving", serving, "the deployed version", "/models"),
        tile("Versions", registry.all.len(), "in the registry", "/models"),
        tile("Predictions", predicted, format!("in {LATELY} days"), "/predictions"),
        tile("Overridden", overridden, format!("of decisions in {LATELY} days"), "/overrides"),
        tile("Open alerts", open, "of claims, error, bias and coverage", "/alerts"),
        tile("To approve", waiting, "versions that a person has to look at", "/models"),
    ];
    Ok(Report {
        title: "Models".into(),
        lead: registry.answering(),
        actions: vec![
            ("Upload a model".into(), "/models/upload".into()),
            ("Compare versions".into(), "/models/compare".into()),
        ],
        file: None,
        again: None,
        filters: Vec::new(),
        filter: String::new(),
        parts: vec![
            Part::Tiles(tiles),
            Part::Table(reasons(ctx).await?),
            Part::Chart(weekly(ctx, "Decisions a week", &quarter)),
        ],
    })
}

/// Why people overrode, most often first.
async fn reasons(ctx: &Ctx) -> Result<Table> {
    let (from, to) = days(ctx, QUARTER);
    let mut reasons: BTreeMap<&str, i64> = BTreeMap::new();
    for sum in figures::by_company(ctx.store(), ctx.caller.reach, Measure::Reason, from, to).await? {
        if let Some(reason) = OverrideReason::from_key(&sum.label) {
            *reasons.entry(reason.label()).or_default() += sum.number;
        }
    }
    let mut table = Table::new(
        "Why people overrode, last twelve weeks",
        &["Reason", "#Overrides"],
        "Nobody has overridden a prediction.",
    );
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(label, count)| (-count, *label));
    for (label, count) in reasons {
        table.row(vec![Cell::text(label), Cell::Number(count)]);
    }
    Ok(table)
}
