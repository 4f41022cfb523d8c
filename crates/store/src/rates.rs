//! How often somebody asked something within a time.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::rates as table;
use crate::{Handle, Result, StoreError, Tx};

/// Counts once more and says how often it was in the current stretch of time, this time included.
/// One statement counts, so that what is asked at the same time is all counted.
pub async fn count(tx: &Tx, subject: &str, now: DateTime<Utc>, within: Duration) -> Result<u64> {
    use table::{ActiveModel, Column as C, Entity};
    let (at, begun) = (now.timestamp_millis(), (now - within).timestamp_millis());
    let first = ActiveModel { subject: Set(subject.into()), since: Set(at), used: Set(0) };
    let anew = OnConflict::column(C::Subject).do_nothing().to_owned();
    Entity::insert(first).on_conflict(anew).exec_without_returning(tx.connection()).await?;
    Entity::update_many()
        .col_expr(C::Since, Expr::value(at))
        .col_expr(C::Used, Expr::value(0_i64))
        .filter(C::Subject.eq(subject))
        .filter(C::Since.lte(begun))
        .exec(tx.connection())
        .await?;
    Entity::update_many()
        .col_expr(C::Used, Expr::col(C::Used).add(1))
        .filter(C::Subject.eq(subject))
        .exec(tx.connection())
        .await?;
    let row = Entity::find_by_id(subject.to_owned()).one(tx.connection()).await?.ok_or(StoreError::NotFound)?;
    Ok(row.used.unsigned_abs())
}

/// Forgets counts that nobody added to since an instant.
pub async fn sweep(tx: &Tx, before: DateTime<Utc>) -> Result<u64> {
    let before = before.timestamp_millis();
    let gone = table::Entity::delete_many().filter(table::Column::Since.lt(before)).exec(tx.connection()).await?;
    Ok(gone.rows_affected)
}
