//! Usage events: one for each prediction, permanent.

use chrono::{DateTime, NaiveDate, Utc};
use domain::calendar::london_date;
use domain::id::{ClaimId, CompanyId, DepartmentId, InvoiceLineId, ModelId, PredictionId, UsageId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

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

/// Billable events of a company of one day and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub day: NaiveDate,
    pub channel: String,
    pub model: ModelId,
    pub number: u64,
}

/// Those that stand on an invoice, or on none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    OnNone,
    OnOne,
    Anywhere,
}

/// A company's billable events before an instant, by day and kind: `from` where there is a first instant.
pub async fn counted(
    handle: &impl Handle,
    company: CompanyId,
    (from, until): (Option<DateTime<Utc>>, DateTime<Utc>),
    stands: Stands,
) -> Result<Vec<Counted>> {
    use table::Column as C;
    let mut select = unbilled(table::Entity::find(), company, from, until, stands == Stands::OnNone);
    if stands == Stands::OnOne {
        select = select.filter(C::InvoiceLineId.is_not_null());
    }
    let rows: Vec<(Option<String>, String, String, i64)> = select
        .select_only()
        .columns([C::Day, C::Channel, C::ModelId])
        .expr(Expr::cust("COUNT(*)"))
        .group_by(C::Day)
        .group_by(C::Channel)
        .group_by(C::ModelId)
        .order_by_asc(C::Day)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(day, channel, model, number)| {
            // Days are filled in when a server starts; until then nothing is invoiced.
            let day = parsed(day.as_deref().unwrap_or_default())?;
            Ok(Counted { day, channel, model: parsed(&model)?, number: number.unsigned_abs() })
        })
        .collect()
}

/// Billable events of a company; by the index of what stands on no invoice, where that is what is wanted.
fn unbilled<Q: QueryFilter>(
    query: Q,
    company: CompanyId,
    from: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
    on_none: bool,
) -> Q {
    use table::Column as C;
    // As the index has it, word for word: SQLite uses it only then.
    let which = if on_none { "billable = TRUE AND invoice_line_id IS NULL" } else { "billable = TRUE" };
    let query = query
        .filter(C::CompanyId.eq(company.to_string()))
        .filter(C::OccurredAt.lt(until.timestamp_millis()))
        .filter(Expr::cust(which));
    match from {
        Some(from) => query.filter(C::OccurredAt.gte(from.timestamp_millis())),
        None => query,
    }
}

/// Puts a company's billable events of these kinds that stand on no line yet on this line, and says how many. An event
/// is on at most one line. `kinds`: channels and models.
pub async fn claim_for_line(
    tx: &Tx,
    company: CompanyId,
    (from, until): (Option<DateTime<Utc>>, DateTime<Utc>),
    kinds: &[(String, ModelId)],
    line: InvoiceLineId,
) -> Result<u64> {
    let mut any = Condition::any();
    for (channel, model) in kinds {
        let kind =
            Condition::all().add(table::Column::Channel.eq(channel)).add(table::Column::ModelId.eq(model.to_string()));
        any = any.add(kind);
    }
    let claim =
        table::Entity::update_many().col_expr(table::Column::InvoiceLineId, Expr::value(line.to_string())).filter(any);
    let done = unbilled(claim, company, from, until, true).exec(tx.connection()).await?;
    Ok(done.rows_affected)
}

/// Frees the events of these lines, when their draft is discarded.
pub async fn release_lines(tx: &Tx, lines: &[InvoiceLineId]) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::InvoiceLineId, Expr::value(Option::<String>::None))
        .filter(table::Column::InvoiceLineId.is_in(lines.iter().map(ToString::to_string)))
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
