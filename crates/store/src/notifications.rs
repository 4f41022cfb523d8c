//! What people are told.

use chrono::{DateTime, Utc};
use domain::id::{NotificationId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::notifications as table;
use crate::{Handle, Result, Tx, instant};

#[derive(Debug, Clone)]
pub struct Notification {
    pub id: NotificationId,
    pub user: UserId,
    /// Why, as people choose what they wish to be told: such as `reviewed`.
    pub cause: String,
    pub text: String,
    pub href: String,
    pub at: DateTime<Utc>,
}

pub async fn create(tx: &Tx, notification: &Notification) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(notification.id.to_string()),
        user_id: Set(notification.user.to_string()),
        text: Set(notification.text.clone()),
        href: Set(notification.href.clone()),
        created_at: Set(notification.at.timestamp_millis()),
        read_at: Set(None),
        cause: Set(Some(notification.cause.clone())),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Forgets what a person was told of one thing for the same cause and has not read: the newer word takes its place.
///
/// Whether there was one.
pub async fn replace(tx: &Tx, user: UserId, href: &str, cause: &str) -> Result<bool> {
    let done = table::Entity::delete_many()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::Href.eq(href))
        .filter(table::Column::Cause.eq(cause))
        .filter(table::Column::ReadAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(done.rows_affected > 0)
}

/// A person's newest notifications: text, address, time, whether read.
pub async fn list(
    handle: &impl Handle,
    user: UserId,
    limit: u64,
) -> Result<Vec<(String, String, DateTime<Utc>, bool)>> {
    let rows = table::Entity::find()
        .filter(table::Column::UserId.eq(user.to_string()))
        .order_by_desc(table::Column::CreatedAt)
        .limit(limit)
        .all(handle.connection())
        .await?;
    Ok(rows.into_iter().map(|r| (r.text, r.href, instant(r.created_at), r.read_at.is_some())).collect())
}

/// Forgets all that a person was told.
pub async fn forget(tx: &Tx, user: UserId) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::UserId.eq(user.to_string())).exec(tx.connection()).await?;
    Ok(())
}

pub async fn unread(handle: &impl Handle, user: UserId) -> Result<u64> {
    Ok(table::Entity::find()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::ReadAt.is_null())
        .count(handle.connection())
        .await?)
}

/// Marks what a person was told about one address as read.
pub async fn read_about(tx: &Tx, user: UserId, href: &str, at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::ReadAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::Href.eq(href))
        .filter(table::Column::ReadAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Whether something that a person was told about an address is unread.
pub async fn tells_of(handle: &impl Handle, user: UserId, href: &str) -> Result<bool> {
    let unread = table::Entity::find()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::Href.eq(href))
        .filter(table::Column::ReadAt.is_null());
    Ok(unread.limit(1).count(handle.connection()).await? > 0)
}

pub async fn read_all(tx: &Tx, user: UserId, at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::ReadAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::ReadAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}
