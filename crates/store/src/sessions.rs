//! Sessions, failed sign-ins and set-up links. Tokens are stored as hashes only.

use chrono::{DateTime, Utc};
use domain::id::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::entity::{sessions as table, setup_links, sign_in_failures};
use crate::{Handle, Result, StoreError, Tx, instant, parsed};

#[derive(Debug, Clone)]
pub struct Session {
    /// SHA-256 of the token in hexadecimal.
    pub token_hash: String,
    pub user: UserId,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

pub async fn create(tx: &Tx, session: &Session) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        token_hash: Set(session.token_hash.clone()),
        user_id: Set(session.user.to_string()),
        created_at: Set(session.created_at.timestamp_millis()),
        last_seen_at: Set(session.last_seen_at.timestamp_millis()),
        expires_at: Set(session.expires_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, token_hash: &str) -> Result<Option<Session>> {
    let row = table::Entity::find_by_id(token_hash.to_owned()).one(handle.connection()).await?;
    row.map(|row| {
        Ok(Session {
            user: parsed(&row.user_id)?,
            token_hash: row.token_hash,
            created_at: instant(row.created_at),
            last_seen_at: instant(row.last_seen_at),
            expires_at: instant(row.expires_at),
        })
    })
    .transpose()
}

pub async fn seen(tx: &Tx, token_hash: &str, at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::LastSeenAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::TokenHash.eq(token_hash))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn end(tx: &Tx, token_hash: &str) -> Result<()> {
    table::Entity::delete_by_id(token_hash.to_owned()).exec(tx.connection()).await?;
    Ok(())
}

/// Ends a person's sessions but the one named, and says how many.
pub async fn end_others(tx: &Tx, user: UserId, keep: Option<&str>) -> Result<u64> {
    let mut delete = table::Entity::delete_many().filter(table::Column::UserId.eq(user.to_string()));
    if let Some(keep) = keep {
        delete = delete.filter(table::Column::TokenHash.ne(keep));
    }
    Ok(delete.exec(tx.connection()).await?.rows_affected)
}

pub async fn count(handle: &impl Handle, user: UserId, now: DateTime<Utc>) -> Result<u64> {
    Ok(table::Entity::find()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::ExpiresAt.gt(now.timestamp_millis()))
        .count(handle.connection())
        .await?)
}

/// Forgets what has expired.
pub async fn sweep(tx: &Tx, now: DateTime<Utc>) -> Result<()> {
    let now = now.timestamp_millis();
    table::Entity::delete_many().filter(table::Column::ExpiresAt.lte(now)).exec(tx.connection()).await?;
    setup_links::Entity::delete_many().filter(setup_links::Column::ExpiresAt.lte(now)).exec(tx.connection()).await?;
    // Attempts of the day before keep nobody waiting.
    sign_in_failures::Entity::delete_many()
        .filter(sign_in_failures::Column::LastAt.lt(now - 86_400_000))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// What came of counting an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It may go on; so many have been counted, this one included.
    Counted(u32),
    /// It must not: the subject is open again at this instant.
    Closed(DateTime<Utc>),
}

/// Counts an attempt of a subject (an account, an address) unless it has to wait. One statement
/// decides and counts, so that attempts at the same time are all counted; the row is locked until the
/// transaction ends.
pub async fn count_attempt(tx: &Tx, subject: &str, at: DateTime<Utc>) -> Result<Attempt> {
    use sign_in_failures::{ActiveModel, Column as C, Entity};
    let now = at.timestamp_millis();
    let first = ActiveModel { subject: Set(subject.into()), failures: Set(0), last_at: Set(now), open_at: Set(0) };
    Entity::insert(first)
        .on_conflict(OnConflict::column(C::Subject).do_nothing().to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    let counted = Entity::update_many()
        .col_expr(C::Failures, Expr::col(C::Failures).add(1))
        .col_expr(C::LastAt, Expr::value(now))
        .filter(C::Subject.eq(subject))
        .filter(C::OpenAt.lte(now))
        .exec(tx.connection())
        .await?;
    let row = Entity::find_by_id(subject.to_owned()).one(tx.connection()).await?.ok_or(StoreError::NotFound)?;
    Ok(match counted.rows_affected {
        1 => Attempt::Counted(u32::try_from(row.failures).unwrap_or(0)),
        _ => Attempt::Closed(instant(row.open_at)),
    })
}

/// Lets a subject wait.
pub async fn close_until(tx: &Tx, subject: &str, until: DateTime<Utc>) -> Result<()> {
    sign_in_failures::Entity::update_many()
        .col_expr(sign_in_failures::Column::OpenAt, Expr::value(until.timestamp_millis()))
        .filter(sign_in_failures::Column::Subject.eq(subject))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Takes one attempt back, and opens the subject.
pub async fn take_back_attempt(tx: &Tx, subject: &str, at: DateTime<Utc>) -> Result<()> {
    use sign_in_failures::{Column as C, Entity};
    Entity::update_many()
        .col_expr(C::Failures, Expr::col(C::Failures).sub(1))
        .col_expr(C::OpenAt, Expr::value(at.timestamp_millis()))
        .filter(C::Subject.eq(subject))
        .filter(C::Failures.gt(0))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn forget_attempts(tx: &Tx, subject: &str) -> Result<()> {
    sign_in_failures::Entity::delete_by_id(subject.to_owned()).exec(tx.connection()).await?;
    Ok(())
}

pub async fn create_setup_link(tx: &Tx, token_hash: &str, at: DateTime<Utc>, expires_at: DateTime<Utc>) -> Result<()> {
    setup_links::Entity::delete_many().exec(tx.connection()).await?;
    setup_links::Entity::insert(setup_links::ActiveModel {
        token_hash: Set(token_hash.into()),
        created_at: Set(at.timestamp_millis()),
        expires_at: Set(expires_at.timestamp_millis()),
        used_at: Set(None),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Whether a set-up link can be used.
pub async fn setup_link_open(handle: &impl Handle, token_hash: &str, now: DateTime<Utc>) -> Result<bool> {
    let link = setup_links::Entity::find_by_id(token_hash.to_owned()).one(handle.connection()).await?;
    Ok(link.is_some_and(|l| l.used_at.is_none() && l.expires_at > now.timestamp_millis()))
}

/// Uses a set-up link up; `false` if there is none such, or it was used or has expired.
pub async fn use_setup_link(tx: &Tx, token_hash: &str, now: DateTime<Utc>) -> Result<bool> {
    let used = setup_links::Entity::update_many()
        .col_expr(setup_links::Column::UsedAt, Expr::value(now.timestamp_millis()))
        .filter(setup_links::Column::TokenHash.eq(token_hash))
        .filter(setup_links::Column::UsedAt.is_null())
        .filter(setup_links::Column::ExpiresAt.gt(now.timestamp_millis()))
        .exec(tx.connection())
        .await?;
    Ok(used.rows_affected == 1)
}
