//! Freezing a report on a model for an audience.

use contract::ErrorKind;
use domain::policy::Permission;
use store::{Reach, Tx, jobs};

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::publishing::reports::{Asked, freeze};
use crate::{Ctx, Error, Result};

pub static KIND: Kind = Kind {
    key: "publication.make",
    label: "Freezing a report on a model",
    holds: &[Permission::ReadModels],
    manner: Manner { slow: true, ..USUAL },
    seen_at: "/published",
    run,
};

/// Reports of a company that wait or are made at a time.
const MOST: u64 = 10;

/// `false` where the same waits or runs already.
pub async fn order(ctx: &Ctx, tx: &Tx, asked: &Asked) -> Result<bool> {
    let reach = asked.company.map_or(Reach::Operator, Reach::Company);
    if jobs::under_way(tx, reach, KIND.key, MOST + 1).await?.len() as u64 > MOST {
        let words = "Many reports are being made: order this one when those stand here.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let whose = asked.company.map(|c| c.to_string()).unwrap_or_default();
    let order = Order {
        company: asked.company,
        payload: serde_json::to_value(asked)?,
        dedupe_key: Some(format!("publication:{whose}:{}:{}:{}", asked.model, asked.audience, asked.title)),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        match work.was_done(ctx, "publication.made").await? {
            true => Ok("It was published before an interruption.".into()),
            false => freeze(ctx, &serde_json::from_value(work.payload.clone())?).await,
        }
    })
}
