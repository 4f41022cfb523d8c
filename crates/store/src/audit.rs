//! The audit log: who did what to which thing, and when. Rows are only ever added.

use chrono::{DateTime, Utc};
use domain::id::{AuditId, CompanyId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::entity::audit_events as table;
use crate::{Handle, Reach, Result, count_some, instant, parsed_opt, scoped};

/// What is recorded. `details` is a JSON object without personal data: ids, amounts, what changed.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    pub id: AuditId,
    pub at: DateTime<Utc>,
    pub company: Option<CompanyId>,
    /// `person`, `key` or `system`.
    pub actor_kind: &'static str,
    pub actor_id: Option<String>,
    /// `thing.verb`, such as `claim.decided`.
    pub action: &'static str,
    pub entity: &'static str,
    pub entity_id: Option<String>,
    pub details: serde_json::Value,
    pub origin: Origin,
}

/// Where a request came from, as far as the log keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The beginning of the hash of the session's token: rows of one session are known to be.
    pub session: Option<String>,
    /// Ties the row to the log of API calls and of the server.
    pub request: Option<String>,
    /// `own machine`, `private network`, `internet`: never the address itself.
    pub address: Option<&'static str>,
}

/// A row of the log.
#[derive(Debug, Clone)]
pub struct AuditRecord {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub company: Option<CompanyId>,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub action: String,
    pub entity: String,
    pub entity_id: Option<String>,
    pub details: String,
}

/// Which rows to list; what is empty does not limit.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub action: String,
    pub actor_id: String,
    /// Things that rows are of: of any of them.
    pub entity_ids: Vec<String>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

fn fitting(reach: Reach, query: &AuditQuery) -> Select<table::Entity> {
    let mut select = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    if !query.action.is_empty() {
        select = select.filter(table::Column::Action.eq(&query.action));
    }
    if !query.actor_id.is_empty() {
        select = select.filter(table::Column::ActorId.eq(&query.actor_id));
    }
    if !query.entity_ids.is_empty() {
        select = select.filter(table::Column::EntityId.is_in(&query.entity_ids));
    }
    if let Some(from) = query.from {
        select = select.filter(table::Column::At.gte(from.timestamp_millis()));
    }
    if let Some(until) = query.until {
        select = select.filter(table::Column::At.lt(until.timestamp_millis()));
    }
    select
}

/// How many rows there are within reach, as far as they are counted.
pub async fn count(handle: &impl Handle, reach: Reach, query: &AuditQuery) -> Result<u64> {
    count_some(handle, fitting(reach, query)).await
}

/// A page of the rows within reach, newest first, and how many there are in all. First page is 1.
pub async fn page(
    handle: &impl Handle,
    reach: Reach,
    query: &AuditQuery,
    page: u64,
    per_page: u64,
) -> Result<(Vec<AuditRecord>, u64)> {
    let select = fitting(reach, query);
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(table::Column::Seq)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

/// The rows within reach that stand before one, newest first, at most so many.
pub async fn before(
    handle: &impl Handle,
    reach: Reach,
    query: &AuditQuery,
    seq: Option<i64>,
    most: u64,
) -> Result<Vec<AuditRecord>> {
    let mut select = fitting(reach, query);
    if let Some(seq) = seq {
        select = select.filter(table::Column::Seq.lt(seq));
    }
    let rows = select.order_by_desc(table::Column::Seq).limit(most).all(handle.connection()).await?;
    rows.into_iter().map(record).collect()
}

/// What happened to one thing, oldest first.
/// Whether somebody has done something of a kind: a job that was interrupted asks it of itself.
pub async fn has_done(handle: &impl Handle, actor: &str, action: &str) -> Result<bool> {
    let found = table::Entity::find()
        .filter(table::Column::ActorId.eq(actor))
        .filter(table::Column::Action.eq(action))
        .one(handle.connection())
        .await?;
    Ok(found.is_some())
}

pub async fn of_entity(handle: &impl Handle, reach: Reach, entity_id: &str) -> Result<Vec<AuditRecord>> {
    scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::EntityId.eq(entity_id))
        // Who merely looked is in the log, and not in the life of the thing.
        .filter(table::Column::Action.ne("claim.read"))
        .order_by_asc(table::Column::Seq)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

fn record(row: table::Model) -> Result<AuditRecord> {
    Ok(AuditRecord {
        seq: row.seq,
        at: instant(row.at),
        company: parsed_opt(row.company_id.as_ref())?,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        action: row.action,
        entity: row.entity,
        entity_id: row.entity_id,
        details: row.details,
    })
}
