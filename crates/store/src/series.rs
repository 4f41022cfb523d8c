//! Numbers without gaps: of a company's claims, of invoices.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::entity::number_series;
use crate::{Handle, Result, Tx};

/// Takes the next number of a series, which starts at 1. In the caller's transaction: what rolls
/// back leaves no gap.
pub(crate) async fn next(tx: &Tx, series: &str) -> Result<i64> {
    take(tx, series, 1).await
}

/// Takes so many numbers at once, and gives the first of them.
pub(crate) async fn take(tx: &Tx, series: &str, count: usize) -> Result<i64> {
    use number_series::{ActiveModel, Column, Entity};
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let taken = Entity::insert(ActiveModel { series: Set(series.into()), next: Set(1 + count) })
        .on_conflict(
            OnConflict::column(Column::Series)
                .value(Column::Next, Expr::col((Entity, Column::Next)).add(count))
                .to_owned(),
        )
        .exec_with_returning(tx.connection())
        .await?;
    tx.numbers();
    Ok(taken.next - count)
}
