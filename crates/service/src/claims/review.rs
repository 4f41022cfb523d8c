//! The manager's queue of flagged claims, and handing one back (story 71).

use contract::ErrorKind;
use contract::table::{Cell, Table};
use domain::policy::Permission;
use domain::settlement::{ClaimStatus, ReviewStatus};
use serde_json::json;
use store::claims::{self, Progress};
use store::reviews;

use super::save::stands;
use super::{decide, number};
use crate::names::Names;
use crate::{Ctx, Error, Result, id_from};

pub async fn queue(ctx: &Ctx) -> Result<Table> {
    ctx.require(Permission::ReviewClaims)?;
    super::view::seen(ctx, "/reviews").await?;
    let waiting = reviews::list(ctx.store(), ctx.caller.reach, ReviewStatus::Waiting, 100).await?;
    let people = waiting.iter().flat_map(|r| [Some(r.flagged_by), r.asked_of]).flatten();
    let names = Names::of(ctx, people.map(|id| id.to_string())).await?;
    let mut table = Table::new(
        "Claims that wait for review",
        &["Claim", "#Claimed", "#Predicted", "Why it was flagged", "By", "Asked of", "Since"],
        "No claim waits for review.",
    )
    .filled_by(true, "All claims", "/claims");
    let ids: Vec<_> = waiting.iter().map(|r| r.claim).collect();
    let mut all = claims::by_ids(ctx.store(), ctx.caller.reach, &ids).await?;
    super::estimate::veil(ctx, &mut all).await?;
    for review in waiting {
        let Some(claim) = all.iter().find(|c| c.id == review.claim) else { continue };
        table.row(vec![
            Cell::link(number(claim.number), format!("/claims/{}", claim.id)),
            Cell::Money(claim.total),
            Cell::money(claim.predicted),
            Cell::Text(review.reason),
            Cell::Text(names.actor(&review.flagged_by.to_string())),
            Cell::Text(review.asked_of.map_or_else(|| "Any manager".to_owned(), |id| names.actor(&id.to_string()))),
            Cell::Time(review.flagged_at.into()),
        ]);
    }
    Ok(table)
}

/// Gives a flagged claim back to the handler with an answer; the handler then decides.
pub async fn hand_back(ctx: &Ctx, claim_id: &str, answer: &str) -> Result<()> {
    ctx.require(Permission::ReviewClaims)?;
    let (manager, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    let review = reviews::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let waiting = review.filter(|r| r.status == ReviewStatus::Waiting && claim.status == ClaimStatus::Flagged);
    let Some(review) = waiting else {
        return Err(Error::refused(ErrorKind::Conflict, "This claim is not waiting for review."));
    };
    let answer = answer.trim();
    if answer.is_empty() || answer.chars().count() > 1_000 {
        return Err(Error::field("answer", "say in up to 1,000 characters what the handler should do"));
    }
    let tx = ctx.begin().await?;
    reviews::answer(&tx, &review, manager, answer, ctx.now).await?;
    claims::progress(
        &tx,
        claim.id,
        ClaimStatus::Flagged,
        Progress { status: Some(ClaimStatus::Open), ..Progress::default() },
    )
    .await?;
    tx.tally(stands(&claim, claim.status, -1));
    tx.tally(stands(&claim, ClaimStatus::Open, 1));
    let text = format!("Claim {} was reviewed and is yours to decide.", number(claim.number));
    decide::tell(ctx, &tx, &review, &claim, &text).await?;
    tx.commit(ctx.audit(Some(claim.company), "claim.handed_back", "claim", claim.id, json!({}))).await?;
    Ok(())
}
