//! Freezing a report on a model for an audience.

use domain::policy::Permission;
use store::Tx;

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::publishing::reports::{Asked, freeze};
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    key: "publication.make",
    label: "Freezing a report on a model",
    holds: &[Permission::ReadModels],
    manner: Manner { slow: true, ..USUAL },
    seen_at: "/published",
    run,
};

/// `false` where the same waits or runs already.
pub async fn order(ctx: &Ctx, tx: &Tx, asked: &Asked) -> Result<bool> {
    let order = Order {
        company: asked.company,
        payload: serde_json::to_value(asked)?,
        dedupe_key: Some(format!("publication:{}:{}:{}", asked.model, asked.audience, asked.title)),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move { freeze(ctx, &serde_json::from_value(work.payload.clone())?).await })
}
