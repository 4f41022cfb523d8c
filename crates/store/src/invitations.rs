//! One-time links by which a person chooses a password. Tokens are stored as hashes only.

use chrono::{DateTime, Utc};
use domain::id::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::invitations as table;
use crate::{Handle, Result, Tx, parsed};

/// Makes a link; the person's earlier ones end.
pub async fn create(
    tx: &Tx,
    user: UserId,
    token_hash: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    withdraw(tx, user).await?;
    table::Entity::insert(table::ActiveModel {
        token_hash: Set(token_hash.into()),
        user_id: Set(user.to_string()),
        created_at: Set(now.timestamp_millis()),
        expires_at: Set(expires_at.timestamp_millis()),
        used_at: Set(None),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Whose link this is, while it can be used.
pub async fn open(handle: &impl Handle, token_hash: &str, now: DateTime<Utc>) -> Result<Option<UserId>> {
    let row = table::Entity::find_by_id(token_hash.to_owned()).one(handle.connection()).await?;
    let open = row.filter(|row| row.used_at.is_none() && row.expires_at > now.timestamp_millis());
    open.map(|row| parsed(&row.user_id)).transpose()
}

/// Uses a link up; `false` if there is none such, or it was used or has expired.
pub async fn use_up(tx: &Tx, token_hash: &str, now: DateTime<Utc>) -> Result<bool> {
    let used = table::Entity::update_many()
        .col_expr(table::Column::UsedAt, Expr::value(now.timestamp_millis()))
        .filter(table::Column::TokenHash.eq(token_hash))
        .filter(table::Column::UsedAt.is_null())
        .filter(table::Column::ExpiresAt.gt(now.timestamp_millis()))
        .exec(tx.connection())
        .await?;
    Ok(used.rows_affected == 1)
}

/// Ends a person's links.
pub async fn withdraw(tx: &Tx, user: UserId) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::UserId.eq(user.to_string())).exec(tx.connection()).await?;
    Ok(())
}

/// Forgets what has expired.
pub async fn sweep(tx: &Tx, now: DateTime<Utc>) -> Result<u64> {
    let now = now.timestamp_millis();
    let gone = table::Entity::delete_many().filter(table::Column::ExpiresAt.lte(now)).exec(tx.connection()).await?;
    Ok(gone.rows_affected)
}
