//! What went to the accounting program, and periods that are closed.

use billing::Span;
use billing::accounting::{Target, Template};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{ClosedPeriodId, ExportBatchId, ExportTemplateId, InvoiceId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{closed_periods, export_batches as table, export_templates, exported_documents};
use crate::{Handle, Result, StoreError, Tx, instant, known, parsed};

/// Documents that went to a program together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    pub id: ExportBatchId,
    pub target: Target,
    pub upto: NaiveDate,
    pub documents: u32,
    /// SHA-256 of the file in hexadecimal: drawn again it is the same.
    pub hash: String,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where one of the documents was exported for this program meanwhile.
pub async fn export(tx: &Tx, batch: &Batch, documents: &[InvoiceId]) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(batch.id.to_string()),
        target: Set(batch.target.key().into()),
        upto: Set(batch.upto.to_string()),
        documents: Set(batch.documents as i32),
        hash: Set(batch.hash.clone()),
        made_by: Set(batch.made_by.clone()),
        made_at: Set(batch.made_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    for portion in documents.chunks(200) {
        let rows = portion.iter().map(|document| exported_documents::ActiveModel {
            id: Set(format!("{}:{document}", batch.target.key())),
            document_id: Set(document.to_string()),
            target: Set(batch.target.key().into()),
            batch_id: Set(batch.id.to_string()),
        });
        exported_documents::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The newest first; at most so many.
pub async fn batches(handle: &impl Handle, most: u64) -> Result<Vec<Batch>> {
    let select =
        table::Entity::find().order_by_desc(table::Column::MadeAt).order_by_desc(table::Column::Id).limit(most);
    select.all(handle.connection()).await?.into_iter().map(batch).collect()
}

pub async fn find(handle: &impl Handle, id: ExportBatchId) -> Result<Batch> {
    let row = table::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    batch(row.ok_or(StoreError::NotFound)?)
}

/// The documents of a batch.
pub async fn documents(handle: &impl Handle, id: ExportBatchId) -> Result<Vec<InvoiceId>> {
    let rows: Vec<String> = exported_documents::Entity::find()
        .select_only()
        .column(exported_documents::Column::DocumentId)
        .filter(exported_documents::Column::BatchId.eq(id.to_string()))
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.iter().map(|id| parsed(id)).collect()
}

fn batch(row: table::Model) -> Result<Batch> {
    Ok(Batch {
        id: parsed(&row.id)?,
        target: known(Target::from_key(&row.target), "accounting program")?,
        upto: parsed(&row.upto)?,
        documents: u32::try_from(row.documents).unwrap_or_default(),
        hash: row.hash,
        made_by: row.made_by,
        made_at: instant(row.made_at),
    })
}

/// How a program's file was written at an instant, as it was set last before; `None`: as usual.
pub async fn template(handle: &impl Handle, target: Target, at: DateTime<Utc>) -> Result<Option<Template>> {
    let row = export_templates::Entity::find()
        .filter(export_templates::Column::Target.eq(target.key()))
        .filter(export_templates::Column::SetAt.lte(at.timestamp_millis()))
        .order_by_desc(export_templates::Column::SetAt)
        .order_by_desc(export_templates::Column::Id)
        .one(handle.connection())
        .await?;
    row.map(|row| Ok(serde_json::from_str(&row.body)?)).transpose()
}

/// Sets how it is written from now on; those before stay on record.
pub async fn set_template(
    tx: &Tx,
    id: ExportTemplateId,
    target: Target,
    template: &Template,
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    export_templates::Entity::insert(export_templates::ActiveModel {
        id: Set(id.to_string()),
        target: Set(target.key().into()),
        body: Set(serde_json::to_string(template)?),
        set_by: Set(by.to_owned()),
        set_at: Set(at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// A VAT period that nothing is booked into any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    pub id: ClosedPeriodId,
    pub period: Span,
    pub output_tax: Money,
    pub sales: Money,
    pub supplies: u32,
    /// Of the supplies as they stood.
    pub hash: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where the period is closed.
pub async fn close(tx: &Tx, closed: &Closed) -> Result<()> {
    closed_periods::Entity::insert(closed_periods::ActiveModel {
        id: Set(closed.id.to_string()),
        period_from: Set(closed.period.from.to_string()),
        period_until: Set(closed.period.until.to_string()),
        output_tax_pence: Set(closed.output_tax.pence()),
        sales_pence: Set(closed.sales.pence()),
        supplies: Set(closed.supplies as i32),
        hash: Set(closed.hash.clone()),
        closed_by: Set(closed.by.clone()),
        closed_at: Set(closed.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// The newest period first.
pub async fn closed(handle: &impl Handle) -> Result<Vec<Closed>> {
    let rows = closed_periods::Entity::find()
        .order_by_desc(closed_periods::Column::PeriodFrom)
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Closed {
                id: parsed(&row.id)?,
                period: Span::new(parsed(&row.period_from)?, parsed(&row.period_until)?),
                output_tax: Money::from_pence(row.output_tax_pence),
                sales: Money::from_pence(row.sales_pence),
                supplies: u32::try_from(row.supplies).unwrap_or_default(),
                hash: row.hash,
                by: row.closed_by,
                at: instant(row.closed_at),
            })
        })
        .collect()
}

/// Holds the books until the transaction ends: nothing is booked while a period closes.
pub async fn hold(tx: &Tx) -> Result<()> {
    use crate::entity::companies;
    companies::Entity::update_many()
        .col_expr(companies::Column::Operator, Expr::value(true))
        .filter(companies::Column::Operator.eq(true))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The first day that may be booked on: what lies before it is closed.
pub async fn open_from(handle: &impl Handle) -> Result<Option<NaiveDate>> {
    let newest: Option<String> = closed_periods::Entity::find()
        .select_only()
        .column(closed_periods::Column::PeriodUntil)
        .order_by_desc(closed_periods::Column::PeriodUntil)
        .into_tuple()
        .one(handle.connection())
        .await?;
    newest.map(|day| parsed(&day)).transpose()
}
