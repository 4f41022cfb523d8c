//! How much people and integrations may settle a claim for, each from a day on. Rows are added, never changed.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{AuthorityId, CompanyId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::authorities as table;
use crate::{Handle, Result, Tx, instant, parsed};

/// The most that are listed of one company.
pub const MOST: u64 = 500;

#[derive(Debug, Clone, PartialEq)]
pub struct Authority {
    pub id: AuthorityId,
    pub company: CompanyId,
    /// A person's or an API key's id, or [`EVERYBODY`].
    pub holder: String,
    /// `None`: without a limit.
    pub limit: Option<Money>,
    pub since: NaiveDate,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
}

/// Whoever has no limit of their own.
pub const EVERYBODY: &str = "everybody";

pub async fn set(tx: &Tx, authority: &Authority) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(authority.id.to_string()),
        company_id: Set(authority.company.to_string()),
        holder: Set(authority.holder.clone()),
        limit_pence: Set(authority.limit.map(Money::pence)),
        since: Set(authority.since.to_string()),
        set_by: Set(authority.set_by.clone()),
        set_at: Set(authority.set_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// What is in force for a holder on a day: of several of one day the one that was set last.
pub async fn in_force(
    handle: &impl Handle,
    company: CompanyId,
    holder: &str,
    on: NaiveDate,
) -> Result<Option<Authority>> {
    let row = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::Holder.eq(holder))
        .filter(table::Column::Since.lte(on.to_string()))
        .order_by_desc(table::Column::Since)
        .order_by_desc(table::Column::SetAt)
        .order_by_desc(table::Column::Id)
        .one(handle.connection())
        .await?;
    row.map(record).transpose()
}

/// All of a company, the newest first.
pub async fn list(handle: &impl Handle, company: CompanyId) -> Result<Vec<Authority>> {
    table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .order_by_desc(table::Column::Since)
        .order_by_desc(table::Column::SetAt)
        .order_by_desc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

fn record(row: table::Model) -> Result<Authority> {
    Ok(Authority {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        holder: row.holder,
        limit: row.limit_pence.map(Money::from_pence),
        since: parsed(&row.since)?,
        set_by: row.set_by,
        set_at: instant(row.set_at),
    })
}
