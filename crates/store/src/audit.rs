//! The audit log: who did what to which thing, and when. Rows are only ever added.

use chrono::{DateTime, Utc};
use domain::id::{AuditId, CompanyId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

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

/// Which rows to list; empty texts do not limit.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Start of the action's name: `claim.` finds all that happened to claims.
    pub action: String,
    pub actor_id: String,
    pub entity_id: String,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// First page is 1.
    pub page: u64,
    pub per_page: u64,
}

/// The rows within reach, newest first, and how many there are in all.
pub async fn list(handle: &impl Handle, reach: Reach, query: &AuditQuery) -> Result<(Vec<AuditRecord>, u64)> {
    let mut select = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    if !query.action.is_empty() {
        select = select.filter(table::Column::Action.starts_with(&query.action));
    }
    if !query.actor_id.is_empty() {
        select = select.filter(table::Column::ActorId.eq(&query.actor_id));
    }
    if !query.entity_id.is_empty() {
        select = select.filter(table::Column::EntityId.eq(&query.entity_id));
    }
    if let Some(from) = query.from {
        select = select.filter(table::Column::At.gte(from.timestamp_millis()));
    }
    if let Some(until) = query.until {
        select = select.filter(table::Column::At.lt(until.timestamp_millis()));
    }
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(table::Column::Seq)
        .offset(query.page.saturating_sub(1) * query.per_page)
        .limit(query.per_page)
        .all(handle.connection())
        .await?;
    let records = rows.into_iter().map(record).collect::<Result<_>>()?;
    Ok((records, total))
}

/// What happened to one thing, oldest first.
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
