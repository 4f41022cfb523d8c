//! Accepting or overriding (stories 10, 11, 12), by the handler or, after review, by a manager (71).

use contract::AppError;
use contract::ErrorKind;
use contract::error::FieldError;
use domain::Money;
use domain::id::PredictionId;
use domain::policy::Permission;
use domain::settlement::{Act, ActError, ClaimStatus, OverrideReason, ReviewStatus, Settled, Standing, settle};
use serde_json::json;
use store::claims::{self, Claim, Progress};
use store::decisions::{self, Decision};
use store::notifications::{self, Notification};
use store::{Reach, Tx, people};

use crate::error::sentence;
use crate::{Ctx, Error, Result, id_from};

use super::number;

/// A decision as it is put from outside.
#[derive(Debug, Clone, Default)]
pub struct Put {
    pub accept: bool,
    /// The prediction that the decider saw. Accepting another one than the claim has now is refused:
    /// nobody accepts an amount they have not seen. `None` where the caller cannot tell.
    pub prediction: Option<PredictionId>,
    /// `None`: not given, which accepting does not need.
    pub amount: Option<Money>,
    pub reason: String,
    pub note: String,
    /// The decider confirms that a medical report has been received.
    pub medical_report: bool,
}

pub async fn decide(ctx: &Ctx, claim_id: &str, put: Put) -> Result<Decision> {
    ctx.require_for_claims(Permission::DecideClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    if put.accept && put.prediction.is_some() && put.prediction != claim.prediction {
        return Err(Error::refused(
            ErrorKind::Conflict,
            "This claim has been predicted anew. Look at the new amount first.",
        ));
    }
    let medical_report = claim.medical_report || put.medical_report;
    let standing = Standing {
        status: claim.status,
        predicted: claim.predicted,
        // Only whiplash claims may not be settled without a report.
        medical_report: medical_report || claim.facts.whiplash != Some(true),
        reviewer: ctx.caller.holds(Permission::ReviewClaims),
    };
    let settled = settle(standing, act(&put)?).map_err(refusal)?;
    let decision = Decision {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        prediction: claim.prediction,
        kind: settled.kind,
        amount: settled.amount,
        reason: settled.reason,
        note: settled.note.clone(),
        by: ctx.caller.actor.name(),
        at: ctx.now,
    };
    let tx = ctx.store().begin().await?;
    decisions::create(&tx, &decision).await.map_err(|e| match e {
        store::StoreError::Conflict(_) => refusal(ActError::AlreadyDecided),
        other => other.into(),
    })?;
    let change = Progress {
        status: Some(ClaimStatus::Decided),
        medical_report: Some(medical_report),
        settled: Some((settled.amount, ctx.now, decision.by.clone())),
        ..Progress::default()
    };
    claims::progress(&tx, claim.id, claim.status, change).await?;
    if claim.status == ClaimStatus::Flagged {
        answer_review(ctx, &tx, &claim, &settled).await?;
    }
    let details = json!({
        "kind": settled.kind.key(), "amount": settled.amount, "predicted": claim.predicted,
        "reason": settled.reason.map(OverrideReason::key),
    });
    tx.commit(ctx.audit(Some(claim.company), "claim.decided", "claim", claim.id, details)).await?;
    metrics::counter!("solatium_decisions_total", "kind" => settled.kind.key()).increment(1);
    Ok(decision)
}

fn act(put: &Put) -> Result<Act> {
    if put.accept {
        return Ok(Act::Accept);
    }
    let mut errors = Vec::new();
    let mut missing = |field: &str, message: &str| {
        errors.push(FieldError { field: field.into(), message: message.into() });
    };
    let reason = OverrideReason::from_key(&put.reason);
    if reason.is_none() {
        missing("reason", "Choose why you settle for another amount.");
    }
    if put.amount.is_none() {
        missing("amount", "Enter the amount in pounds, such as 1240 or 1240.50.");
    }
    match (put.amount, reason) {
        (Some(amount), Some(reason)) => Ok(Act::Override { amount, reason, note: put.note.clone() }),
        _ => Err(Error::Refused(AppError::invalid(errors))),
    }
}

fn refusal(error: ActError) -> Error {
    let field = match error {
        ActError::AlreadyDecided | ActError::InReview | ActError::NothingToAccept => {
            return Error::refused(ErrorKind::Conflict, sentence(&error.to_string()));
        }
        ActError::NoMedicalReport => "medical_report",
        ActError::NegativeAmount | ActError::TooMuch => "amount",
        ActError::NoteMissing | ActError::NoteTooLong => "note",
    };
    Error::field(field, error)
}

/// A manager's decision answers the review, and the handler who flagged is told (story 18).
async fn answer_review(ctx: &Ctx, tx: &Tx, claim: &Claim, settled: &Settled) -> Result<()> {
    let (manager, _, _) = ctx.caller.person()?;
    let review = decisions::review_of(tx, ctx.caller.reach, claim.id).await?;
    let Some(review) = review.filter(|r| r.status == ReviewStatus::Waiting) else { return Ok(()) };
    let mut answer = format!("Settled for {} ({}).", settled.amount, settled.kind.label().to_lowercase());
    if !settled.note.is_empty() {
        answer = format!("{answer} {}", settled.note);
    }
    decisions::answer(tx, &review, manager, &answer, ctx.now).await?;
    tell(
        ctx,
        tx,
        &review,
        claim,
        &format!("Claim {} was reviewed: settled for {}.", number(claim.number), settled.amount),
    )
    .await
}

pub(super) async fn tell(ctx: &Ctx, tx: &Tx, review: &decisions::Review, claim: &Claim, text: &str) -> Result<()> {
    // A person who has gone to another company is told nothing of this one.
    let Ok(person) = people::find(tx, Reach::Operator, review.flagged_by).await else { return Ok(()) };
    if person.company != claim.company {
        return Ok(());
    }
    let notification = Notification {
        id: ctx.id(),
        user: review.flagged_by,
        text: text.into(),
        href: format!("/claims/{}", claim.id),
        at: ctx.now,
    };
    Ok(notifications::create(tx, &notification).await?)
}
