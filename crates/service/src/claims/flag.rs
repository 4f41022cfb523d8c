//! Flagging a claim for a manager's review (story 13).

use contract::ErrorKind;
use domain::policy::Permission;
use domain::settlement::{ClaimStatus, ReviewStatus};
use serde_json::json;
use store::claims::{self, Progress};
use store::reviews::{self, Review};

use super::save::stands;
use crate::{Ctx, Error, Result, id_from};

pub async fn flag(ctx: &Ctx, claim_id: &str, reason: &str) -> Result<()> {
    ctx.require(Permission::DecideClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    match claim.status {
        ClaimStatus::Open => {}
        ClaimStatus::Flagged => return Err(Error::refused(ErrorKind::Conflict, "This claim is in review already.")),
        ClaimStatus::Decided => return Err(Error::refused(ErrorKind::Conflict, "This claim is already decided.")),
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 1_000 {
        return Err(Error::field("flag_reason", "say in up to 1,000 characters what the manager should look at"));
    }
    let review = Review {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        status: ReviewStatus::Waiting,
        flagged_by: user,
        reason: reason.into(),
        flagged_at: ctx.now,
        answer: None,
    };
    let tx = ctx.begin().await?;
    reviews::flag(&tx, &review).await?;
    claims::progress(
        &tx,
        claim.id,
        ClaimStatus::Open,
        Progress { status: Some(ClaimStatus::Flagged), ..Progress::default() },
    )
    .await?;
    tx.tally(stands(&claim, claim.status, -1));
    tx.tally(stands(&claim, ClaimStatus::Flagged, 1));
    tx.commit(ctx.audit(Some(claim.company), "claim.flagged", "claim", claim.id, json!({}))).await?;
    Ok(())
}
