//! What a billing service knows of our documents, and the events that it sent. Ours is what is true: here stands what theirs
//! says, so that where the two are apart is seen.

use chrono::{DateTime, Utc};
use domain::Money;
use domain::id::{CompanyId, InvoiceId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{provider_documents as table, provider_events as events};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, parsed, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub document: InvoiceId,
    pub company: CompanyId,
    pub provider: String,
    /// Its id there.
    pub external: String,
    /// Whose it is there.
    pub customer: String,
    /// Where it is paid.
    pub link: Option<String>,
    pub pushed_at: DateTime<Utc>,
    /// What was paid there and is recorded here.
    pub paid: Money,
    /// What it still asks for, as far as is known.
    pub asked: Option<Money>,
    /// As the service calls it.
    pub stands: String,
    pub checked_at: Option<DateTime<Utc>>,
    /// Where the two are apart, in words; empty where they are not.
    pub drift: String,
}

/// # Errors
///
/// A conflict where the document was pushed before.
pub async fn pushed(tx: &Tx, new: &Document) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        document_id: Set(new.document.to_string()),
        company_id: Set(new.company.to_string()),
        provider: Set(new.provider.clone()),
        external_id: Set(new.external.clone()),
        customer: Set(new.customer.clone()),
        link: Set(new.link.clone()),
        pushed_at: Set(new.pushed_at.timestamp_millis()),
        paid_pence: Set(new.paid.pence()),
        asked_pence: Set(new.asked.map(Money::pence)),
        stands: Set(new.stands.clone()),
        checked_at: Set(new.checked_at.map(|at| at.timestamp_millis())),
        drift: Set(new.drift.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Holds a document's row until the transaction ends: what two events say is settled one after the other.
pub async fn hold(tx: &Tx, external: &str) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::PaidPence, Expr::col(table::Column::PaidPence).add(0))
        .filter(table::Column::ExternalId.eq(external))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes what the service says now.
pub async fn checked(tx: &Tx, now: &Document) -> Result<()> {
    let change = table::ActiveModel {
        document_id: Set(now.document.to_string()),
        link: Set(now.link.clone()),
        paid_pence: Set(now.paid.pence()),
        asked_pence: Set(now.asked.map(Money::pence)),
        stands: Set(now.stands.clone()),
        checked_at: Set(now.checked_at.map(|at| at.timestamp_millis())),
        drift: Set(now.drift.clone()),
        ..Default::default()
    };
    table::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}

pub async fn by_external(handle: &impl Handle, external: &str) -> Result<Option<Document>> {
    let row = table::Entity::find().filter(table::Column::ExternalId.eq(external)).one(handle.connection()).await?;
    row.map(record).transpose()
}

pub async fn of_document(handle: &impl Handle, reach: Reach, document: InvoiceId) -> Result<Option<Document>> {
    let row = scoped(table::Entity::find_by_id(document.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?;
    row.map(record).transpose()
}

/// Under which name the service knows a company; `None` where it does not.
pub async fn customer_of(handle: &impl Handle, company: CompanyId) -> Result<Option<String>> {
    let row = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .order_by_desc(table::Column::PushedAt)
        .one(handle.connection())
        .await?;
    Ok(row.map(|row| row.customer))
}

/// Notes that a document was looked at, and nothing was learnt.
pub async fn looked_at(tx: &Tx, document: InvoiceId, at: DateTime<Utc>) -> Result<()> {
    let change = table::ActiveModel {
        document_id: Set(document.to_string()),
        checked_at: Set(Some(at.timestamp_millis())),
        ..Default::default()
    };
    table::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}

/// Those that were looked at longest ago, some at a time; nothing that was looked at since `before`, and nothing that is
/// settled there with nothing apart: what becomes of that an event tells.
pub async fn unchecked(handle: &impl Handle, before: DateTime<Utc>, most: u64) -> Result<Vec<Document>> {
    let rows = table::Entity::find()
        .filter(table::Column::CheckedAt.is_null().or(table::Column::CheckedAt.lt(before.timestamp_millis())))
        .filter(table::Column::Stands.ne("paid").or(table::Column::Drift.ne("")))
        .order_by_asc(Expr::cust("COALESCE(checked_at, 0)"))
        .order_by_asc(table::Column::DocumentId)
        .limit(most)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

/// Where the two are apart, the newest first.
pub async fn apart(handle: &impl Handle, most: u64) -> Result<Vec<Document>> {
    let rows = table::Entity::find()
        .filter(table::Column::Drift.ne(""))
        .order_by_desc(table::Column::CheckedAt)
        .limit(most)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

fn record(row: table::Model) -> Result<Document> {
    Ok(Document {
        document: parsed(&row.document_id)?,
        company: parsed(&row.company_id)?,
        provider: row.provider,
        external: row.external_id,
        customer: row.customer,
        link: row.link,
        pushed_at: instant(row.pushed_at),
        paid: Money::from_pence(row.paid_pence),
        asked: row.asked_pence.map(Money::from_pence),
        stands: row.stands,
        checked_at: row.checked_at.map(instant),
        drift: row.drift,
    })
}

/// An event of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its own.
    pub id: String,
    pub provider: String,
    pub kind: String,
    /// The document there that it is about.
    pub external: String,
    pub received_at: DateTime<Utc>,
}

/// Keeps an event; whether it is new.
pub async fn received(tx: &Tx, event: &Event) -> Result<bool> {
    let kept = events::Entity::insert(events::ActiveModel {
        id: Set(event.id.clone()),
        provider: Set(event.provider.clone()),
        kind: Set(event.kind.clone()),
        external_id: Set(event.external.clone()),
        received_at: Set(event.received_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await
    .map_err(StoreError::from);
    match kept {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

/// The newest events.
pub async fn newest(handle: &impl Handle, most: u64) -> Result<Vec<Event>> {
    let rows = events::Entity::find()
        .order_by_desc(events::Column::ReceivedAt)
        .order_by_desc(events::Column::Id)
        .limit(most)
        .all(handle.connection())
        .await?;
    let of = |row: events::Model| Event {
        id: row.id,
        provider: row.provider,
        kind: row.kind,
        external: row.external_id,
        received_at: instant(row.received_at),
    };
    Ok(rows.into_iter().map(of).collect())
}
