//! Approving a version: a second person looks at what was uploaded, before it can be deployed (story 23).

use contract::ErrorKind;
use contract::page::{Asks, Form, Input};
use domain::id::ModelId;
use domain::policy::Permission;
use serde_json::json;
use store::models::{self, Approval, Model};
use store::outcomes::{self, OutcomeQuery};
use store::{Reach, StoreError};

use super::{LONGEST_NOTE, deploys_for, measure, operator, owned, title, withdrawn_from};
use crate::acts::{Done, Kind};
use crate::{Ctx, Error, Result};

pub static APPROVE: Kind = Kind {
    name: "model.approve",
    needs: Some(Permission::ApproveModels),
    run: |ctx, entries| {
        Box::pin(async move {
            let name =
                approve(ctx, entries.id("id")?, &entries.needed("note", LONGEST_NOTE, "say what you looked at")?)
                    .await?;
            Ok(Done::said(format!("{name} is approved and can be deployed.")))
        })
    },
};

/// Approves a version of the caller's own company.
///
/// # Errors
///
/// Refused where the caller uploaded it, where it carries no release notes, where it is withdrawn, where it has not been
/// measured although it can be, and where what was measured is certainly worse than what it claims.
pub async fn approve(ctx: &Ctx, id: ModelId, note: &str) -> Result<String> {
    ctx.require(Permission::ApproveModels)?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, id).await?;
    owned(ctx, &model, "approve it").await?;
    let name = title(&model.name, model.version);
    if model.uploaded_by == ctx.caller.actor.name() {
        let words = "Whoever uploaded a version does not approve it: ask another engineer or an administrator.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    if model.notes.is_empty() && models::notes(ctx.store(), id, 1).await?.is_empty() {
        let words = "It has no release notes: add a note that says what changed, then approve it.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    if let Some(withdrawal) = withdrawn_from(ctx, ctx.store(), id).await? {
        return Err(Error::refused(ErrorKind::Conflict, format!("{name} was withdrawn: {}", withdrawal.reason)));
    }
    if let Some(words) = against(ctx, &model).await? {
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let approval = Approval { by: ctx.caller.actor.name(), at: ctx.now, note: note.trim().into() };
    let tx = ctx.begin().await?;
    models::approve(&tx, id, &approval).await.map_err(|error| match error {
        StoreError::Conflict(_) => Error::refused(ErrorKind::Conflict, format!("{name} is approved already.")),
        other => other.into(),
    })?;
    let details = json!({ "name": model.name, "version": model.version, "note": approval.note });
    tx.commit(ctx.audit(Some(model.company), "model.approved", "model", id, details)).await?;
    Ok(name)
}

/// What speaks against it by true outcomes: that it was not measured although it could be, or what was measured.
pub(super) async fn against(ctx: &Ctx, model: &Model) -> Result<Option<String>> {
    if let Some((at, measured)) = measure::latest(ctx, model.id).await? {
        // What could not be measured when somebody looked may be by now; what they looked at today is all there is to see.
        let today = ctx.now - at < chrono::Duration::days(1);
        if measured.all.is_some() || today || !measurable(ctx).await? {
            return Ok(measured.refuses());
        }
    }
    Ok(measurable(ctx).await?.then(|| {
        "True outcomes are known on which it can be measured, and it has not been: measure it first.".to_owned()
    }))
}

async fn measurable(ctx: &Ctx) -> Result<bool> {
    let reach = deploys_for(ctx).map_or(Reach::Operator, Reach::Company);
    let query = OutcomeQuery { tier: Some(domain::outcome::Tier::A), ..OutcomeQuery::default() };
    Ok(outcomes::count(ctx.store(), reach, &query).await? >= measure::FEWEST as u64)
}

pub(super) fn form(model: &Model) -> Form {
    Form {
        act: APPROVE.name.into(),
        id: "approve".into(),
        title: "Approve".into(),
        lead: "You have looked at what it learnt from, how good it is and for whom. It serves nobody until it is deployed.".into(),
        with: vec![("id".into(), model.id.to_string())],
        inputs: vec![Input::new("note", "What you looked at", Asks::Words).hint("Kept with the approval.").required()],
        submit: "Approve this version".into(),
        folded: true,
        ..Form::default()
    }
}
