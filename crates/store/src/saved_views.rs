//! Views of lists that people save for themselves. Encrypted: a filter may hold an insurer's reference.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, SavedViewId, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::cipher::{Place, open_text, seal_text};
use crate::companies::key;
use crate::entity::saved_views as table;
use crate::{Handle, Result, StoreError, Tx, parsed};

/// The most that one person has.
pub const MOST: u64 = 20;

fn place(row: &str) -> Place<'_> {
    Place { table: "saved_views", column: "body", row }
}

/// A view: what it is called, and the address's query that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub name: String,
    pub query: String,
}

pub async fn create(
    tx: &Tx,
    id: SavedViewId,
    user: UserId,
    company: CompanyId,
    view: &View,
    at: DateTime<Utc>,
) -> Result<()> {
    let id = id.to_string();
    let body = serde_json::to_string(view)?;
    table::Entity::insert(table::ActiveModel {
        user_id: Set(user.to_string()),
        body: Set(seal_text(&key(tx, company).await?, place(&id), &body)?),
        created_at: Set(at.timestamp_millis()),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// A person's views, the oldest first.
pub async fn list(handle: &impl Handle, user: UserId, company: CompanyId) -> Result<Vec<(SavedViewId, View)>> {
    let rows = table::Entity::find()
        .filter(table::Column::UserId.eq(user.to_string()))
        .order_by_asc(table::Column::CreatedAt)
        .order_by_asc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = key(handle, company).await?;
    let view = |row: &table::Model| -> Result<_> {
        Ok((parsed(&row.id)?, serde_json::from_str(&open_text(&key, place(&row.id), &row.body)?)?))
    };
    rows.iter().map(view).collect()
}

pub async fn count(handle: &impl Handle, user: UserId) -> Result<u64> {
    Ok(table::Entity::find().filter(table::Column::UserId.eq(user.to_string())).count(handle.connection()).await?)
}

/// Forgets one of the person's views.
pub async fn forget(tx: &Tx, user: UserId, id: SavedViewId) -> Result<()> {
    let done = table::Entity::delete_many()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::Id.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Forgets all of a person's views.
pub async fn forget_all(tx: &Tx, user: UserId) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::UserId.eq(user.to_string())).exec(tx.connection()).await?;
    Ok(())
}
