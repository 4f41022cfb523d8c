//! Accepting or overriding (stories 10, 11, 12), by the handler or, after review, by a manager (71).

use chrono::{DateTime, Duration, Utc};
use contract::AppError;
use contract::ErrorKind;
use contract::error::FieldError;
use domain::Money;
use domain::calendar::london_date;
use domain::id::{OfferId, PredictionId};
use domain::policy::Permission;
use domain::settlement::{
    Act, ActError, ClaimStatus, DecisionKind, OverrideReason, ReviewStatus, Settled, Standing, settle,
};
use serde_json::json;
use store::claims::{self, Claim, Progress};
use store::decisions::{self, Decider, Decision, Recorded};
use store::figures::{Measure, Tally};
use store::{Tx, contests, predictions, reviews};

use crate::account::tell::{Cause, Told};
use crate::error::sentence;
use crate::jobs::claim_decided;
use crate::{Actor, Ctx, Error, Result, id_from};

use super::save::stands;

/// A decision as it is put from outside.
#[derive(Debug, Clone, Default)]
pub struct Put {
    pub accept: bool,
    /// The prediction that the decider saw. Accepting needs it, and another one than the claim has now
    /// is refused: nobody accepts an amount they have not seen.
    pub prediction: Option<PredictionId>,
    /// `None`: not given, which accepting does not need.
    pub amount: Option<Money>,
    pub reason: String,
    pub note: String,
    /// The decider confirms that a medical report has been received.
    pub medical_report: bool,
    /// The decider says that the injury is no whiplash injury, where that was not known.
    pub no_whiplash: bool,
    /// An insurer's own person for whom an integration passes the decision on.
    pub decider: Option<Decider>,
    /// The offer that is accepted with it, as it was seen.
    pub offer: Option<(OfferId, i32)>,
}

/// What is said where a claim without a report calls itself none of whiplash and claims the whiplash tariff.
pub(super) const CONTRADICTION: &str = "this claim states that it is no whiplash injury and claims the whiplash tariff: record that a medical report has been received, or correct the claim (Civil Liability Act 2018, section 6)";

/// Longest name of an insurer's own person, in characters.
const LONGEST_DECIDER: usize = 200;

/// An acceptance this soon after its prediction, in seconds, is counted and reported: nobody has read
/// the explanation by then.
pub const QUICK: i64 = 2;

/// A person and a time as an integration states them. The time is at most five minutes before the
/// prediction (clocks differ) and not after now.
fn check(decider: &Decider, predicted_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
    let length = decider.name.trim().chars().count();
    if !(1..=LONGEST_DECIDER).contains(&length) || decider.name.chars().any(char::is_control) {
        return Err(Error::field("decided_by", "name the person who decided, in 1 to 200 characters"));
    }
    if decider.at > now {
        return Err(Error::field("decided_at", "this is in the future: give the time at which the person decided"));
    }
    if predicted_at.is_some_and(|p| decider.at < p - Duration::minutes(5)) {
        return Err(Error::field("decided_at", "this is before the prediction: nobody can have seen it by then"));
    }
    Ok(())
}

pub async fn decide(ctx: &Ctx, claim_id: &str, put: Put) -> Result<Decision> {
    ctx.require(Permission::DecideClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    let predicted = match claim.prediction {
        Some(id) => Some(predictions::find(ctx.store(), ctx.caller.reach, id).await?),
        None => None,
    };
    let predicted_at = predicted.as_ref().map(|p| p.at);
    match &put.decider {
        Some(decider) => check(decider, predicted_at, ctx.now)?,
        None if matches!(ctx.caller.actor, Actor::Key { .. }) => {
            return Err(Error::field("decided_by", "name the person who decided: an integration decides nothing"));
        }
        None => {}
    }
    super::estimate::given(ctx, &claim).await?;
    let contest = super::contest::open(ctx, &claim, put.decider.as_ref()).await?;
    if put.accept && put.prediction.is_none() && claim.prediction.is_some() {
        return Err(Error::field("prediction_id", "name the prediction that the person saw"));
    }
    if put.accept && put.prediction != claim.prediction {
        return Err(Error::refused(
            ErrorKind::Conflict,
            "This claim has been predicted anew. Look at the new amount first.",
        ));
    }
    let medical_report = claim.medical_report || put.medical_report;
    // Whoever claims the tariff has said that it is whiplash: no word of the decider's goes against that.
    let open = claim.facts.is_whiplash().is_none();
    let whiplash = claim.facts.whiplash.or((put.no_whiplash && open).then_some(false));
    if claim.facts.contradicts_itself() && !medical_report {
        return Err(Error::field("medical_report", CONTRADICTION));
    }
    let assessed = !medical_report && super::assess::pays_tariff(ctx, &claim).await?;
    let standing = Standing {
        status: claim.status,
        predicted: claim.predicted,
        medical_report,
        whiplash: if assessed { Some(true) } else { claim.facts.is_whiplash().or(whiplash) },
        reviewer: ctx.caller.holds(Permission::ReviewClaims),
    };
    let settled = settle(standing, act(&put)?).map_err(refusal)?;
    super::authority::covers(ctx, &claim, settled.amount).await?;
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
        seconds_after: predicted_at.map(|p| (put.decider.as_ref().map_or(ctx.now, |d| d.at) - p).num_seconds().max(0)),
        decider: put.decider,
        recorded: Recorded {
            medical_report: medical_report && !claim.medical_report,
            no_whiplash: whiplash == Some(false) && claim.facts.whiplash.is_none(),
        },
        claim_kind: Some(super::outcome::kind_of(&claim).key().into()),
        predicted: claim.predicted,
        at: ctx.now,
    };
    let tx = ctx.begin().await?;
    let change = Progress {
        status: Some(ClaimStatus::Decided),
        medical_report: Some(medical_report),
        whiplash: whiplash.filter(|_| claim.facts.whiplash.is_none()).map(|w| (claim.clone(), Some(w))),
        settled: Some(Some((settled.amount, ctx.now, decision.by.clone()))),
        ..Progress::default()
    };
    // The claim first: its row is locked from here on, and of two who decide at once one goes on. What was decided on
    // must be what the claim says.
    if !claims::hold(&tx, &claim).await.map_err(already)? {
        return Err(super::restate::changed());
    }
    claims::progress(&tx, claim.id, claim.status, change).await.map_err(already)?;
    decisions::create(&tx, &decision).await.map_err(already)?;
    super::outcome::repeated(ctx, &tx, &claim, &decision).await?;
    for tally in tallies(&claim, &decision) {
        tx.tally(tally);
    }
    if let Some((offer, seen)) = put.offer {
        super::offers::end_accepted(ctx, &tx, offer, seen).await?;
    }
    if contest.is_some() {
        contests::end(&tx, claim.id, &decision.by, ctx.now).await?;
    }
    if claim.status == ClaimStatus::Flagged {
        answer_review(ctx, &tx, &claim, &settled).await?;
        claim_decided::order(ctx, &tx, &decision).await?;
    }
    let details = json!({
        "kind": settled.kind.key(), "amount": settled.amount, "predicted": claim.predicted,
        "reason": settled.reason.map(OverrideReason::key),
        "seconds_after": decision.seconds_after,
        "named_person": decision.decider.is_some(),
    });
    tx.commit(ctx.audit(Some(claim.company), "claim.decided", "claim", claim.id, details)).await?;
    metrics::counter!("solatium_decisions_total", "kind" => settled.kind.key()).increment(1);
    Ok(decision)
}

/// What a decision adds to the figures.
pub(super) fn tallies(claim: &Claim, decision: &Decision) -> Vec<Tally> {
    let of = |measure, label: String| Tally {
        company: claim.company,
        measure,
        day: Some(london_date(decision.at)),
        label,
        number: 1,
        amount: decision.amount,
    };
    let kind = decision.kind.key();
    let mut all = vec![
        stands(claim, claim.status, -1),
        stands(claim, ClaimStatus::Decided, 1),
        of(Measure::Decided, kind.into()),
        of(Measure::DecidedBy, format!("{kind}|{}", decision.by)),
    ];
    if let (DecisionKind::Overridden, Some(reason)) = (decision.kind, decision.reason) {
        all.push(Tally { amount: Money::ZERO, ..of(Measure::Reason, reason.key().into()) });
    }
    if decision.kind == DecisionKind::Accepted && decision.seconds_after.is_some_and(|s| s < QUICK) {
        all.push(Tally { amount: Money::ZERO, ..of(Measure::Quick, String::new()) });
    }
    all
}

fn already(error: store::StoreError) -> Error {
    match error {
        store::StoreError::Conflict(_) => refusal(ActError::AlreadyDecided),
        other => other.into(),
    }
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
        ActError::NoMedicalReport | ActError::NoReportAndPerhapsWhiplash => "medical_report",
        ActError::NegativeAmount | ActError::TooMuch => "amount",
        ActError::NoteMissing | ActError::NoteTooLong => "note",
    };
    Error::field(field, error)
}

/// A manager's decision answers the review. The handler who flagged is told by a job, when it can no longer be
/// undone.
async fn answer_review(ctx: &Ctx, tx: &Tx, claim: &Claim, settled: &Settled) -> Result<()> {
    let (manager, _, _) = ctx.caller.person()?;
    let review = reviews::of_claim(tx, ctx.caller.reach, claim.id).await?;
    let Some(review) = review.filter(|r| r.status == ReviewStatus::Waiting) else { return Ok(()) };
    let mut answer = format!("Settled for {} ({}).", settled.amount, settled.kind.label().to_lowercase());
    if !settled.note.is_empty() {
        answer = format!("{answer} {}", settled.note);
    }
    Ok(reviews::answer(tx, &review, manager, &answer, ctx.now).await?)
}

/// Tells the handler who flagged what became of it (story 18).
pub async fn tell(ctx: &Ctx, tx: &Tx, review: &reviews::Review, claim: &Claim, text: &str) -> Result<()> {
    let told = Told { user: review.flagged_by, company: claim.company, cause: Cause::Reviewed };
    told.of(ctx, tx, text, &format!("/claims/{}", claim.id)).await
}
