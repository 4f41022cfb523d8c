//! Undoing a decision just after the click: within ten seconds, by the same person, as an act of its own. What a
//! decision tells others is told by `jobs::claim_decided`, which is due later than that.

use chrono::Duration;
use contract::ErrorKind;
use domain::Money;
use domain::id::DecisionId;
use domain::policy::Permission;
use domain::settlement::{ClaimStatus, ReviewStatus};
use serde_json::json;
use store::claims::{self, Claim, Progress};
use store::decisions::{self, Decision};
use store::figures::Tally;
use store::{contests, offers, reviews};

use super::decide::tallies;
use crate::{Actor, Ctx, Error, Result, id_from};

/// How long a decision can be undone, in seconds.
pub const WITHIN: i64 = 10;

/// Seconds in which the caller may still undo this; `None` when they may not.
pub fn left(ctx: &Ctx, decision: &Decision) -> Option<i64> {
    let own = matches!(ctx.caller.actor, Actor::Person { .. }) && ctx.caller.actor.name() == decision.by;
    let left = WITHIN - (ctx.now - decision.at).num_seconds();
    (own && (ctx.now - decision.at) <= Duration::seconds(WITHIN)).then_some(left.clamp(0, WITHIN))
}

pub async fn undo(ctx: &Ctx, claim_id: &str, decision_id: &str) -> Result<()> {
    ctx.require(Permission::DecideClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    let asked: DecisionId = id_from(decision_id)?;
    let decision = decisions::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let Some(decision) = decision.filter(|d| d.id == asked) else {
        return Err(Error::refused(ErrorKind::Conflict, "This decision does not stand any more. Reload the page."));
    };
    if left(ctx, &decision).is_none() {
        let words =
            format!("A decision can be undone for {WITHIN} seconds by the person who made it. This one stands.");
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let tx = ctx.begin().await?;
    // A decision of a claim in review answered the review: it waits again.
    let review = reviews::of_claim(&tx, ctx.caller.reach, claim.id).await?;
    let answered = |r: &reviews::Review| {
        let by_it = r.answer.as_ref().is_some_and(|(by, _, at)| by.to_string() == decision.by && *at == decision.at);
        r.status == ReviewStatus::Done && by_it
    };
    let before = match review.filter(answered) {
        Some(review) => {
            reviews::reopen(&tx, review.id).await?;
            ClaimStatus::Flagged
        }
        None => ClaimStatus::Open,
    };
    // What the decider stated for the first time with it is taken back too.
    let change = Progress {
        status: Some(before),
        medical_report: decision.recorded.medical_report.then_some(false),
        whiplash: decision.recorded.no_whiplash.then(|| (claim.clone(), None)),
        settled: Some(None),
        ..Progress::default()
    };
    claims::progress(&tx, claim.id, ClaimStatus::Decided, change).await?;
    decisions::withdraw(&tx, decision.id).await?;
    super::outcome::unrepeated(ctx, &tx, &claim).await?;
    // An offer that was accepted with it stands again, and so does a contest that it answered.
    offers::reopen(&tx, claim.id, decision.at).await?;
    contests::reopen(&tx, claim.id, decision.at).await?;
    for tally in taken_back(tallies(&settled_from(&claim, before), &decision)) {
        tx.tally(tally);
    }
    let details = json!({ "kind": decision.kind.key(), "amount": decision.amount, "decision": decision.id });
    tx.commit(ctx.audit(Some(claim.company), "claim.undone", "claim", claim.id, details)).await?;
    metrics::counter!("solatium_decisions_undone_total").increment(1);
    Ok(())
}

/// What was counted, the other way round.
pub(super) fn taken_back(tallies: Vec<Tally>) -> impl Iterator<Item = Tally> {
    tallies.into_iter().map(|tally| Tally {
        number: -tally.number,
        amount: Money::from_pence(-tally.amount.pence()),
        ..tally
    })
}

/// The claim as it stood before the decision: what the decision's figures were counted from.
fn settled_from(claim: &Claim, status: ClaimStatus) -> Claim {
    Claim { status, ..claim.clone() }
}
