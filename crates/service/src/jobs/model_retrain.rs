//! Retraining a model.

use domain::policy::Permission;
use store::Tx;

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::training::plan::Payload;
use crate::training::run::retrain;
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    key: "model.retrain",
    label: "Retraining a model",
    holds: &[Permission::ReadModels, Permission::UploadModels],
    manner: Manner { slow: true, ..USUAL },
    seen_at: "/retraining",
    run,
};

/// `false` where one waits or runs already.
pub async fn order(ctx: &Ctx, tx: &Tx, payload: &Payload) -> Result<bool> {
    let whose = payload.company.map_or("all".to_owned(), |c| c.to_string());
    let order = Order {
        company: payload.company,
        payload: serde_json::to_value(payload)?,
        dedupe_key: Some(format!("schedule:retrain:{whose}")),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        if work.was_done(ctx, "model.retrained").await? {
            return Ok("It came to its end before an interruption.".into());
        }
        let payload: Payload = serde_json::from_value(work.payload.clone())?;
        let ended = retrain(ctx, payload.company, &payload.plan, !payload.asked).await?;
        Ok(format!("{}: {}", ended.end.key(), ended.reason))
    })
}
