//! The standard rate of VAT from a date on. A rate is added, never rewritten.

use billing::Rate;
use billing::tax::{Rates, StandardRate};
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::TaxRateId;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};

use crate::entity::tax_rates as table;
use crate::{Handle, Result, Tx, instant, known, parsed};

#[derive(Debug, Clone, PartialEq)]
pub struct TaxRate {
    pub id: TaxRateId,
    pub from: NaiveDate,
    pub rate: Rate,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where a rate of this date is there.
pub async fn add(tx: &Tx, rate: &TaxRate) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(rate.id.to_string()),
        effective_from: Set(rate.from.to_string()),
        rate_bp: Set(rate.rate.basis_points() as i32),
        set_by: Set(rate.set_by.clone()),
        set_at: Set(rate.set_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// All of them, newest first: a handful in a generation.
pub async fn list(handle: &impl Handle) -> Result<Vec<TaxRate>> {
    let rows = table::Entity::find().order_by_desc(table::Column::EffectiveFrom).all(handle.connection()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(TaxRate {
                id: parsed(&row.id)?,
                from: parsed(&row.effective_from)?,
                rate: known(Rate::from_basis_points(row.rate_bp.into()), "tax rate")?,
                set_by: row.set_by,
                set_at: instant(row.set_at),
            })
        })
        .collect()
}

/// The rates by their dates.
pub async fn rates(handle: &impl Handle) -> Result<Rates> {
    Ok(Rates(list(handle).await?.into_iter().map(|r| StandardRate { from: r.from, rate: r.rate }).collect()))
}
