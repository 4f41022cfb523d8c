//! Telling the handler who flagged a claim how it was settled (story 18), once the decision can no longer be undone.

use chrono::Duration;
use domain::id::{ClaimId, DecisionId};
use domain::policy::Permission;
use serde_json::json;
use store::decisions::Decision;
use store::{Tx, claims, decisions, reviews};

use super::{Kind, Order, Running, USUAL, Work, enqueue};
use crate::claims::{decide, number, undo};
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    key: "claim.decided",
    label: "Telling of a decision",
    holds: &[Permission::ReadClaims],
    manner: USUAL,
    seen_at: "/claims",
    run,
};

/// Seconds beyond the time for undoing: an undo that waits for its turn, or for clocks that differ, is not overtaken.
const MARGIN: i64 = 5;

/// Orders it for when the decision stands for good.
pub async fn order(ctx: &Ctx, tx: &Tx, decision: &Decision) -> Result<bool> {
    let order = Order {
        company: Some(decision.company),
        payload: json!({ "claim": decision.claim, "decision": decision.id }),
        due_at: Some(decision.at + Duration::seconds(undo::WITHIN + MARGIN)),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let (claim, decision): (ClaimId, DecisionId) = (work.id("claim")?, work.id("decision")?);
        let tx = ctx.begin().await?;
        let reach = ctx.caller.reach;
        let stands = decisions::of_claim(&tx, reach, claim).await?.filter(|d| d.id == decision);
        let Some(decision) = stands else { return Ok("The decision was undone: nobody is told.".into()) };
        let claim = claims::find(&tx, reach, claim).await?;
        let Some(review) = reviews::of_claim(&tx, reach, claim.id).await? else {
            return Ok("Nobody had asked for a review.".into());
        };
        let words = format!("Claim {} was reviewed: settled for {}.", number(claim.number), decision.amount);
        decide::tell(ctx, &tx, &review, &claim, &words).await?;
        tx.commit_bookkeeping().await?;
        Ok("Told the handler who had asked for the review.".into())
    })
}
