//! Which version serves: deploying one, rolling back, stopping, returning to what serves everybody (stories 23, 24).

use contract::ErrorKind;
use contract::page::{Asks, Form, Input};
use domain::id::{DeploymentId, ModelId};
use domain::policy::Permission;
use serde_json::json;
use store::models::{self, Deployment, Model, Withdrawal};
use store::{Handle, StoreError};

use super::{LONGEST_NOTE, deploys_for, operator, own_models, title, withdrawn_from};
use crate::acts::{Done, Entries, Kind};
use crate::monitoring::run::over;
use crate::{Ctx, Error, Result, id_from};

const NEEDS: Option<Permission> = Some(Permission::DeployModels);

pub static DEPLOY: Kind = Kind {
    name: "model.deploy",
    needs: NEEDS,
    run: |ctx, entries| {
        Box::pin(async move {
            let note = entries.words("note", LONGEST_NOTE)?;
            let name = deploy(ctx, entries.id("id")?, &note, Some(seen(entries)?)).await?;
            Ok(Done::said(format!("{name} is deployed: it answers every prediction from now on.")))
        })
    },
};

pub static ROLL_BACK: Kind = Kind {
    name: "model.roll_back",
    needs: NEEDS,
    run: |ctx, entries| {
        Box::pin(async move {
            let why = entries.needed("reason", LONGEST_NOTE, WHY_WITHDRAWN)?;
            let name = roll_back(ctx, &why, Some(seen(entries)?)).await?;
            Ok(Done::said(format!("Rolled back: {name} answers every prediction from now on.")))
        })
    },
};

pub static STOP: Kind = Kind {
    name: "model.stop",
    needs: NEEDS,
    run: |ctx, entries| {
        Box::pin(async move {
            let why = entries.needed("reason", LONGEST_NOTE, "say why no model is to serve")?;
            stop(ctx, &why, Some(seen(entries)?)).await?;
            Ok(Done::said("Stopped: claims are decided by hand from now on."))
        })
    },
};

pub static RETURN: Kind = Kind {
    name: "model.return",
    needs: NEEDS,
    run: |ctx, entries| {
        Box::pin(async move {
            give_back(ctx, seen(entries)?).await?;
            Ok(Done::said("What serves everybody serves you again."))
        })
    },
};

pub static WITHDRAW: Kind = Kind {
    name: "model.withdraw",
    needs: NEEDS,
    run: |ctx, entries| {
        Box::pin(async move {
            let why = entries.needed("reason", LONGEST_NOTE, WHY_WITHDRAWN)?;
            let name = withdraw(ctx, entries.id("id")?, &why).await?;
            Ok(Done::said(format!("{name} is withdrawn: it is not deployed again.")))
        })
    },
};

const WHY_WITHDRAWN: &str = "say what is wrong with the version that is withdrawn";

/// The deployment in force that the page showed.
fn seen(entries: &Entries) -> Result<Option<DeploymentId>> {
    match entries.text("seen") {
        "" => Ok(None),
        id => Ok(Some(id_from(id)?)),
    }
}

/// What is in force for whom the caller deploys.
pub(super) async fn in_force(ctx: &Ctx) -> Result<Option<Deployment>> {
    let newest = models::deployments(ctx.store(), deploys_for(ctx), 1).await?.into_iter().next();
    Ok(newest.filter(Deployment::in_force))
}

/// Lets a version serve from now on: every company, or the own one for an insurer's engineer.
///
/// `seen`: the deployment in force that was seen; `None` takes whatever is.
///
/// # Errors
///
/// Refused where it is not approved, or withdrawn; where it takes the place of another without a reason being given;
/// where it belongs to an insurer and is to serve all; and where another version was deployed meanwhile.
pub async fn deploy(ctx: &Ctx, id: ModelId, note: &str, seen: Option<Option<DeploymentId>>) -> Result<String> {
    ctx.require(Permission::DeployModels)?;
    let operator = operator(ctx).await?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator, id).await?;
    let name = title(&model.name, model.version);
    if deploys_for(ctx).is_none() && model.company != operator {
        let words = "This model belongs to one insurer, whose engineers deploy it for themselves.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    own_models(ctx, &model).await?;
    may_answer(ctx, ctx.store(), &model).await?;
    let now = in_force(ctx).await?;
    if now.as_ref().is_some_and(|d| d.model == id && d.serves) {
        return Err(Error::refused(ErrorKind::Conflict, format!("{name} serves already.")));
    }
    let replaces = match deploys_for(ctx) {
        Some(company) => models::champion(ctx.store(), company).await?.is_some(),
        None => now.as_ref().is_some_and(|d| d.serves),
    };
    if replaces && note.trim().is_empty() && !super::trial::was_canary(ctx, id).await? {
        return Err(Error::field(
            "note",
            "say why it takes the place of the version that serves, for every claim at once",
        ));
    }
    let seen = seen.unwrap_or(now.map(|d| d.id));
    start(ctx, &model, note.trim(), "model.deployed", seen, None).await?;
    Ok(name)
}

/// Whether a version may answer anybody's claims: deployed, or on trial.
///
/// # Errors
///
/// Refused where it is not approved, or withdrawn, or looks at what is protected, or is not signed as is asked.
pub(super) async fn may_answer(ctx: &Ctx, handle: &impl Handle, model: &Model) -> Result<()> {
    let refused = |words: String| Err(Error::refused(ErrorKind::Conflict, words));
    if model.approved.is_none() {
        return refused("Somebody else than who uploaded it has to approve this version first.".into());
    }
    if let Some(withdrawal) = withdrawn_from(ctx, handle, model.id).await? {
        return refused(format!("{} was withdrawn: {}", title(&model.name, model.version), withdrawal.reason));
    }
    let manifest: ml::Manifest = serde_json::from_str(&model.manifest)?;
    let protected = crate::fairness::audit::protected_features(&manifest);
    if !protected.is_empty() {
        return refused(format!(
            "It looks at {}: a protected characteristic must change no prediction.",
            protected.join(", ")
        ));
    }
    // Loaded before it answers: if it cannot be, what serves now goes on.
    let loaded = ctx.app.models.get(&ctx.app, model.id).await?;
    if !ctx.app.limits.bundles.admits(loaded.bundle.signer()) {
        return refused(
            "This bundle was uploaded before signatures were asked for: sign it and upload it again.".into(),
        );
    }
    Ok(())
}

/// Returns to the version that served before this one, and withdraws this one for a reason.
pub async fn roll_back(ctx: &Ctx, why: &str, seen: Option<Option<DeploymentId>>) -> Result<String> {
    ctx.require(Permission::DeployModels)?;
    let nowhere = || Error::refused(ErrorKind::Conflict, "There is no earlier version to return to.");
    let now = in_force(ctx).await?.ok_or_else(nowhere)?;
    let back = previous(ctx).await?.ok_or_else(nowhere)?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, back).await?;
    let withdrawal = withdrawal(ctx, now.model, why);
    start(ctx, &model, ROLLED_BACK, "model.rolled_back", seen.unwrap_or(Some(now.id)), Some(withdrawal)).await?;
    Ok(title(&model.name, model.version))
}

/// The note of a deployment that a roll-back made.
const ROLLED_BACK: &str = "rolled back";

fn withdrawal(ctx: &Ctx, model: ModelId, why: &str) -> Withdrawal {
    Withdrawal {
        id: ctx.id(),
        model,
        company: deploys_for(ctx),
        reason: why.trim().into(),
        by: ctx.caller.actor.name(),
        at: ctx.now,
    }
}

/// The version that a roll-back returns to: the one that served before this one was deployed, unless it is withdrawn.
pub(super) async fn previous(ctx: &Ctx) -> Result<Option<ModelId>> {
    let history = models::deployments(ctx.store(), deploys_for(ctx), 50).await?;
    let withdrawn: Vec<ModelId> =
        models::withdrawn(ctx.store(), deploys_for(ctx)).await?.into_iter().map(|w| w.model).collect();
    let served = history.iter().rev().filter(|d| d.serves);
    Ok(before_the_last(served.map(|d| (d.model, d.note == ROLLED_BACK)), &withdrawn))
}

/// `deployments`: the oldest first, each with whether it was a roll-back, which takes back the one before.
fn before_the_last(deployments: impl Iterator<Item = (ModelId, bool)>, withdrawn: &[ModelId]) -> Option<ModelId> {
    let mut stack: Vec<ModelId> = Vec::new();
    for (model, rolled_back) in deployments {
        if rolled_back && stack.len() > 1 && stack.contains(&model) {
            while stack.last() != Some(&model) {
                stack.pop();
            }
        } else if stack.last() != Some(&model) {
            stack.push(model);
        }
    }
    let serving = stack.pop()?;
    stack.into_iter().rev().find(|model| *model != serving && !withdrawn.contains(model))
}

async fn start(
    ctx: &Ctx,
    model: &Model,
    note: &str,
    action: &'static str,
    seen: Option<DeploymentId>,
    withdraws: Option<Withdrawal>,
) -> Result<()> {
    may_answer(ctx, ctx.store(), model).await?;
    let (company, now) = (deploys_for(ctx), in_force(ctx).await?);
    let deployment = Deployment {
        id: ctx.id(),
        company,
        model: model.id,
        by: ctx.caller.actor.name(),
        at: ctx.now,
        replaced_at: None,
        note: note.into(),
        serves: true,
    };
    let tx = ctx.begin().await?;
    models::deploy(&tx, &deployment, seen).await.map_err(meanwhile)?;
    // Of who deploys and who withdraws at once, the second sees what the first did.
    may_answer(ctx, &tx, model).await?;
    super::trial::over(ctx, &tx, company, model.id).await?;
    let before = now.map(|d| d.model).filter(|before| *before != model.id);
    over(ctx, &tx, company, before).await?;
    super::measure::order(ctx, &tx, model).await?;
    let why = withdraws.as_ref().map(|w| w.reason.clone());
    if let Some(withdrawal) = withdraws {
        models::withdraw(&tx, &withdrawal).await.map_err(withdrawn_before)?;
    }
    let details = json!({
        "name": model.name, "version": model.version, "for": company.map(|c| c.to_string()), "reason": why,
    });
    tx.commit(ctx.audit(company.or(ctx.caller.company), action, "model", model.id, details)).await?;
    Ok(())
}

fn meanwhile(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => {
            Error::refused(ErrorKind::Conflict, "What serves has changed since you looked: look at the versions again.")
        }
        other => other.into(),
    }
}

fn withdrawn_before(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::refused(ErrorKind::Conflict, "This version is withdrawn already."),
        other => other.into(),
    }
}

/// From now on no model serves: everybody, or the own company. Claims are decided by hand.
pub async fn stop(ctx: &Ctx, why: &str, seen: Option<Option<DeploymentId>>) -> Result<()> {
    ctx.require(Permission::DeployModels)?;
    let company = deploys_for(ctx);
    let now = in_force(ctx).await?;
    let serving = match company {
        Some(company) => models::champion(ctx.store(), company).await?,
        None => now.as_ref().filter(|d| d.serves).map(|d| d.model),
    };
    let Some(model) = serving else {
        return Err(Error::refused(ErrorKind::Conflict, "No model serves."));
    };
    let deployment = Deployment {
        id: ctx.id(),
        company,
        model,
        by: ctx.caller.actor.name(),
        at: ctx.now,
        replaced_at: None,
        note: why.trim().into(),
        serves: false,
    };
    let tx = ctx.begin().await?;
    models::deploy(&tx, &deployment, seen.unwrap_or(now.map(|d| d.id))).await.map_err(meanwhile)?;
    super::trial::over(ctx, &tx, company, model).await?;
    over(ctx, &tx, company, Some(model)).await?;
    let details = json!({ "for": company.map(|c| c.to_string()), "reason": deployment.note });
    tx.commit(ctx.audit(company.or(ctx.caller.company), "model.stopped", "model", model, details)).await?;
    Ok(())
}

/// An insurer returns to what serves everybody.
pub async fn give_back(ctx: &Ctx, seen: Option<DeploymentId>) -> Result<()> {
    ctx.require(Permission::DeployModels)?;
    let (Some(company), Some(own)) = (deploys_for(ctx), in_force(ctx).await?) else {
        return Err(Error::refused(ErrorKind::Conflict, "What serves everybody serves you already."));
    };
    let tx = ctx.begin().await?;
    models::return_to_shared(&tx, company, seen.unwrap_or(own.id), ctx.now).await.map_err(meanwhile)?;
    super::trial::over(ctx, &tx, Some(company), own.model).await?;
    over(ctx, &tx, Some(company), None).await?;
    tx.commit(ctx.audit(Some(company), "model.returned", "model", own.model, json!({}))).await?;
    Ok(())
}

/// Withdraws a version that does not serve, so that it is not deployed: for everybody, or for the own company.
pub async fn withdraw(ctx: &Ctx, id: ModelId, why: &str) -> Result<String> {
    ctx.require(Permission::DeployModels)?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, id).await?;
    if deploys_for(ctx).is_none() {
        super::owned(ctx, &model, "withdraw it").await?;
    }
    let name = title(&model.name, model.version);
    let withdrawal = withdrawal(ctx, id, why);
    let tx = ctx.begin().await?;
    models::withdraw(&tx, &withdrawal).await.map_err(withdrawn_before)?;
    if models::history(&tx, ctx.caller.reach, id).await?.iter().any(|d| d.in_force() && d.serves) {
        let words = format!("{name} serves: roll back, stop it or deploy another first.");
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    super::trial::withdrawn(ctx, &tx, deploys_for(ctx), id).await?;
    let details = json!({ "name": model.name, "version": model.version, "reason": withdrawal.reason });
    tx.commit(ctx.audit(deploys_for(ctx).or(ctx.caller.company), "model.withdrawn", "model", id, details)).await?;
    Ok(name)
}

fn with_seen(form: &mut Form, seen: Option<DeploymentId>) {
    form.with.push(("seen".into(), seen.map(|id| id.to_string()).unwrap_or_default()));
}

pub(super) fn deploy_form(model: &Model, seen: Option<DeploymentId>, replaces: bool) -> Form {
    let mut note = Input::new("note", "Why now", Asks::Text).hint("Kept with the deployment.");
    note.required = replaces;
    let mut form = Form {
        act: DEPLOY.name.into(),
        id: "deploy".into(),
        title: "Deploy".into(),
        lead: "It answers every prediction from now on, in place of the version that serves. Predictions that were made stay as they are.".into(),
        with: vec![("id".into(), model.id.to_string())],
        inputs: vec![note],
        submit: "Deploy this version".into(),
        folded: true,
        ..Form::default()
    };
    with_seen(&mut form, seen);
    form
}

pub(super) fn withdraw_form(model: &Model) -> Form {
    Form {
        act: WITHDRAW.name.into(),
        id: "withdraw".into(),
        title: "Withdraw".into(),
        lead: "It is not deployed any more. This cannot be taken back: upload it anew instead.".into(),
        with: vec![("id".into(), model.id.to_string())],
        inputs: vec![Input::new("reason", "What is wrong with it", Asks::Text).required()],
        submit: "Withdraw this version".into(),
        folded: true,
        ..Form::default()
    }
}

/// `back`: the version that a roll-back returns to. `now`: the one that is withdrawn by it.
pub(super) fn roll_back_form(back: &str, now: &str, seen: Option<DeploymentId>) -> Form {
    let mut form = Form {
        act: ROLL_BACK.name.into(),
        id: "back".into(),
        title: format!("Roll back to {back}"),
        lead: format!(
            "{back} answers every prediction from now on, and {now} is withdrawn: it is not deployed again. Predictions that were made stay as they are."
        ),
        inputs: vec![Input::new("reason", &format!("What is wrong with {now}"), Asks::Text).required()],
        submit: "Roll back".into(),
        folded: true,
        ..Form::default()
    };
    with_seen(&mut form, seen);
    form
}

pub(super) fn stop_form(seen: Option<DeploymentId>) -> Form {
    let mut form = Form {
        act: STOP.name.into(),
        id: "stop".into(),
        title: "Stop serving".into(),
        lead: "No model answers from now on: claims are entered without a prediction and decided by hand.".into(),
        inputs: vec![Input::new("reason", "Why", Asks::Text).required()],
        submit: "Stop serving".into(),
        folded: true,
        ..Form::default()
    };
    with_seen(&mut form, seen);
    form
}

pub(super) fn return_form(seen: Option<DeploymentId>) -> Form {
    let mut form = Form {
        act: RETURN.name.into(),
        id: "return".into(),
        title: "Return to the shared model".into(),
        lead: "What serves everybody serves you again, in place of your own.".into(),
        submit: "Return to the shared model".into(),
        folded: true,
        ..Form::default()
    };
    with_seen(&mut form, seen);
    form
}

#[cfg(test)]
mod tests {
    use domain::id::Id;

    use super::*;

    #[test]
    fn what_was_rolled_back_from_is_not_offered_again() {
        let [a, b, c] = [1, 2, 3].map(|n| ModelId::from_parts(n, [0; 10]));
        let offered = |all: &[(ModelId, bool)], gone: &[ModelId]| before_the_last(all.iter().copied(), gone);
        assert_eq!(offered(&[], &[]), None);
        assert_eq!(offered(&[(a, false)], &[]), None);
        assert_eq!(offered(&[(a, false), (b, false)], &[]), Some(a));
        assert_eq!(offered(&[(a, false), (b, false), (a, true)], &[b]), None, "b was bad");
        assert_eq!(offered(&[(a, false), (b, false), (a, true), (c, false)], &[b]), Some(a));
        assert_eq!(offered(&[(a, false), (b, false), (c, false)], &[b]), Some(a), "b is passed over");
        assert_eq!(offered(&[(a, false), (b, false), (c, false), (a, true)], &[b, c]), None);
        assert_eq!(offered(&[(a, false), (b, false), (a, false)], &[]), Some(b), "deployed anew, not rolled back");
    }
}
