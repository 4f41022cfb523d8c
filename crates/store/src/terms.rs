//! What a company pays from a date on: unit price, tax rate, days to pay, how often.

use billing::{Cycle, Rate, UnitPrice};
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{CompanyId, PriceId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::billing_terms as table;
use crate::{Handle, Reach, Result, Tx, instant, known, parsed, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    pub id: PriceId,
    pub company: CompanyId,
    pub effective_from: NaiveDate,
    pub unit_price: UnitPrice,
    pub tax_rate: Rate,
    pub payment_days: u32,
    pub cycle: Cycle,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

/// Adds terms, or replaces those of the same company and date.
pub async fn set(tx: &Tx, terms: &Terms) -> Result<()> {
    use table::Column as C;
    table::Entity::insert(table::ActiveModel {
        id: Set(terms.id.to_string()),
        company_id: Set(terms.company.to_string()),
        effective_from: Set(terms.effective_from.to_string()),
        unit_price_micro: Set(terms.unit_price.micro()),
        tax_rate_bp: Set(terms.tax_rate.basis_points() as i32),
        payment_days: Set(terms.payment_days as i32),
        cycle: Set(terms.cycle.key().to_owned()),
        created_by: Set(terms.created_by.clone()),
        created_at: Set(terms.created_at.timestamp_millis()),
    })
    .on_conflict(
        OnConflict::columns([C::CompanyId, C::EffectiveFrom])
            .update_columns([C::UnitPriceMicro, C::TaxRateBp, C::PaymentDays, C::Cycle, C::CreatedBy, C::CreatedAt])
            .to_owned(),
    )
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// All terms within reach, newest first.
pub async fn list(handle: &impl Handle, reach: Reach) -> Result<Vec<Terms>> {
    scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .order_by_desc(table::Column::EffectiveFrom)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// The terms in force for a company on a date.
pub async fn on(handle: &impl Handle, company: CompanyId, date: NaiveDate) -> Result<Option<Terms>> {
    table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::EffectiveFrom.lte(date.to_string()))
        .order_by_desc(table::Column::EffectiveFrom)
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

fn record(row: table::Model) -> Result<Terms> {
    Ok(Terms {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        effective_from: parsed(&row.effective_from)?,
        unit_price: known(UnitPrice::from_micro(row.unit_price_micro), "price")?,
        tax_rate: known(Rate::from_basis_points(row.tax_rate_bp.into()), "tax rate")?,
        payment_days: row.payment_days.max(0) as u32,
        cycle: known(Cycle::from_key(&row.cycle), "cycle")?,
        created_by: row.created_by,
        created_at: instant(row.created_at),
    })
}
