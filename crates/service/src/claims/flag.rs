//! Flagging claims for a manager's review (story 13), one or several at once.

use std::collections::BTreeSet;

use contract::ErrorKind;
use domain::id::{ClaimId, UserId};
use domain::policy::{Permission, Role};
use domain::settlement::{ClaimStatus, ReviewStatus};
use serde_json::json;
use store::claims::{self, Claim, Progress};
use store::reviews::{self, Review};
use store::{Tx, people};

use super::number;
use super::save::stands;
use crate::account::tell::{Cause, Told};
use crate::{Ctx, Error, Result, id_from};

/// The most claims that are flagged at once: a page of the list.
const MOST: usize = 50;

pub async fn flag(ctx: &Ctx, claim_id: &str, reason: &str) -> Result<()> {
    flag_all(ctx, &[claim_id.to_owned()], reason).await.map(drop)
}

/// Flags all of these or none; says how many.
pub async fn flag_all(ctx: &Ctx, ids: &[String], reason: &str) -> Result<u64> {
    ctx.require(Permission::DecideClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    if !(1..=MOST).contains(&ids.len()) {
        return Err(Error::field("flag_reason", format!("choose 1 to {MOST} claims")));
    }
    let ids = ids.iter().map(|id| id_from(id)).collect::<Result<BTreeSet<ClaimId>>>()?;
    let ids: Vec<ClaimId> = ids.into_iter().collect();
    let flagged = claims::by_ids(ctx.store(), ctx.caller.reach, &ids).await?;
    if flagged.len() < ids.len() {
        return Err(store::StoreError::NotFound.into());
    }
    flagged.iter().try_for_each(may_be_flagged)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 1_000 {
        return Err(Error::field("flag_reason", "say in up to 1,000 characters what the manager should look at"));
    }
    let tx = ctx.begin().await?;
    for claim in &flagged {
        flag_one(ctx, &tx, claim, user, reason).await?;
    }
    tell_managers(ctx, &tx, &flagged).await?;
    tx.commit_recorded().await?;
    Ok(flagged.len() as u64)
}

fn may_be_flagged(claim: &Claim) -> Result<()> {
    let words = match claim.status {
        ClaimStatus::Open => return Ok(()),
        ClaimStatus::Flagged => "is in review already",
        ClaimStatus::Decided => "is already decided",
    };
    Err(Error::refused(ErrorKind::Conflict, format!("Claim {} {words}.", number(claim.number))))
}

async fn flag_one(ctx: &Ctx, tx: &Tx, claim: &Claim, user: UserId, reason: &str) -> Result<()> {
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
    reviews::flag(tx, &review).await?;
    let change = Progress { status: Some(ClaimStatus::Flagged), ..Progress::default() };
    claims::progress(tx, claim.id, ClaimStatus::Open, change).await?;
    tx.tally(stands(claim, claim.status, -1));
    tx.tally(stands(claim, ClaimStatus::Flagged, 1));
    tx.audit(ctx.audit(Some(claim.company), "claim.flagged", "claim", claim.id, json!({})));
    Ok(())
}

/// Each manager is told once, however many claims there are.
async fn tell_managers(ctx: &Ctx, tx: &Tx, flagged: &[Claim]) -> Result<()> {
    let Some(first) = flagged.first() else { return Ok(()) };
    let (text, href) = match flagged.len() {
        1 => (format!("Claim {} waits for a review.", number(first.number)), format!("/claims/{}", first.id)),
        n => (format!("{n} claims wait for a review."), "/reviews".to_owned()),
    };
    for manager in people::with_role(tx, first.company, Role::Manager).await? {
        let told = Told { user: manager, company: first.company, cause: Cause::Flagged };
        told.of(ctx, tx, &text, &href).await?;
    }
    Ok(())
}
