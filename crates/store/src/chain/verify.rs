//! Going through the chains, and what came of it.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Head, PORTION, before, digest, first, link, without_link};
use crate::entity::{audit_checks, audit_events as table, audit_heads, companies};
use crate::{Handle, Result, Store, instant};

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
        let select = without_link(&head.chain).filter(table::Column::Seq.gt(head.before_seq));
        if let Some(row) = select.one(connection).await? {
            let what = format!(
                "number {} of the log has no link: it was added past the program, or by a version without chains, \
                 whose rows `solatium audit adopt` takes in",
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
