//! Usage events: one for each prediction, permanent.

use chrono::{DateTime, Utc};
use domain::calendar::london_date;
use domain::id::{ClaimId, CompanyId, DepartmentId, InvoiceLineId, ModelId, PredictionId, UsageId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use crate::entity::{predictions, usage_events as table};
use crate::{Handle, Reach, Result, Tx, Writes, count_all, instant, parsed, scoped};

#[derive(Debug, Clone)]
pub struct Usage {
    pub id: UsageId,
    pub prediction: PredictionId,
    pub company: CompanyId,
    pub department: Option<DepartmentId>,
    pub model: ModelId,
    pub channel: String,
    pub billable: bool,
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// Rows of one statement.
const PORTION: usize = 100;

/// Puts usage among what is to be written.
pub fn record_all(writes: &mut Writes, usage: &[Usage]) {
    let rows: Vec<_> = usage
        .iter()
        .map(|usage| table::ActiveModel {
            id: Set(usage.id.to_string()),
            prediction_id: Set(usage.prediction.to_string()),
            company_id: Set(usage.company.to_string()),
            department_id: Set(usage.department.map(|d| d.to_string())),
            model_id: Set(usage.model.to_string()),
            channel: Set(usage.channel.clone()),
            billable: Set(usage.billable),
            reason: Set(usage.reason.clone()),
            occurred_at: Set(usage.at.timestamp_millis()),
            invoice_line_id: Set(None),
            day: Set(Some(london_date(usage.at).to_string())),
        })
        .collect();
    writes.insert(&rows, PORTION);
}

/// Whether the claim has been predicted before.
pub async fn predicted_before(handle: &impl Handle, claim: ClaimId) -> Result<bool> {
    let count = predictions::Entity::find()
        .filter(predictions::Column::ClaimId.eq(claim.to_string()))
        .count(handle.connection())
        .await?;
    Ok(count > 0)
}

/// Usage within reach in a half-open period, oldest first.
pub async fn between(
    handle: &impl Handle,
    reach: Reach,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Usage>> {
    scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::OccurredAt.gte(from.timestamp_millis()))
        .filter(table::Column::OccurredAt.lt(until.timestamp_millis()))
        .order_by_asc(table::Column::OccurredAt)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Usage {
                id: parsed(&row.id)?,
                prediction: parsed(&row.prediction_id)?,
                company: parsed(&row.company_id)?,
                department: row.department_id.map(|d| parsed(&d)).transpose()?,
                model: parsed(&row.model_id)?,
                channel: row.channel,
                billable: row.billable,
                reason: row.reason,
                at: instant(row.occurred_at),
            })
        })
        .collect()
}

/// How many billable and free events a company has in a half-open period.
pub async fn count(
    handle: &impl Handle,
    company: CompanyId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<(u64, u64)> {
    let all = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::OccurredAt.gte(from.timestamp_millis()))
        .filter(table::Column::OccurredAt.lt(until.timestamp_millis()));
    let billable = count_all(handle, all.clone().filter(table::Column::Billable.eq(true))).await?;
    Ok((billable, count_all(handle, all).await? - billable))
}

/// Puts a company's billable events of a period that stand on no line yet on this line, and says
/// how many. An event is on at most one line.
pub async fn claim_for_line(
    tx: &Tx,
    company: CompanyId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    line: InvoiceLineId,
) -> Result<u64> {
    let done = table::Entity::update_many()
        .col_expr(table::Column::InvoiceLineId, Expr::value(line.to_string()))
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::OccurredAt.gte(from.timestamp_millis()))
        .filter(table::Column::OccurredAt.lt(until.timestamp_millis()))
        .filter(table::Column::Billable.eq(true))
        .filter(table::Column::InvoiceLineId.is_null())
        .exec(tx.connection())
        .await?;
    Ok(done.rows_affected)
}

/// Frees the events of a line, when its draft is discarded.
pub async fn release_line(tx: &Tx, line: InvoiceLineId) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::InvoiceLineId, Expr::value(Option::<String>::None))
        .filter(table::Column::InvoiceLineId.eq(line.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// How many events stand on a line.
pub async fn on_line(handle: &impl Handle, line: InvoiceLineId) -> Result<u64> {
    Ok(table::Entity::find()
        .filter(table::Column::InvoiceLineId.eq(line.to_string()))
        .count(handle.connection())
        .await?)
}
