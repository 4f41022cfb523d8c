//! Deploying a version and rolling back (stories 23, 24).

use contract::ErrorKind;
use domain::id::ModelId;
use domain::policy::Permission;
use serde_json::json;
use store::models::{self, Deployment};

use super::{deploys_for, operator, title};
use crate::{Ctx, Error, Result, id_from};

/// In characters.
const LONGEST_NOTE: usize = 500;

/// Lets a version serve from now on: every company, or the own one for an insurer's engineer.
pub async fn deploy(ctx: &Ctx, model_id: &str, note: &str) -> Result<String> {
    ctx.require(Permission::DeployModels)?;
    if note.chars().count() > LONGEST_NOTE {
        return Err(Error::field("note", format!("keep this under {LONGEST_NOTE} characters")));
    }
    start(ctx, id_from(model_id)?, note.trim(), "model.deployed").await
}

/// Returns to the version that served before this one.
pub async fn roll_back(ctx: &Ctx) -> Result<String> {
    ctx.require(Permission::DeployModels)?;
    let Some(previous) = previous(ctx).await? else {
        return Err(Error::refused(ErrorKind::Conflict, "There is no earlier version to return to."));
    };
    start(ctx, previous, ROLLED_BACK, "model.rolled_back").await
}

/// The note of a deployment that a roll-back made.
const ROLLED_BACK: &str = "rolled back";

/// The version that a roll-back returns to: the one that served before this one was deployed. A version that was
/// rolled back from is not offered again.
pub(super) async fn previous(ctx: &Ctx) -> Result<Option<ModelId>> {
    let history = models::deployments(ctx.store(), deploys_for(ctx), 50).await?;
    Ok(before_the_last(history.iter().rev().map(|d| (d.model, d.note == ROLLED_BACK))))
}

/// `deployments`: the oldest first, each with whether it was a roll-back, which takes back the one before.
fn before_the_last(deployments: impl Iterator<Item = (ModelId, bool)>) -> Option<ModelId> {
    let mut stack: Vec<ModelId> = Vec::new();
    for (model, rolled_back) in deployments {
        if rolled_back && stack.len() > 1 && stack[stack.len() - 2] == model {
            stack.pop();
        } else if stack.last() != Some(&model) {
            stack.push(model);
        }
    }
    stack.len().checked_sub(2).map(|i| stack[i])
}

async fn start(ctx: &Ctx, id: ModelId, note: &str, action: &'static str) -> Result<String> {
    let operator = operator(ctx).await?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator, id).await?;
    if deploys_for(ctx).is_none() && model.company != operator {
        return Err(Error::refused(
            ErrorKind::Conflict,
            "This model belongs to one insurer, whose engineers deploy it for themselves.",
        ));
    }
    // Loaded before it serves: if it cannot be, the version that serves now goes on.
    let loaded = ctx.app.models.get(&ctx.app, id).await?;
    if !ctx.app.limits.bundles.admits(loaded.bundle.signer()) {
        return Err(Error::refused(
            ErrorKind::Conflict,
            "This bundle was uploaded before signatures were asked for: sign it and upload it again.",
        ));
    }
    let company = deploys_for(ctx);
    let current = models::deployments(ctx.store(), company, 1).await?;
    let name = title(&model.name, model.version);
    if current.first().is_some_and(|d| d.model == id) {
        return Err(Error::refused(ErrorKind::Conflict, format!("{name} serves already.")));
    }
    let deployment = Deployment {
        id: ctx.id(),
        company,
        model: id,
        by: ctx.caller.actor.name(),
        at: ctx.now,
        replaced_at: None,
        note: note.into(),
    };
    let tx = ctx.begin().await?;
    models::deploy(&tx, &deployment).await?;
    let details = json!({ "name": model.name, "version": model.version, "for": company.map(|c| c.to_string()) });
    tx.commit(ctx.audit(company.or(ctx.caller.company), action, "model", id, details)).await?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use domain::id::Id;

    use super::*;

    #[test]
    fn what_was_rolled_back_from_is_not_offered_again() {
        let [a, b, c] = [1, 2, 3].map(|n| ModelId::from_parts(n, [0; 10]));
        let offered = |all: &[(ModelId, bool)]| before_the_last(all.iter().copied());
        assert_eq!(offered(&[]), None);
        assert_eq!(offered(&[(a, false)]), None);
        assert_eq!(offered(&[(a, false), (b, false)]), Some(a));
        assert_eq!(offered(&[(a, false), (b, false), (a, true)]), None, "b was bad");
        assert_eq!(offered(&[(a, false), (b, false), (a, true), (c, false)]), Some(a));
        assert_eq!(offered(&[(a, false), (b, false), (a, false)]), Some(b), "deployed anew, not rolled back");
    }
}
