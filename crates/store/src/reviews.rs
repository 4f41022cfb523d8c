//! Reviews: a handler flags a claim, a manager answers.

use chrono::{DateTime, Utc};
use domain::id::{ClaimId, CompanyId, ReviewId, UserId};
use domain::settlement::ReviewStatus;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cipher::{Place, seal_text};
use crate::entity::reviews as table;
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, Tx, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone)]
pub struct Review {
    pub id: ReviewId,
    pub company: CompanyId,
    pub claim: ClaimId,
    pub status: ReviewStatus,
    pub flagged_by: UserId,
    pub reason: String,
    pub flagged_at: DateTime<Utc>,
    /// Who in particular is asked; `None`: any manager.
    pub asked_of: Option<UserId>,
    /// Who answered, what, and when.
    pub answer: Option<(UserId, String, DateTime<Utc>)>,
}

pub(crate) fn place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place { table: "reviews", column, row }
}

pub async fn flag(tx: &Tx, review: &Review) -> Result<()> {
    let key = keys::of_claim(tx, review.claim).await?;
    let id = review.id.to_string();
    table::Entity::insert(table::ActiveModel {
        company_id: Set(review.company.to_string()),
        claim_id: Set(review.claim.to_string()),
        status: Set(ReviewStatus::Waiting.key().into()),
        flagged_by: Set(review.flagged_by.to_string()),
        reason: Set(seal_text(&key, place("reason", &id), &review.reason)?),
        flagged_at: Set(review.flagged_at.timestamp_millis()),
        reviewed_by: Set(None),
        answer: Set(None),
        reviewed_at: Set(None),
        asked_of: Set(review.asked_of.map(|person| person.to_string())),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn answer(tx: &Tx, review: &Review, by: UserId, answer: &str, at: DateTime<Utc>) -> Result<()> {
    let key = keys::of_claim(tx, review.claim).await?;
    let id = review.id.to_string();
    table::Entity::update(table::ActiveModel {
        status: Set(ReviewStatus::Done.key().into()),
        reviewed_by: Set(Some(by.to_string())),
        answer: Set(Some(seal_text(&key, place("answer", &id), answer)?)),
        reviewed_at: Set(Some(at.timestamp_millis())),
        id: Set(id),
        ..Default::default()
    })
    .exec(tx.connection())
    .await?;
    Ok(())
}

/// Lets a review wait again whose answer was taken back.
pub async fn reopen(tx: &Tx, id: ReviewId) -> Result<()> {
    table::Entity::update(table::ActiveModel {
        status: Set(ReviewStatus::Waiting.key().into()),
        reviewed_by: Set(None),
        answer: Set(None),
        reviewed_at: Set(None),
        id: Set(id.to_string()),
        ..Default::default()
    })
    .exec(tx.connection())
    .await?;
    Ok(())
}

/// The newest review of a claim.
pub async fn of_claim(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Option<Review>> {
    let row = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .order_by_desc(table::Column::FlaggedAt)
        .one(handle.connection())
        .await?;
    match row {
        Some(row) => Ok(records(handle, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// Reviews of one status within reach, those that wait longest first.
pub async fn list(handle: &impl Handle, reach: Reach, status: ReviewStatus, limit: u64) -> Result<Vec<Review>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Status.eq(status.key()))
        .order_by_asc(table::Column::FlaggedAt)
        .limit(limit)
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

pub async fn count(handle: &impl Handle, reach: Reach, status: ReviewStatus) -> Result<u64> {
    Ok(scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Status.eq(status.key()))
        .count(handle.connection())
        .await?)
}

async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Review>> {
    let mut wanted = Wanted::default();
    for row in &rows {
        let company = parsed(&row.company_id)?;
        wanted.add(company, Some(&row.reason));
        wanted.add(company, row.answer.as_ref());
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter().map(|row| record(row, &keys)).collect()
}

/// Of an erased claimant the texts are gone.
fn record(row: table::Model, keys: &Keyring) -> Result<Review> {
    let company = parsed(&row.company_id)?;
    let answer = match (&row.reviewed_by, &row.answer, row.reviewed_at) {
        (Some(by), Some(text), Some(at)) => {
            let text = keys.open(company, place("answer", &row.id), text)?.unwrap_or_default();
            Some((parsed(by)?, text, instant(at)))
        }
        _ => None,
    };
    Ok(Review {
        id: parsed(&row.id)?,
        company,
        claim: parsed(&row.claim_id)?,
        status: known(ReviewStatus::from_key(&row.status), "review status")?,
        flagged_by: parsed(&row.flagged_by)?,
        reason: keys.open(company, place("reason", &row.id), &row.reason)?.unwrap_or_default(),
        flagged_at: instant(row.flagged_at),
        asked_of: parsed_opt(row.asked_of.as_ref())?,
        answer,
    })
}
