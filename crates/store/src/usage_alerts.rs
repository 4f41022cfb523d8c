//! How much a company means to use in a period, and which parts of it were told.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{CompanyId, UsageAlertId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::entity::{companies, usage_alerts as table};
use crate::{Handle, Result, StoreError, Tx, parsed};

#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub id: UsageAlertId,
    pub company: CompanyId,
    /// The first day of the period.
    pub period: NaiveDate,
    pub percent: i32,
    pub used: u64,
    pub of_units: u64,
    pub told_at: DateTime<Utc>,
}

/// Notes that it was told.
///
/// # Errors
///
/// A conflict where it was told before.
pub async fn told(tx: &Tx, alert: &Alert) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(alert.id.to_string()),
        company_id: Set(alert.company.to_string()),
        period_from: Set(alert.period.to_string()),
        percent: Set(alert.percent),
        used: Set(alert.used as i64),
        of_units: Set(alert.of_units as i64),
        told_at: Set(alert.told_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// The parts that were told of a period, in percent.
pub async fn of_period(handle: &impl Handle, company: CompanyId, period: NaiveDate) -> Result<Vec<i32>> {
    let rows = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::PeriodFrom.eq(period.to_string()))
        .all(handle.connection())
        .await?;
    Ok(rows.into_iter().map(|row| row.percent).collect())
}

/// Predictions that a company means to use in a period, as its manager set them.
pub async fn limit(handle: &impl Handle, company: CompanyId) -> Result<Option<u64>> {
    let row = companies::Entity::find_by_id(company.to_string()).one(handle.connection()).await?;
    Ok(row.ok_or(StoreError::NotFound)?.usage_limit.and_then(|units| u64::try_from(units).ok()))
}

/// Sets it; the marks of another limit count no more.
pub async fn set_limit(tx: &Tx, company: CompanyId, units: Option<u64>) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::CompanyId.eq(company.to_string())).exec(tx.connection()).await?;
    let change = companies::ActiveModel {
        id: Set(company.to_string()),
        usage_limit: Set(units.map(|units| units as i64)),
        ..Default::default()
    };
    companies::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}

/// What every company's manager set, where one did.
pub async fn limits(handle: &impl Handle) -> Result<BTreeMap<CompanyId, u64>> {
    let rows: Vec<(String, Option<i64>)> = companies::Entity::find()
        .filter(companies::Column::UsageLimit.is_not_null())
        .select_only()
        .column(companies::Column::Id)
        .column(companies::Column::UsageLimit)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(id, units)| Ok((parsed(&id)?, u64::try_from(units.unwrap_or_default()).unwrap_or_default())))
        .collect()
}
