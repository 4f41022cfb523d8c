//! The ledger of offers on claims: rows are added and ended, never changed otherwise.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{ClaimId, CompanyId, OfferId};
use domain::offer::{OfferState, Side};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cipher::{Place, seal_text};
use crate::entity::offers as table;
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, known, parsed, parsed_opt, scoped};

/// The most that are listed of one claim.
pub const MOST: u64 = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub id: OfferId,
    pub company: CompanyId,
    pub claim: ClaimId,
    pub side: Side,
    pub state: OfferState,
    pub amount: Money,
    /// The last day on which it can be accepted.
    pub expires_on: Option<NaiveDate>,
    /// Encrypted with the claimant's key.
    pub note: String,
    /// Counts what became of it.
    pub version: i32,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    pub ended: Option<(String, DateTime<Utc>)>,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "offers", column: "sealed", row }
}

pub async fn create(tx: &Tx, offer: &Offer) -> Result<()> {
    let id = offer.id.to_string();
    let key = keys::of_claim(tx, offer.claim).await?;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(offer.company.to_string()),
        claim_id: Set(offer.claim.to_string()),
        side: Set(offer.side.key().into()),
        state: Set(offer.state.key().into()),
        amount_pence: Set(offer.amount.pence()),
        expires_on: Set(offer.expires_on.map(|d| d.to_string())),
        sealed: Set(seal_text(&key, place(&id), &offer.note)?),
        version: Set(offer.version),
        made_by: Set(offer.made_by.clone()),
        made_at: Set(offer.made_at.timestamp_millis()),
        ended_by: Set(None),
        ended_at: Set(None),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Ends an offer that stands open as it was seen.
///
/// # Errors
///
/// A conflict where something else became of it first.
pub async fn end(tx: &Tx, id: OfferId, seen: i32, state: OfferState, by: &str, at: DateTime<Utc>) -> Result<()> {
    let done = table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(state.key()))
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .col_expr(table::Column::EndedBy, Expr::value(by))
        .col_expr(table::Column::EndedAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Version.eq(seen))
        .filter(table::Column::State.eq(OfferState::Open.key()))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the offer stands no longer".into())),
    }
}

/// Lets an offer stand again whose acceptance was taken back.
pub async fn reopen(tx: &Tx, claim: ClaimId, accepted_at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(OfferState::Open.key()))
        .col_expr(table::Column::Version, Expr::col(table::Column::Version).add(1))
        .col_expr(table::Column::EndedBy, Expr::value(None::<String>))
        .col_expr(table::Column::EndedAt, Expr::value(None::<i64>))
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .filter(table::Column::State.eq(OfferState::Accepted.key()))
        .filter(table::Column::EndedAt.eq(accepted_at.timestamp_millis()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: OfferId) -> Result<Offer> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    records(handle, vec![row]).await?.pop().ok_or(StoreError::NotFound)
}

/// A claim's newest offers, the oldest of them first.
pub async fn of_claim(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Vec<Offer>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .order_by_desc(table::Column::MadeAt)
        .order_by_desc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    records(handle, rows.into_iter().rev().collect()).await
}

async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Offer>> {
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, Some(&row.sealed));
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter().map(|row| record(row, &keys)).collect()
}

/// Of an erased claimant the note is gone.
fn record(row: table::Model, keys: &Keyring) -> Result<Offer> {
    let company = parsed(&row.company_id)?;
    Ok(Offer {
        id: parsed(&row.id)?,
        company,
        claim: parsed(&row.claim_id)?,
        side: known(Side::from_key(&row.side), "side")?,
        state: known(OfferState::from_key(&row.state), "offer")?,
        amount: Money::from_pence(row.amount_pence),
        expires_on: parsed_opt(row.expires_on.as_ref())?,
        note: keys.open(company, place(&row.id), &row.sealed)?.unwrap_or_default(),
        version: row.version,
        made_by: row.made_by,
        made_at: instant(row.made_at),
        ended: row.ended_by.zip(row.ended_at.map(instant)),
    })
}
