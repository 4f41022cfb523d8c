//! What became of a request that named a key of its own, so that a retry enters nothing again.
//!
//! A key belongs to the company and not to the API key that was used: a retry after a key was changed
//! is still a retry. What is kept are ids, encrypted; answers are written anew from what they name.

use chrono::{DateTime, Duration, Utc};
use domain::id::{ApiKeyId, CompanyId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use crate::cipher::{Place, open_text, seal_text};
use crate::companies::key;
use crate::entity::{idempotent_answers, retries as table};
use crate::writes::{Write, Writes};
use crate::{Handle, Result, Tx, count_all, dialect};

/// How long a request is remembered.
pub const KEPT: Duration = Duration::hours(24);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// SHA-256 of the request in hexadecimal.
    pub request_hash: String,
    /// JSON: ids of what was entered.
    pub answer: String,
}

/// Rows of one statement.
const PORTION: usize = 1_000;

fn place(row: &str) -> Place<'_> {
    Place { table: "retries", column: "answer", row }
}

pub async fn find(
    handle: &impl Handle,
    company: CompanyId,
    retry_key: &str,
    now: DateTime<Utc>,
) -> Result<Option<Remembered>> {
    let row = table::Entity::find_by_id((company.to_string(), retry_key.to_owned())).one(handle.connection()).await?;
    let Some(row) = row.filter(|row| row.created_at > (now - KEPT).timestamp_millis()) else { return Ok(None) };
    let answer = open_text(&key(handle, company).await?, place(retry_key), &row.answer)?;
    Ok(Some(Remembered { request_hash: row.request_hash, answer }))
}

/// What version 0.1.0 remembered of a request, by the API key that it came with: the hash of the request and
/// the body of the answer.
pub async fn former(
    handle: &impl Handle,
    api_key: ApiKeyId,
    idempotency_key: &str,
    now: DateTime<Utc>,
) -> Result<Option<(String, String)>> {
    let row = idempotent_answers::Entity::find_by_id((api_key.to_string(), idempotency_key.to_owned()))
        .one(handle.connection())
        .await?;
    Ok(row.filter(|row| row.created_at > (now - KEPT).timestamp_millis()).map(|row| (row.request_hash, row.body)))
}

/// Remembers in the transaction of the change.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if a request with the same key came first.
pub async fn remember(
    tx: &Tx,
    company: CompanyId,
    retry_key: &str,
    remembered: &Remembered,
    now: DateTime<Utc>,
) -> Result<()> {
    let one = (company, retry_key.to_owned(), remembered.clone());
    remember_all(tx, std::slice::from_ref(&one), now).await
}

/// The same for many at once.
pub async fn remember_all(tx: &Tx, all: &[(CompanyId, String, Remembered)], now: DateTime<Utc>) -> Result<()> {
    let mut writes = Writes::default();
    put_all(tx, &mut writes, all, now).await?;
    // One after the other: a row may take the place of one that is too old to count.
    for write in writes.statements {
        dialect::together(tx.inner(), vec![write]).await?;
    }
    Ok(())
}

/// Puts requests that are to be remembered among what is to be written; one that came before lets all of it
/// fail.
pub async fn put_all(
    handle: &impl Handle,
    writes: &mut Writes,
    all: &[(CompanyId, String, Remembered)],
    now: DateTime<Utc>,
) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let old = table::Entity::delete_many()
        .filter(table::Column::CompanyId.is_in(all.iter().map(|(company, ..)| company.to_string())))
        .filter(table::Column::RetryKey.is_in(all.iter().map(|(_, key, _)| key.as_str())))
        .filter(table::Column::CreatedAt.lte((now - KEPT).timestamp_millis()));
    writes.push(Write::Delete(old.into_query()));
    let mut rows = Vec::with_capacity(all.len());
    for (company, retry_key, remembered) in all {
        rows.push(table::ActiveModel {
            company_id: Set(company.to_string()),
            retry_key: Set(retry_key.clone()),
            request_hash: Set(remembered.request_hash.clone()),
            answer: Set(seal_text(&key(handle, *company).await?, place(retry_key), &remembered.answer)?),
            created_at: Set(now.timestamp_millis()),
        });
    }
    writes.insert(&rows, PORTION);
    Ok(())
}

/// How many requests are remembered.
pub async fn count(handle: &impl Handle) -> Result<u64> {
    count_all(handle, table::Entity::find()).await
}

/// Forgets what is too old to count, also what earlier versions remembered, and says how much.
pub async fn sweep(tx: &Tx, now: DateTime<Utc>) -> Result<u64> {
    let before = (now - KEPT).timestamp_millis();
    let gone = table::Entity::delete_many().filter(table::Column::CreatedAt.lte(before)).exec(tx.connection()).await?;
    let old = idempotent_answers::Entity::delete_many()
        .filter(idempotent_answers::Column::CreatedAt.lte(before))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected + old.rows_affected)
}
