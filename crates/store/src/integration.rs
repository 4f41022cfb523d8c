//! API keys, the log of API calls, and answers remembered for retries.

use chrono::{DateTime, Utc};
use domain::id::{ApiCallId, ApiKeyId, CompanyId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::entity::{api_calls, api_keys as table};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, parsed, scoped, stamps};

#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub company: CompanyId,
    pub name: String,
    /// The first characters of the token, to tell keys apart.
    pub prefix: String,
    /// SHA-256 of the token in hexadecimal.
    pub token_hash: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

pub async fn create(tx: &Tx, key: &ApiKey) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(key.id.to_string()),
        company_id: Set(key.company.to_string()),
        name: Set(key.name.clone()),
        prefix: Set(key.prefix.clone()),
        token_hash: Set(key.token_hash.clone()),
        created_by: Set(key.created_by.clone()),
        created_at: Set(key.created_at.timestamp_millis()),
        last_used_at: Set(None),
        revoked_at: Set(None),
    })
    .exec_without_returning(tx.connection())
    .await?;
    // Nobody remembers that a key is not there: no stamp has to move on.
    Ok(())
}

pub async fn by_hash(handle: &impl Handle, token_hash: &str) -> Result<Option<ApiKey>> {
    table::Entity::find()
        .filter(table::Column::TokenHash.eq(token_hash))
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

pub async fn find(handle: &impl Handle, reach: Reach, id: ApiKeyId) -> Result<ApiKey> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(row)
}

/// The keys of these ids that are within reach.
pub async fn by_ids(handle: &impl Handle, reach: Reach, ids: &[ApiKeyId]) -> Result<Vec<ApiKey>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// Newest first.
pub async fn list(handle: &impl Handle, reach: Reach) -> Result<Vec<ApiKey>> {
    scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .order_by_desc(table::Column::CreatedAt)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// Does nothing to a key that is revoked already: the first time counts.
pub async fn revoke(tx: &Tx, id: ApiKeyId, at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::RevokedAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    stamps::bump(tx).await
}

async fn stamp(tx: &Tx, id: ApiKeyId, column: table::Column, at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(column, Expr::value(at.timestamp_millis()))
        .filter(table::Column::Id.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn record(row: table::Model) -> Result<ApiKey> {
    Ok(ApiKey {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        name: row.name,
        prefix: row.prefix,
        token_hash: row.token_hash,
        created_by: row.created_by,
        created_at: instant(row.created_at),
        last_used_at: row.last_used_at.map(instant),
        revoked_at: row.revoked_at.map(instant),
    })
}

#[derive(Debug, Clone)]
pub struct ApiCall {
    pub id: ApiCallId,
    pub company: CompanyId,
    pub key: ApiKeyId,
    pub method: String,
    /// The route, not the address: no ids.
    pub path: String,
    pub status: u16,
    /// Microseconds.
    pub duration_us: i64,
    pub request_id: String,
    pub at: DateTime<Utc>,
}

/// Logs calls and when their keys were last used.
pub async fn log(tx: &Tx, calls: &[ApiCall]) -> Result<()> {
    let Some(last) = calls.last() else { return Ok(()) };
    api_calls::Entity::insert_many(calls.iter().map(|call| api_calls::ActiveModel {
        id: Set(call.id.to_string()),
        company_id: Set(call.company.to_string()),
        key_id: Set(call.key.to_string()),
        method: Set(call.method.clone()),
        path: Set(call.path.clone()),
        status: Set(call.status.into()),
        duration_us: Set(call.duration_us),
        request_id: Set(call.request_id.clone()),
        at: Set(call.at.timestamp_millis()),
    }))
    .exec_without_returning(tx.connection())
    .await?;
    let keys: std::collections::BTreeSet<_> = calls.iter().map(|c| c.key).collect();
    for key in keys {
        stamp(tx, key, table::Column::LastUsedAt, last.at).await?;
    }
    Ok(())
}

/// Where a call stands in the log.
pub type CallPlace = (DateTime<Utc>, ApiCallId);

impl ApiCall {
    pub fn place(&self) -> CallPlace {
        (self.at, self.id)
    }
}

fn newest_first(reach: Reach, failed_only: bool) -> Select<api_calls::Entity> {
    use api_calls::Column as C;
    let mut select = scoped(api_calls::Entity::find(), reach, C::CompanyId);
    if failed_only {
        select = select.filter(C::Status.gte(400));
    }
    select.order_by_desc(C::At).order_by_desc(C::Id)
}

/// A page of the calls within reach, newest first, and how many there are. First page is 1.
pub async fn calls(
    handle: &impl Handle,
    reach: Reach,
    failed_only: bool,
    page: u64,
    per_page: u64,
) -> Result<(Vec<ApiCall>, u64)> {
    let select = newest_first(reach, failed_only);
    let total = count_some(handle, select.clone()).await?;
    let rows = select.offset(page.saturating_sub(1) * per_page).limit(per_page).all(handle.connection()).await?;
    Ok((rows.into_iter().map(call).collect::<Result<_>>()?, total))
}

/// The calls within reach that were made before one, newest first, at most so many.
pub async fn calls_before(
    handle: &impl Handle,
    reach: Reach,
    failed_only: bool,
    before: Option<CallPlace>,
    most: u64,
) -> Result<Vec<ApiCall>> {
    use api_calls::Column as C;
    let mut select = newest_first(reach, failed_only);
    if let Some((at, id)) = before {
        let at = at.timestamp_millis();
        let same = Condition::all().add(C::At.eq(at)).add(C::Id.lt(id.to_string()));
        select = select.filter(C::At.lte(at)).filter(Condition::any().add(C::At.lt(at)).add(same));
    }
    select.limit(most).all(handle.connection()).await?.into_iter().map(call).collect()
}

fn call(row: api_calls::Model) -> Result<ApiCall> {
    Ok(ApiCall {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        key: parsed(&row.key_id)?,
        method: row.method,
        path: row.path,
        status: row.status.try_into().unwrap_or(0),
        duration_us: row.duration_us,
        request_id: row.request_id,
        at: instant(row.at),
    })
}

/// Forgets calls of before an instant, at most so many, and says how many.
pub async fn sweep_calls(tx: &Tx, before: DateTime<Utc>, most: u64) -> Result<u64> {
    use api_calls::Column as C;
    let old = sea_orm::sea_query::Query::select()
        .column(C::Id)
        .from(api_calls::Entity)
        .and_where(C::At.lt(before.timestamp_millis()))
        .limit(most)
        .to_owned();
    let gone = api_calls::Entity::delete_many().filter(C::Id.in_subquery(old)).exec(tx.connection()).await?;
    Ok(gone.rows_affected)
}
