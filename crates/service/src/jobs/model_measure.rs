//! Measuring a version of a model on true outcomes.

use domain::id::{CompanyId, ModelId};
use domain::policy::Permission;
use serde_json::json;
use store::{Tx, companies, trials};

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::{Ctx, Result, models};

pub static KIND: Kind = Kind {
    key: "model.measure",
    label: "Measuring a model on true outcomes",
    holds: &[Permission::ReadModels],
    manner: Manner { slow: true, ..USUAL },
    seen_at: "/models",
    run,
};

/// Once a month: what serves and what is on trial, on the outcomes of each company and of all.
pub static SERVING: Kind = Kind {
    key: "models.measure",
    label: "Ordering the measurement of the versions that serve",
    holds: &[],
    manner: USUAL,
    seen_at: "/models",
    run: |ctx, _| Box::pin(serving(ctx)),
};

async fn serving(ctx: &Ctx) -> Result<String> {
    let mut ordered = 0;
    let insurers: Vec<_> =
        companies::list(ctx.store(), store::Reach::Operator).await?.into_iter().filter(|c| !c.operator).collect();
    let shared = store::models::deployments(ctx.store(), None, 1).await?.pop().filter(|d| d.in_force() && d.serves);
    let mut serving: Vec<_> = shared.map(|d| (d.model, None)).into_iter().collect();
    for company in &insurers {
        let own = store::models::champion(ctx.store(), company.id).await?;
        serving.extend(own.map(|model| (model, Some(company.id))));
    }
    // What is on trial is chosen by what it comes to.
    serving.extend(trials::running(ctx.store()).await?.into_iter().map(|trial| (trial.challenger, trial.company)));
    let tx = ctx.begin().await?;
    for (model, company) in serving {
        ordered += u32::from(order(ctx, &tx, model, company).await?);
    }
    tx.commit_bookkeeping().await?;
    Ok(format!("Ordered {ordered} measurements."))
}

/// `company`: whose outcomes; `None`: everybody's.
pub async fn order(ctx: &Ctx, tx: &Tx, model: ModelId, company: Option<CompanyId>) -> Result<bool> {
    let whose = company.map(|c| c.to_string()).unwrap_or_default();
    let order = Order {
        company,
        payload: json!({ "model": model }),
        dedupe_key: Some(format!("model.measure:{model}:{whose}")),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move { models::measure::keep(ctx, work.id("model")?, ctx.caller.company).await })
}
