//! Claims as lists show them, and how they are found.

use chrono::{DateTime, Utc};
use domain::Money;
use domain::id::{ClaimId, CompanyId};
use domain::settlement::ClaimStatus;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::Claim;
use super::row::{records, reference_index};
use crate::entity::{claims as table, outcomes};
use crate::{Handle, Reach, Result, count_some, parsed, scoped};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    Largest,
    Smallest,
    /// The last decided first.
    Decided,
}

/// Which claims to list; what is `None` or empty does not limit.
#[derive(Debug, Clone, Default)]
pub struct ClaimQuery {
    /// A claim number, or the whole of the insurer's reference.
    pub search: String,
    pub status: Option<ClaimStatus>,
    pub accident_type: String,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub created_by: Option<String>,
    pub decided_by: Option<String>,
    pub decided_from: Option<DateTime<Utc>>,
    pub decided_until: Option<DateTime<Utc>>,
    /// Only these; none of them finds nothing.
    pub ids: Option<Vec<ClaimId>>,
    /// Only those older than this one, by the time by which they are sorted: when they came, or were decided.
    pub before: Option<(DateTime<Utc>, ClaimId)>,
    pub sort: Sort,
    /// First page is 1.
    pub page: u64,
    pub per_page: u64,
}

/// The claims within reach that fit the query, and how many there are.
pub async fn list(handle: &impl Handle, reach: Reach, query: &ClaimQuery) -> Result<(Vec<Claim>, u64)> {
    let select = filtered(handle, reach, query).await?;
    let total = count_some(handle, select.clone()).await?;
    Ok((page(handle, select, query).await?, total))
}

/// The same without counting them.
pub async fn some(handle: &impl Handle, reach: Reach, query: &ClaimQuery) -> Result<Vec<Claim>> {
    let select = filtered(handle, reach, query).await?;
    page(handle, select, query).await
}

async fn page(handle: &impl Handle, select: Select<table::Entity>, query: &ClaimQuery) -> Result<Vec<Claim>> {
    let (column, order) = match query.sort {
        Sort::Newest => (table::Column::CreatedAt, Order::Desc),
        Sort::Oldest => (table::Column::CreatedAt, Order::Asc),
        Sort::Largest => (table::Column::TotalPence, Order::Desc),
        Sort::Smallest => (table::Column::TotalPence, Order::Asc),
        Sort::Decided => (table::Column::DecidedAt, Order::Desc),
    };
    // The page's ids first, which an index gives alone: a late page would read all rows before it.
    let ids: Vec<String> = select
        .select_only()
        .column(table::Column::Id)
        .order_by(column, order.clone())
        .order_by(table::Column::Id, order.clone())
        .offset(query.page.saturating_sub(1) * query.per_page)
        .limit(query.per_page)
        .into_tuple()
        .all(handle.connection())
        .await?;
    let rows = table::Entity::find()
        .filter(table::Column::Id.is_in(ids))
        .order_by(column, order.clone())
        .order_by(table::Column::Id, order)
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

pub async fn count(handle: &impl Handle, reach: Reach, query: &ClaimQuery) -> Result<u64> {
    count_some(handle, filtered(handle, reach, query).await?).await
}

async fn filtered(handle: &impl Handle, reach: Reach, query: &ClaimQuery) -> Result<Select<table::Entity>> {
    use table::Column as C;
    let mut select = scoped(table::Entity::find(), reach, C::CompanyId);
    let search = query.search.trim();
    if !search.is_empty() {
        select = select.filter(C::Id.is_in(searched(handle, reach, search).await?));
    }
    if let Some(status) = query.status {
        select = select.filter(C::Status.eq(status.key()));
    }
    if !query.accident_type.is_empty() {
        select = select.filter(C::AccidentType.eq(&query.accident_type));
    }
    if let Some(from) = query.from {
        select = select.filter(C::CreatedAt.gte(from.timestamp_millis()));
    }
    if let Some(until) = query.until {
        select = select.filter(C::CreatedAt.lt(until.timestamp_millis()));
    }
    if let Some(by) = &query.created_by {
        select = select.filter(C::CreatedBy.eq(by));
    }
    if let Some(from) = query.decided_from {
        select = select.filter(C::DecidedAt.gte(from.timestamp_millis()));
    }
    if let Some(until) = query.decided_until {
        select = select.filter(C::DecidedAt.lt(until.timestamp_millis()));
    }
    if let Some(ids) = &query.ids {
        select = select.filter(C::Id.is_in(ids.iter().map(ToString::to_string)));
    }
    if let Some((at, id)) = query.before {
        let at = at.timestamp_millis();
        let time = if query.sort == Sort::Decided { C::DecidedAt } else { C::CreatedAt };
        let same = Condition::all().add(time.eq(at)).add(C::Id.lt(id.to_string()));
        let older = Condition::any().add(time.lt(at)).add(same);
        // The first condition alone is found by an index.
        select = select.filter(time.lte(at)).filter(older);
    }
    if let Some(by) = &query.decided_by {
        select = select.filter(C::DecidedBy.eq(by));
    }
    Ok(select)
}

/// Number and id of the newest open claim, of one person's where they are named, behind a place where one is given;
/// never `not` itself.
pub async fn next_open(
    handle: &impl Handle,
    reach: Reach,
    created_by: Option<&str>,
    before: Option<(DateTime<Utc>, ClaimId)>,
    not: ClaimId,
) -> Result<Option<(i64, ClaimId)>> {
    let query = ClaimQuery {
        status: Some(ClaimStatus::Open),
        created_by: created_by.map(str::to_owned),
        before,
        ..ClaimQuery::default()
    };
    let row: Option<(i64, String)> = filtered(handle, reach, &query)
        .await?
        .filter(table::Column::Id.ne(not.to_string()))
        .select_only()
        .columns([table::Column::Number, table::Column::Id])
        .order_by_desc(table::Column::CreatedAt)
        .order_by_desc(table::Column::Id)
        .into_tuple()
        .one(handle.connection())
        .await?;
    row.map(|(number, id)| Ok((number, parsed(&id)?))).transpose()
}

/// The most claims that a search finds.
const FOUND: u64 = 200;

/// Ids of the claims with this number or this reference. Each is asked for by itself, so that each is found by
/// its index.
async fn searched(handle: &impl Handle, reach: Reach, search: &str) -> Result<Vec<String>> {
    use table::Column as C;
    let mut found = Vec::new();
    let mut ways = Vec::new();
    if let Reach::Company(company) = reach {
        ways.push(C::ReferenceIndex.eq(reference_index(handle.cipher(), company, search)?));
        // Of an earlier version, and not moved yet.
        ways.push(C::ExternalReference.eq(search));
    }
    let digits = search.trim_start_matches(['C', 'c', '-', '#']).trim_start_matches('0');
    if let Ok(number) = digits.parse::<i64>() {
        ways.push(C::Number.eq(number));
    }
    for way in ways {
        let ids: Vec<String> = scoped(table::Entity::find(), reach, C::CompanyId)
            .filter(way)
            .select_only()
            .column(C::Id)
            .limit(FOUND)
            .into_tuple()
            .all(handle.connection())
            .await?;
        found.extend(ids);
    }
    Ok(found)
}

/// Claims of one company that were decided, or whose outcome is known, and whose sum of heads lies nearest to `total`:
/// at most `limit` on either side, as candidates for "most similar".
pub async fn settled_near(handle: &impl Handle, reach: Reach, total: Money, limit: u64) -> Result<Vec<Claim>> {
    use table::Column as C;
    let known = outcomes::Entity::find()
        .select_only()
        .column(outcomes::Column::Id)
        .filter(Expr::col((outcomes::Entity, outcomes::Column::ClaimId)).equals((table::Entity, C::Id)))
        .filter(outcomes::Column::SupersededAt.is_null())
        .into_query();
    let settled = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(Condition::any().add(C::SettledPence.is_not_null()).add(Expr::exists(known)));
    let above = settled.clone().filter(C::TotalPence.gte(total.pence())).order_by_asc(C::TotalPence);
    let below = settled.filter(C::TotalPence.lt(total.pence())).order_by_desc(C::TotalPence);
    let mut rows = above.limit(limit).all(handle.connection()).await?;
    rows.extend(below.limit(limit).all(handle.connection()).await?);
    records(handle, rows).await
}

/// The claims that each of these names means: a number such as `C-000123`, or the insurer's whole reference. Several where
/// a reference is not unique, none where nothing has that name.
pub async fn named(handle: &impl Handle, company: CompanyId, names: &[&str]) -> Result<Vec<Vec<Claim>>> {
    use table::Column as C;
    let number = |name: &str| name.strip_prefix(['C', 'c']).and_then(|n| n.strip_prefix('-')?.parse::<i64>().ok());
    let mut indices = Vec::with_capacity(names.len());
    for name in names {
        indices.push(reference_index(handle.cipher(), company, name)?);
    }
    let numbers: Vec<i64> = names.iter().filter_map(|name| number(name)).collect();
    // Each way is asked for by itself, so that each is found by its index.
    let ways = [
        (!numbers.is_empty()).then(|| C::Number.is_in(numbers)),
        (!indices.is_empty()).then(|| C::ReferenceIndex.is_in(indices.clone())),
    ];
    let mut rows = Vec::new();
    for way in ways.into_iter().flatten() {
        let select = scoped(table::Entity::find(), Reach::Company(company), C::CompanyId).filter(way);
        rows.extend(select.all(handle.connection()).await?);
    }
    let by_index: Vec<Option<String>> = rows.iter().map(|row| row.reference_index.clone()).collect();
    let all: Vec<(Claim, Option<String>)> = records(handle, rows).await?.into_iter().zip(by_index).collect();
    Ok(names
        .iter()
        .zip(&indices)
        .map(|(name, index)| {
            let wanted = number(name);
            let mut found: Vec<Claim> = Vec::new();
            for (claim, own) in &all {
                let means = wanted == Some(claim.number) || own.as_ref() == Some(index);
                if means && !found.iter().any(|c| c.id == claim.id) {
                    found.push(claim.clone());
                }
            }
            found
        })
        .collect())
}
