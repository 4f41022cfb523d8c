//! Drafts of claims: what a person types saves itself.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, DraftId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::cipher::{Place, open_text, seal_text};
use crate::companies::key;
use crate::entity::drafts as table;
use crate::{Handle, Result, Tx, instant, parsed};

fn place(row: &str) -> Place<'_> {
    Place { table: "drafts", column: "body", row }
}

/// Saves a person's draft in place of the one before. `body`: any text; it is encrypted.
pub async fn save(tx: &Tx, id: DraftId, user: UserId, company: CompanyId, body: &str, at: DateTime<Utc>) -> Result<()> {
    let key = key(tx, company).await?;
    let owner = user.to_string();
    table::Entity::insert(table::ActiveModel {
        id: Set(id.to_string()),
        body: Set(seal_text(&key, place(&owner), body)?),
        user_id: Set(owner),
        updated_at: Set(at.timestamp_millis()),
    })
    .on_conflict(
        OnConflict::column(table::Column::UserId)
            .update_columns([table::Column::Body, table::Column::UpdatedAt])
            .to_owned(),
    )
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, user: UserId, company: CompanyId) -> Result<Option<(String, DateTime<Utc>)>> {
    let owner = user.to_string();
    let row = table::Entity::find().filter(table::Column::UserId.eq(&owner)).one(handle.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let key = key(handle, company).await?;
    Ok(Some((open_text(&key, place(&owner), &row.body)?, instant(row.updated_at))))
}

/// Which draft a person has: another one after it was saved as a claim, or discarded.
pub async fn id_of(handle: &impl Handle, user: UserId) -> Result<Option<DraftId>> {
    let row = table::Entity::find().filter(table::Column::UserId.eq(user.to_string())).one(handle.connection()).await?;
    row.map(|row| parsed(&row.id)).transpose()
}

pub async fn discard(tx: &Tx, user: UserId) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::UserId.eq(user.to_string())).exec(tx.connection()).await?;
    Ok(())
}
