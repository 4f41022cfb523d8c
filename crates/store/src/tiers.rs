//! Service tiers, versions that are never changed, and companies' requests for them.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{CompanyId, RateCardId, ServiceTierId, TierRequestId};
use domain::tier::{Capability, Tier};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{amendments, service_tiers as table, tier_requests as requests};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, known, parsed, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct ServiceTier {
    pub id: ServiceTierId,
    pub tier: Tier,
    /// What it costs.
    pub card: RateCardId,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
}

/// Tiers and requests that are read at once, at most.
const MOST: u64 = 200;

/// Adds the next version of a tier of this name, and says which it is.
///
/// # Errors
///
/// A conflict where another was added meanwhile.
pub async fn add(tx: &Tx, new: &ServiceTier) -> Result<i32> {
    let newest = table::Entity::find()
        .filter(table::Column::Name.eq(&new.tier.name))
        .order_by_desc(table::Column::Version)
        .one(tx.connection())
        .await?;
    let version = newest.map_or(1, |row| row.version + 1);
    table::Entity::insert(table::ActiveModel {
        id: Set(new.id.to_string()),
        name: Set(new.tier.name.clone()),
        version: Set(version),
        capabilities: Set(serde_json::to_string(&new.tier.capabilities)?),
        seats: Set(new.tier.seats.map(|seats| i32::try_from(seats).unwrap_or(i32::MAX))),
        card_id: Set(new.card.to_string()),
        made_by: Set(new.made_by.clone()),
        made_at: Set(new.made_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(version)
}

/// The newest first.
pub async fn list(handle: &impl Handle) -> Result<Vec<ServiceTier>> {
    let rows = table::Entity::find()
        .order_by_desc(table::Column::MadeAt)
        .order_by_desc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

/// The newest version of each name, by name.
pub async fn offered(handle: &impl Handle) -> Result<Vec<ServiceTier>> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<ServiceTier> =
        list(handle).await?.into_iter().filter(|t| seen.insert(t.tier.name.clone())).collect();
    all.sort_by(|a, b| a.tier.name.cmp(&b.tier.name));
    Ok(all)
}

pub async fn find(handle: &impl Handle, id: ServiceTierId) -> Result<ServiceTier> {
    let row = table::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    record(row.ok_or(StoreError::NotFound)?)
}

/// What a company has on a day; `None` where its agreement names none, or where there is no agreement.
pub async fn in_force(handle: &impl Handle, company: CompanyId, day: NaiveDate) -> Result<Option<Tier>> {
    let newest = amendments::Entity::find()
        .filter(amendments::Column::CompanyId.eq(company.to_string()))
        .filter(amendments::Column::EffectiveFrom.lte(day.to_string()))
        .order_by_desc(amendments::Column::EffectiveFrom)
        .one(handle.connection())
        .await?;
    match newest.and_then(|row| row.tier_id) {
        Some(id) => Ok(Some(find(handle, parsed(&id)?).await?.tier)),
        None => Ok(None),
    }
}

fn record(row: table::Model) -> Result<ServiceTier> {
    let capabilities: BTreeSet<Capability> = serde_json::from_str(&row.capabilities)?;
    Ok(ServiceTier {
        id: parsed(&row.id)?,
        tier: Tier {
            name: row.name,
            version: row.version,
            capabilities,
            seats: row.seats.map(|seats| u32::try_from(seats).unwrap_or_default()),
        },
        card: parsed(&row.card_id)?,
        made_by: row.made_by,
        made_at: instant(row.made_at),
    })
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    Approved,
    Declined,
    Withdrawn,
}

impl State {
    pub const ALL: [State; 4] = [State::Open, State::Approved, State::Declined, State::Withdrawn];

    pub const fn key(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Approved => "approved",
            State::Declined => "declined",
            State::Withdrawn => "withdrawn",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            State::Open => "Open",
            State::Approved => "Approved",
            State::Declined => "Declined",
            State::Withdrawn => "Withdrawn",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub id: TierRequestId,
    pub company: CompanyId,
    pub tier: ServiceTierId,
    pub from: NaiveDate,
    pub note: String,
    pub state: State,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was declined.
    pub reason: String,
}

/// # Errors
///
/// A conflict where the company has an open one.
pub async fn ask(tx: &Tx, new: &Request) -> Result<()> {
    requests::Entity::insert(requests::ActiveModel {
        id: Set(new.id.to_string()),
        company_id: Set(new.company.to_string()),
        tier_id: Set(new.tier.to_string()),
        effective_from: Set(new.from.to_string()),
        note: Set(new.note.clone()),
        state: Set(new.state.key().to_owned()),
        made_by: Set(new.made_by.clone()),
        made_at: Set(new.made_at.timestamp_millis()),
        decided_by: Set(None),
        decided_at: Set(None),
        reason: Set(String::new()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Answers an open request; a conflict where it was answered meanwhile.
pub async fn decide(
    tx: &Tx,
    id: TierRequestId,
    state: State,
    (by, at): (&str, DateTime<Utc>),
    reason: &str,
) -> Result<()> {
    let changed = requests::Entity::update_many()
        .col_expr(requests::Column::State, Expr::value(state.key()))
        .col_expr(requests::Column::DecidedBy, Expr::value(by))
        .col_expr(requests::Column::DecidedAt, Expr::value(at.timestamp_millis()))
        .col_expr(requests::Column::Reason, Expr::value(reason))
        .filter(requests::Column::Id.eq(id.to_string()))
        .filter(requests::Column::State.eq(State::Open.key()))
        .exec(tx.connection())
        .await?;
    match changed.rows_affected {
        0 => Err(StoreError::Conflict("the request has been answered".into())),
        _ => Ok(()),
    }
}

pub async fn request(handle: &impl Handle, reach: Reach, id: TierRequestId) -> Result<Request> {
    let row = scoped(requests::Entity::find_by_id(id.to_string()), reach, requests::Column::CompanyId)
        .one(handle.connection())
        .await?;
    asked(row.ok_or(StoreError::NotFound)?)
}

/// A company's requests, the newest first.
pub async fn requests_of(handle: &impl Handle, company: CompanyId, most: u64) -> Result<Vec<Request>> {
    let rows = requests::Entity::find()
        .filter(requests::Column::CompanyId.eq(company.to_string()))
        .order_by_desc(requests::Column::MadeAt)
        .order_by_desc(requests::Column::Id)
        .limit(most)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(asked).collect()
}

/// Those that wait, the oldest first: one a company at most.
pub async fn open(handle: &impl Handle, reach: Reach) -> Result<Vec<Request>> {
    let rows = scoped(requests::Entity::find(), reach, requests::Column::CompanyId)
        .filter(requests::Column::State.eq(State::Open.key()))
        .order_by_asc(requests::Column::MadeAt)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(asked).collect()
}

fn asked(row: requests::Model) -> Result<Request> {
    Ok(Request {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        tier: parsed(&row.tier_id)?,
        from: parsed(&row.effective_from)?,
        note: row.note,
        state: known(State::ALL.into_iter().find(|s| s.key() == row.state), "state of a request")?,
        made_by: row.made_by,
        made_at: instant(row.made_at),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(instant),
        reason: row.reason,
    })
}
