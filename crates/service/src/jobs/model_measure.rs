//! Measuring a version of a model on true outcomes.

use domain::id::{CompanyId, ModelId};
use domain::policy::Permission;
use serde_json::json;
use store::Tx;

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
