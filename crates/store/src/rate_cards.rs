//! Rate cards: versions that are never changed.

use billing::RateCard;
use chrono::{DateTime, Utc};
use domain::id::RateCardId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::rate_cards as table;
use crate::{Handle, Result, StoreError, Tx, instant, parsed};

#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub id: RateCardId,
    pub version: i32,
    pub card: RateCard,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
}

/// Names and versions of cards, at most: what is offered in a choice.
const MOST: u64 = 500;

/// Adds the next version of a card of this name.
///
/// # Errors
///
/// A conflict where another was added meanwhile.
pub async fn add(tx: &Tx, id: RateCardId, card: &RateCard, by: &str, at: DateTime<Utc>) -> Result<i32> {
    let newest = table::Entity::find()
        .filter(table::Column::Name.eq(&card.name))
        .order_by_desc(table::Column::Version)
        .one(tx.connection())
        .await?;
    let version = newest.map_or(1, |row| row.version + 1);
    table::Entity::insert(table::ActiveModel {
        id: Set(id.to_string()),
        name: Set(card.name.clone()),
        version: Set(version),
        body: Set(serde_json::to_string(card)?),
        made_by: Set(by.to_owned()),
        made_at: Set(at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(version)
}

/// The newest first.
pub async fn list(handle: &impl Handle) -> Result<Vec<Card>> {
    let rows = table::Entity::find()
        .order_by_desc(table::Column::MadeAt)
        .order_by_desc(table::Column::Version)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

pub async fn find(handle: &impl Handle, id: RateCardId) -> Result<Card> {
    let row = table::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    record(row.ok_or(StoreError::NotFound)?)
}

/// Those of these ids.
pub(crate) async fn of(handle: &impl Handle, ids: Vec<String>) -> Result<Vec<Card>> {
    let rows = table::Entity::find().filter(table::Column::Id.is_in(ids)).all(handle.connection()).await?;
    rows.into_iter().map(record).collect()
}

fn record(row: table::Model) -> Result<Card> {
    Ok(Card {
        id: parsed(&row.id)?,
        version: row.version,
        card: serde_json::from_str(&row.body)?,
        made_by: row.made_by,
        made_at: instant(row.made_at),
    })
}
