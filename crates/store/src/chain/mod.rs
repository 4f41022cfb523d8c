//! The audit log as chains, one for each company and one for what is no company's: each row holds
//! SHA-256(hash of the row before ‖ the row). Who edits, deletes or reorders rows, or cuts the end off,
//! breaks a link; who mends all links after it is found out by a head that was exported before.
//!
//! A row is written with its link when its transaction commits; the chain's head is locked for that moment,
//! so that positions are in the order of commits. Rows of versions without chains are covered by the first
//! link. Rows hold nothing personal, so that erasing a person breaks no chain.

mod adopt;
mod verify;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, TransactionTrait,
};
use sha2::{Digest, Sha256};

pub use adopt::adopt;
pub use verify::{Broken, Check, Verified, last_check, note_check, verify};

use crate::audit::AuditEvent;
use crate::entity::{audit_events as table, audit_heads, companies};
use crate::writes::{Write, Writes};
use crate::{Handle, Result, Store, StoreError, dialect};

/// The chain of what is no company's.
pub const OPERATOR: &str = "operator";

/// Rows of one statement.
pub(crate) const ROWS: usize = 100;

/// Rows that are read together.
pub(crate) const PORTION: usize = 1_000;

/// Where a chain ends.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// A company's id, or [`OPERATOR`].
    pub chain: String,
    /// How many rows it has.
    pub position: i64,
    /// Of its last row.
    pub hash: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Fields with their lengths, so that no two rows say the same bytes.
fn field(hasher: &mut Sha256, value: Option<&str>) {
    match value {
        Some(text) => {
            hasher.update((text.len() as u64 + 1).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        None => hasher.update(0_u64.to_be_bytes()),
    }
}

/// The hash of a row after the one before it.
fn link(before: &str, row: &table::Model) -> String {
    let mut hasher = Sha256::new();
    field(&mut hasher, Some(before));
    content(&mut hasher, row);
    hex(&hasher.finalize())
}

fn content(hasher: &mut Sha256, row: &table::Model) {
    let (position, at) = (row.position.map(|p| p.to_string()), row.at.to_string());
    for value in [
        row.chain.as_deref(),
        position.as_deref(),
        Some(row.id.as_str()),
        Some(at.as_str()),
        row.company_id.as_deref(),
        Some(row.actor_kind.as_str()),
        row.actor_id.as_deref(),
        Some(row.action.as_str()),
        Some(row.entity.as_str()),
        row.entity_id.as_deref(),
        Some(row.details.as_str()),
        row.session.as_deref(),
        row.request_id.as_deref(),
        row.address.as_deref(),
    ] {
        field(hasher, value);
    }
}

/// The hash that a chain begins with.
fn first(chain: &str, before_rows: i64, before_hash: &str) -> String {
    let mut hasher = Sha256::new();
    for value in ["solatium audit chain 1", chain, &before_rows.to_string(), before_hash] {
        field(&mut hasher, Some(value));
    }
    hex(&hasher.finalize())
}

/// Appends rows to their chains, in the transaction that commits them.
pub(crate) async fn append(connection: &DatabaseTransaction, events: Vec<AuditEvent>) -> Result<()> {
    // By chain in one order everywhere, so that no two transactions wait for each other.
    let mut chains: BTreeMap<String, Vec<AuditEvent>> = BTreeMap::new();
    for event in events {
        chains.entry(of(&event)).or_default().push(event);
    }
    for (chain, events) in chains {
        let row = locked_head(connection, &chain, events.first().map(|e| e.at).unwrap_or_default()).await?;
        let mut head = Head { chain, position: row.position, hash: row.hash };
        let mut writes = Writes::default();
        writes.insert(&linked(&mut head, events), ROWS);
        let change = audit_heads::ActiveModel {
            chain: Set(head.chain),
            position: Set(head.position),
            hash: Set(head.hash),
            ..Default::default()
        };
        writes.push(Write::Update(audit_heads::Entity::update(change).validate()?.into_query()));
        dialect::together(connection, writes.statements).await?;
    }
    Ok(())
}

/// The chain in which an event is recorded.
pub(crate) fn of(event: &AuditEvent) -> String {
    event.company.map_or_else(|| OPERATOR.to_owned(), |company| company.to_string())
}

/// Events as rows that follow a head, which moves on with them.
pub(crate) fn linked(head: &mut Head, events: Vec<AuditEvent>) -> Vec<table::ActiveModel> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        head.position += 1;
        let mut row = model(event, &head.chain, head.position);
        head.hash = link(&head.hash, &row);
        row.hash = Some(head.hash.clone());
        rows.push(active(row));
    }
    rows
}

fn model(event: AuditEvent, chain: &str, position: i64) -> table::Model {
    table::Model {
        seq: 0,
        id: event.id.to_string(),
        at: event.at.timestamp_millis(),
        company_id: event.company.map(|c| c.to_string()),
        actor_kind: event.actor_kind.into(),
        actor_id: event.actor_id,
        action: event.action.into(),
        entity: event.entity.into(),
        entity_id: event.entity_id,
        details: event.details.to_string(),
        chain: Some(chain.to_owned()),
        position: Some(position),
        hash: None,
        session: event.origin.session,
        request_id: event.origin.request,
        address: event.origin.address.map(str::to_owned),
    }
}

fn active(row: table::Model) -> table::ActiveModel {
    table::ActiveModel { seq: NotSet, ..row.into() }
}

/// The head of a chain, locked until the transaction ends. A chain begins with its first row.
async fn locked_head(connection: &DatabaseTransaction, chain: &str, now: DateTime<Utc>) -> Result<audit_heads::Model> {
    let find = || audit_heads::Entity::find_by_id(chain.to_owned()).lock_exclusive();
    if let Some(head) = find().one(connection).await? {
        return Ok(head);
    }
    let (before_rows, before_seq, before_hash) = before(connection, chain, i64::MAX).await?;
    audit_heads::Entity::insert(audit_heads::ActiveModel {
        chain: Set(chain.to_owned()),
        position: Set(0),
        hash: Set(first(chain, before_rows, &before_hash)),
        before_rows: Set(before_rows),
        before_seq: Set(before_seq),
        before_hash: Set(before_hash),
        begun_at: Set(now.timestamp_millis()),
    })
    .on_conflict(OnConflict::column(audit_heads::Column::Chain).do_nothing().to_owned())
    .exec_without_returning(connection)
    .await?;
    find().one(connection).await?.ok_or(StoreError::NotFound)
}

/// Rows of a chain's company that have no link.
fn without_link(chain: &str) -> Select<table::Entity> {
    let select = table::Entity::find().filter(table::Column::Hash.is_null());
    match chain {
        OPERATOR => select.filter(table::Column::CompanyId.is_null()),
        company => select.filter(table::Column::CompanyId.eq(company)),
    }
}

/// How many rows without a link a chain has up to a certain one, the last of them, and a digest of all.
async fn before(connection: &impl ConnectionTrait, chain: &str, until: i64) -> Result<(i64, i64, String)> {
    let (mut hasher, mut rows, mut last) = (Sha256::new(), 0, 0);
    loop {
        let select = without_link(chain).filter(table::Column::Seq.gt(last)).filter(table::Column::Seq.lte(until));
        let portion = select.order_by_asc(table::Column::Seq).limit(PORTION as u64).all(connection).await?;
        let Some(end) = portion.last() else { return Ok((rows, last, hex(&hasher.finalize()))) };
        last = end.seq;
        rows += portion.len() as i64;
        for row in &portion {
            content(&mut hasher, row);
        }
    }
}

/// Begins the chains of a database of an earlier version, so that its rows are covered from now on.
pub(crate) async fn begin_all(store: &Store, now: DateTime<Utc>) -> Result<()> {
    let companies: Vec<String> =
        companies::Entity::find().select_only().column(companies::Column::Id).into_tuple().all(store.write()).await?;
    let begun: Vec<String> = audit_heads::Entity::find()
        .select_only()
        .column(audit_heads::Column::Chain)
        .into_tuple()
        .all(store.write())
        .await?;
    for chain in companies.into_iter().chain([OPERATOR.to_owned()]).filter(|chain| !begun.contains(chain)) {
        let tx = store.write().begin().await?;
        locked_head(&tx, &chain, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Where all chains end, by chain.
pub async fn heads(handle: &impl Handle) -> Result<Vec<Head>> {
    let rows = audit_heads::Entity::find().order_by_asc(audit_heads::Column::Chain).all(handle.connection()).await?;
    Ok(rows.into_iter().map(|h| Head { chain: h.chain, position: h.position, hash: h.hash }).collect())
}

/// One digest over heads.
pub fn digest(heads: &[Head]) -> String {
    let mut sorted: Vec<&Head> = heads.iter().collect();
    sorted.sort_by(|a, b| a.chain.cmp(&b.chain));
    let mut hasher = Sha256::new();
    for head in sorted {
        for value in [head.chain.as_str(), &head.position.to_string(), &head.hash] {
            field(&mut hasher, Some(value));
        }
    }
    hex(&hasher.finalize())
}
