//! A number that moves on whenever something changes that replicas keep in memory.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::entity::stamps as table;
use crate::{Handle, Result, StoreError, Tx};

/// Of API keys and deployments.
pub(crate) const NAME: &str = "integration";

pub async fn read(handle: &impl Handle) -> Result<i64> {
    let row = table::Entity::find_by_id(NAME).one(handle.connection()).await?;
    Ok(row.ok_or(StoreError::NotFound)?.value)
}

/// The same for a change that builds on it: until that is made it does not move on.
pub async fn hold(tx: &Tx) -> Result<i64> {
    let row = table::Entity::find_by_id(NAME).lock_shared().one(tx.connection()).await?;
    Ok(row.ok_or(StoreError::NotFound)?.value)
}

/// Moves on, in the transaction of the change.
pub async fn bump(tx: &Tx) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::Value, Expr::col(table::Column::Value).add(1))
        .filter(table::Column::Name.eq(NAME))
        .exec(tx.connection())
        .await?;
    Ok(())
}
