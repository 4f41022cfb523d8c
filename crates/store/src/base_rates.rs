//! The Bank of England's base rate from a date on. A rate is added, never rewritten; of two of one date the one that was noted
//! last counts.

use billing::interest::BaseRate;
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::BaseRateId;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};

use crate::entity::base_rates as table;
use crate::{Handle, Result, Tx, instant, parsed};

#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub id: BaseRateId,
    pub rate: BaseRate,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
}

pub async fn add(tx: &Tx, new: &Kept) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(new.id.to_string()),
        effective_from: Set(new.rate.from.to_string()),
        rate_bp: Set(i32::try_from(new.rate.basis_points).unwrap_or_default()),
        set_by: Set(new.set_by.clone()),
        set_at: Set(new.set_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Those that count: one of each date.
pub async fn in_force(handle: &impl Handle) -> Result<Vec<BaseRate>> {
    let mut rates: Vec<BaseRate> = list(handle).await?.into_iter().map(|kept| kept.rate).collect();
    // Of one date the newest comes first.
    rates.dedup_by_key(|rate| rate.from);
    Ok(rates)
}

/// All of them, newest first: some in a year.
pub async fn list(handle: &impl Handle) -> Result<Vec<Kept>> {
    let rows = table::Entity::find()
        .order_by_desc(table::Column::EffectiveFrom)
        .order_by_desc(table::Column::SetAt)
        .order_by_desc(table::Column::Id)
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|row| {
            let from: NaiveDate = parsed(&row.effective_from)?;
            Ok(Kept {
                id: parsed(&row.id)?,
                rate: BaseRate { from, basis_points: row.rate_bp.into() },
                set_by: row.set_by,
                set_at: instant(row.set_at),
            })
        })
        .collect()
}
