//! The audit log as chains, one for each company and one for what is no company's: each row holds
//! SHA-256(hash of the row before ‖ the row). Who edits, deletes or reorders rows, or cuts the end off,
//! breaks a link; who mends all links after it is found out by a head that was exported before.
//!
//! A row is written with its link when its transaction commits; the chain's head is locked for that moment,
//! so that positions are in the order of commits. Rows of versions without chains are covered by the first
//! link. Rows hold nothing personal, so that erasing a person breaks no chain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, TransactionTrait,
};
use sha2::{Digest, Sha256};

use crate::audit::AuditEvent;
use crate::entity::{audit_checks, audit_events as table, audit_heads, companies};
use crate::writes::{Write, Writes};
use crate::{Handle, Result, Store, StoreError, dialect, instant};

/// The chain of what is no company's.
pub const OPERATOR: &str = "operator";

/// Rows of one statement, and rows that are read together.
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

/// What is wrong with a chain, at the first place where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub chain: String,
    /// Counts from 1; 0 for what came before the chain.
    pub position: i64,
    pub what: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "chain {}, row {}: {}", self.chain, self.position, self.what)
    }
}

/// What came of going through all chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub rows: u64,
    pub heads: Vec<Head>,
    /// One digest over all heads by chain, in hexadecimal.
    pub digest: String,
    pub broken: Option<Broken>,
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
        writes.insert(&linked(&mut head, events), PORTION);
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

/// How many rows without a link a chain has up to a certain one, the last of them, and a digest of all.
async fn before(connection: &impl ConnectionTrait, chain: &str, until: i64) -> Result<(i64, i64, String)> {
    let (mut hasher, mut rows, mut last) = (Sha256::new(), 0, 0);
    loop {
        let mut select = table::Entity::find()
            .filter(table::Column::Hash.is_null())
            .filter(table::Column::Seq.gt(last))
            .filter(table::Column::Seq.lte(until));
        select = match chain {
            OPERATOR => select.filter(table::Column::CompanyId.is_null()),
            company => select.filter(table::Column::CompanyId.eq(company)),
        };
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

/// Goes through all chains from their beginnings. `exported`: heads of an earlier time, which must still be
/// there.
pub async fn verify(store: &Store, exported: &[Head]) -> Result<Verified> {
    // One moment for all of it: rows that are added meanwhile are no faults.
    let tx = store.read_moment().await?;
    let heads = audit_heads::Entity::find().order_by_asc(audit_heads::Column::Chain).all(&tx).await?;
    let (mut rows, mut broken) = (0, None);
    for head in &heads {
        let earlier = exported.iter().find(|e| e.chain == head.chain);
        let (read, fault) = verify_chain(&tx, head, earlier).await?;
        rows += read;
        broken = broken.or(fault);
    }
    if broken.is_none() {
        broken = unchained(&tx, &heads).await?;
    }
    if broken.is_none() {
        let companies: Vec<String> =
            companies::Entity::find().select_only().column(companies::Column::Id).into_tuple().all(&tx).await?;
        let headless = companies.into_iter().find(|company| heads.iter().all(|h| h.chain != *company));
        broken = headless.map(|chain| Broken { chain, position: 1, what: "the whole chain is missing".into() });
    }
    if broken.is_none()
        && let Some(gone) = exported.iter().find(|e| heads.iter().all(|h| h.chain != e.chain))
    {
        let what = "the whole chain is missing; it was there when the head was exported".into();
        broken = Some(Broken { chain: gone.chain.clone(), position: 1, what });
    }
    tx.rollback().await?;
    let heads: Vec<Head> =
        heads.into_iter().map(|h| Head { chain: h.chain, position: h.position, hash: h.hash }).collect();
    Ok(Verified { rows, digest: digest(&heads), heads, broken })
}

async fn verify_chain(
    connection: &impl ConnectionTrait,
    head: &audit_heads::Model,
    exported: Option<&Head>,
) -> Result<(u64, Option<Broken>)> {
    let fault = |position: i64, what: &str| Some(Broken { chain: head.chain.clone(), position, what: what.into() });
    let (before_rows, _, before_hash) = before(connection, &head.chain, head.before_seq).await?;
    if (before_rows, &before_hash) != (head.before_rows, &head.before_hash) {
        return Ok((0, fault(0, "rows of before the chain were edited, deleted or added")));
    }
    let (mut hash, mut position) = (first(&head.chain, before_rows, &before_hash), 0);
    loop {
        let portion = table::Entity::find()
            .filter(table::Column::Chain.eq(&head.chain))
            .filter(table::Column::Position.gt(position))
            .order_by_asc(table::Column::Position)
            .limit(PORTION as u64)
            .all(connection)
            .await?;
        if portion.is_empty() {
            break;
        }
        for row in portion {
            let read = u64::try_from(position).unwrap_or(0);
            position += 1;
            if row.position != Some(position) {
                return Ok((read, fault(position, "it is missing: a row was deleted, or rows were reordered")));
            }
            hash = link(&hash, &row);
            if row.hash.as_deref() != Some(&hash) {
                return Ok((
                    read,
                    fault(position, "it does not follow from the row before: a row was edited or exchanged"),
                ));
            }
            if let Some(exported) = exported
                && exported.position == position
                && exported.hash != hash
            {
                return Ok((read, fault(position, "it is not the row that was there when the head was exported")));
            }
        }
    }
    let read = u64::try_from(position).unwrap_or(0);
    if position < head.position {
        return Ok((read, fault(position + 1, "the end is missing: the head counts more rows")));
    }
    if (position, &hash) != (head.position, &head.hash) {
        return Ok((read, fault(position, "the head is another: it was edited")));
    }
    if let Some(exported) = exported
        && exported.position > position
    {
        return Ok((read, fault(position + 1, "the end is missing: it was there when the head was exported")));
    }
    Ok((read, None))
}

/// A row that stands in no chain, though its chain had begun.
async fn unchained(connection: &impl ConnectionTrait, heads: &[audit_heads::Model]) -> Result<Option<Broken>> {
    for head in heads {
        let mut select =
            table::Entity::find().filter(table::Column::Hash.is_null()).filter(table::Column::Seq.gt(head.before_seq));
        select = match head.chain.as_str() {
            OPERATOR => select.filter(table::Column::CompanyId.is_null()),
            company => select.filter(table::Column::CompanyId.eq(company)),
        };
        if let Some(row) = select.one(connection).await? {
            let what = format!(
                "number {} of the log has no link: it was added past the program, or by a version without chains",
                row.seq
            );
            return Ok(Some(Broken { chain: head.chain.clone(), position: 0, what }));
        }
    }
    Ok(None)
}

/// When the chains were last gone through, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub at: DateTime<Utc>,
    pub holds: bool,
    pub rows: u64,
    pub digest: String,
    /// What is broken; empty where nothing is.
    pub words: String,
}

pub async fn note_check(tx: &crate::Tx, id: &str, check: &Check) -> Result<()> {
    audit_checks::Entity::insert(audit_checks::ActiveModel {
        id: Set(id.into()),
        at: Set(check.at.timestamp_millis()),
        holds: Set(check.holds),
        rows_read: Set(i64::try_from(check.rows).unwrap_or(i64::MAX)),
        digest: Set(check.digest.clone()),
        words: Set(check.words.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn last_check(handle: &impl Handle) -> Result<Option<Check>> {
    let row = audit_checks::Entity::find().order_by_desc(audit_checks::Column::At).one(handle.connection()).await?;
    Ok(row.map(|row| Check {
        at: instant(row.at),
        holds: row.holds,
        rows: row.rows_read.unsigned_abs(),
        digest: row.digest,
        words: row.words,
    }))
}
