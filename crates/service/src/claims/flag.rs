//! Flagging claims for a manager's review (story 13), one or several at once.

use std::collections::BTreeSet;

use contract::ErrorKind;
use domain::id::{ClaimId, CompanyId, UserId};
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

/// Into the queue of all managers.
pub async fn flag(ctx: &Ctx, claim_id: &str, reason: &str) -> Result<()> {
    flag_for(ctx, claim_id, reason, "").await
}

/// `who`: the manager who is asked; empty for whoever comes first.
pub async fn flag_for(ctx: &Ctx, claim_id: &str, reason: &str, who: &str) -> Result<()> {
    put(ctx, &[claim_id.to_owned()], reason, who).await.map(drop)
}

/// Flags all of these or none; says how many.
pub async fn flag_all(ctx: &Ctx, ids: &[String], reason: &str) -> Result<u64> {
    put(ctx, ids, reason, "").await
}

async fn put(ctx: &Ctx, ids: &[String], reason: &str, who: &str) -> Result<u64> {
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
    let asked_of = match (who, flagged.first()) {
        ("", _) | (_, None) => None,
        (who, Some(claim)) => Some(reviewer(ctx, claim, who).await?),
    };
    let tx = ctx.begin().await?;
    for claim in &flagged {
        flag_one(ctx, &tx, claim, (user, asked_of), reason).await?;
    }
    tell_managers(ctx, &tx, &flagged, asked_of).await?;
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

/// Those who may be asked in particular: their ids and names.
pub(crate) async fn reviewers(ctx: &Ctx, company: CompanyId) -> Result<Vec<(String, String)>> {
    let me = ctx.caller.actor.name();
    let all = people::working(ctx.store(), company, &[Role::Manager]).await?;
    Ok(all.into_iter().map(|p| (p.id.to_string(), p.name)).filter(|(id, _)| *id != me).collect())
}

async fn reviewer(ctx: &Ctx, claim: &Claim, who: &str) -> Result<UserId> {
    let known = reviewers(ctx, claim.company).await?;
    let named = known.iter().find(|(id, _)| id == who).and_then(|(id, _)| id.parse().ok());
    named.ok_or_else(|| Error::field("who", "choose a manager of your company"))
}

async fn flag_one(
    ctx: &Ctx,
    tx: &Tx,
    claim: &Claim,
    (user, asked_of): (UserId, Option<UserId>),
    reason: &str,
) -> Result<()> {
    let review = Review {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        status: ReviewStatus::Waiting,
        flagged_by: user,
        reason: reason.into(),
        flagged_at: ctx.now,
        asked_of,
        answer: None,
    };
    reviews::flag(tx, &review).await?;
    let change = Progress { status: Some(ClaimStatus::Flagged), ..Progress::default() };
    claims::progress(tx, claim.id, ClaimStatus::Open, change).await?;
    tx.tally(stands(claim, claim.status, -1));
    tx.tally(stands(claim, ClaimStatus::Flagged, 1));
    tx.audit(ctx.audit(Some(claim.company), "claim.flagged", "claim", claim.id, json!({ "asked_of": asked_of })));
    Ok(())
}

/// Each manager is told once, however many claims there are.
async fn tell_managers(ctx: &Ctx, tx: &Tx, flagged: &[Claim], asked_of: Option<UserId>) -> Result<()> {
    let Some(first) = flagged.first() else { return Ok(()) };
    let (text, href) = match flagged.len() {
        1 => (format!("Claim {} waits for a review.", number(first.number)), format!("/claims/{}", first.id)),
        n => (format!("{n} claims wait for a review."), "/reviews".to_owned()),
    };
    let told = match asked_of {
        Some(manager) => vec![manager],
        None => people::with_role(tx, first.company, Role::Manager).await?,
    };
    for manager in told {
        let told = Told { user: manager, company: first.company, cause: Cause::Flagged };
        told.of(ctx, tx, &text, &href).await?;
    }
    Ok(())
}
