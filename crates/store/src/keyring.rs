//! A new master key: what the one before wrapped is wrapped anew. Fields themselves stay as they are.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{companies, installation};
use crate::{Handle, Result, Store, Tx, parsed};

/// How many keys wait to be wrapped with the master key in force.
pub async fn outdated(store: &Store) -> Result<u64> {
    let wrapped: Vec<String> = companies::Entity::find()
        .select_only()
        .column(companies::Column::WrappedKey)
        .into_tuple()
        .all(store.connection())
        .await?;
    let index = installation::Entity::find_by_id("index_key").one(store.connection()).await?;
    let all = wrapped.into_iter().chain(index.map(|row| row.value));
    Ok(all.filter(|wrapped| store.cipher().is_outdated(wrapped)).count() as u64)
}

/// Wraps up to so many companies' keys anew, and says how many. When none is left, the installation's own
/// follow, and with them the fingerprint: from then on the old master key opens nothing.
pub async fn rewrap(tx: &Tx, most: u64) -> Result<u64> {
    let rows = companies::Entity::find().order_by_asc(companies::Column::Id).all(tx.connection()).await?;
    let waiting = rows.into_iter().filter(|row| tx.cipher().is_outdated(&row.wrapped_key));
    let mut done = 0;
    for row in waiting.take(usize::try_from(most).unwrap_or(usize::MAX)) {
        let wrapped = tx.cipher().rewrap_company(parsed(&row.id)?, &row.wrapped_key)?;
        let changed = companies::Entity::update_many()
            .set(companies::ActiveModel { wrapped_key: Set(wrapped), ..Default::default() })
            .filter(companies::Column::Id.eq(&row.id))
            .filter(companies::Column::WrappedKey.eq(&row.wrapped_key))
            .exec(tx.connection())
            .await?;
        done += changed.rows_affected;
    }
    if done > 0 {
        return Ok(done);
    }
    let Some(index) = installation::Entity::find_by_id("index_key").one(tx.connection()).await? else { return Ok(0) };
    if tx.cipher().is_outdated(&index.value) {
        put(tx, "index_key", tx.cipher().rewrap_index(&index.value)?).await?;
        done = 1;
    }
    put(tx, "master_key", tx.cipher().fingerprint()?).await?;
    Ok(done)
}

async fn put(tx: &Tx, name: &str, value: String) -> Result<()> {
    installation::Entity::update(installation::ActiveModel { key: Set(name.into()), value: Set(value) })
        .exec(tx.connection())
        .await?;
    Ok(())
}
