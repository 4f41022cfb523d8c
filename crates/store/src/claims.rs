//! Claims, what is protected about them, and drafts.

use chrono::{DateTime, Utc};
use domain::id::{ClaimId, CompanyId, DepartmentId, DraftId, PredictionId, UserId};
use domain::settlement::ClaimStatus;
use domain::{ClaimFacts, Money};
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};

use crate::cipher::{CompanyKey, Place, open_text, seal_text};
use crate::companies::key;
use crate::entity::{claim_protected, claims as table, drafts};
use crate::{Handle, Reach, Result, StoreError, Tx, count_all, instant, known, parsed, parsed_opt, scoped, series};

#[derive(Debug, Clone)]
pub struct Claim {
    pub id: ClaimId,
    pub company: CompanyId,
    pub department: Option<DepartmentId>,
    /// Counts from 1 within the company.
    pub number: i64,
    /// The insurer's own reference.
    pub reference: Option<String>,
    pub status: ClaimStatus,
    /// `form`, `file` or `api`.
    pub channel: String,
    pub facts: ClaimFacts,
    pub total: Money,
    pub medical_report: bool,
    /// A person's or an API key's id.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub prediction: Option<PredictionId>,
    pub predicted: Option<Money>,
    pub settled: Option<Money>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by: Option<String>,
}

/// Protected characteristics: encrypted, apart from the claim, never features.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Protected {
    pub driver_age: Option<u8>,
    pub gender: Option<String>,
}

/// The free texts, which may describe a person's health.
#[derive(Default, Serialize, Deserialize)]
struct Narrative {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accident: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    injury: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    Largest,
    Smallest,
}

/// Which claims to list; what is `None` or empty does not limit.
#[derive(Debug, Clone, Default)]
pub struct ClaimQuery {
    /// A claim number, or part of the insurer's reference.
    pub search: String,
    pub status: Option<ClaimStatus>,
    pub accident_type: String,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub created_by: Option<String>,
    pub decided_by: Option<String>,
    pub sort: Sort,
    /// First page is 1.
    pub page: u64,
    pub per_page: u64,
}

fn narrative_place(row: &str) -> Place<'_> {
    Place { table: "claims", column: "narrative", row }
}

/// The next claim number of a company.
pub async fn next_number(tx: &Tx, company: CompanyId) -> Result<i64> {
    series::next(tx, &format!("claim:{company}")).await
}

pub async fn create(tx: &Tx, claim: &Claim, protected: &Protected) -> Result<()> {
    let key = key(tx, claim.company).await?;
    let id = claim.id.to_string();
    let facts = &claim.facts;
    let narrative =
        Narrative { accident: facts.accident_description.clone(), injury: facts.injury_description.clone() };
    let narrative = match (&narrative.accident, &narrative.injury) {
        (None, None) => None,
        _ => Some(seal_text(&key, narrative_place(&id), &serde_json::to_string(&narrative)?)?),
    };
    table::Entity::insert(table::ActiveModel {
        id: Set(id.clone()),
        company_id: Set(claim.company.to_string()),
        department_id: Set(claim.department.map(|d| d.to_string())),
        number: Set(claim.number),
        external_reference: Set(claim.reference.clone()),
        status: Set(claim.status.key().into()),
        channel: Set(claim.channel.clone()),
        accident_type: Set(facts.accident_type.clone()),
        accident_date: Set(facts.accident_date.map(|d| d.to_string())),
        claim_date: Set(facts.claim_date.map(|d| d.to_string())),
        prognosis_months: Set(facts.injury_prognosis_months.map(i32::from)),
        psychological: Set(facts.minor_psychological_injury),
        exceptional: Set(facts.exceptional_circumstances),
        whiplash: Set(facts.whiplash),
        dominant_injury: Set(facts.dominant_injury.clone()),
        narrative: Set(narrative),
        vehicle_type: Set(facts.vehicle_type.clone()),
        vehicle_age: Set(facts.vehicle_age.map(i32::from)),
        weather: Set(facts.weather_conditions.clone()),
        passengers: Set(facts.passengers.map(i32::from)),
        police_report: Set(facts.police_report_filed),
        witness: Set(facts.witness_present),
        heads: Set(serde_json::to_string(&facts.heads)?),
        total_pence: Set(claim.total.pence()),
        medical_report: Set(claim.medical_report),
        created_by: Set(claim.created_by.clone()),
        created_at: Set(claim.created_at.timestamp_millis()),
        prediction_id: Set(claim.prediction.map(|p| p.to_string())),
        predicted_pence: Set(claim.predicted.map(Money::pence)),
        settled_pence: Set(claim.settled.map(Money::pence)),
        decided_at: Set(claim.decided_at.map(|t| t.timestamp_millis())),
        decided_by: Set(claim.decided_by.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    if *protected != Protected::default() {
        create_protected(tx, &key, claim, protected).await?;
    }
    Ok(())
}

async fn create_protected(tx: &Tx, key: &CompanyKey, claim: &Claim, protected: &Protected) -> Result<()> {
    let id = claim.id.to_string();
    let seal = |column, value: Option<String>| {
        value.map(|v| seal_text(key, Place { table: "claim_protected", column, row: &id }, &v)).transpose()
    };
    claim_protected::Entity::insert(claim_protected::ActiveModel {
        claim_id: Set(id.clone()),
        company_id: Set(claim.company.to_string()),
        driver_age: Set(seal("driver_age", protected.driver_age.map(|a| a.to_string()))?),
        gender: Set(seal("gender", protected.gender.clone())?),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: ClaimId) -> Result<Claim> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    let key = key(handle, parsed(&row.company_id)?).await?;
    record(row, Some(&key))
}

/// What changes on a claim after it was entered.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub status: Option<ClaimStatus>,
    pub medical_report: Option<bool>,
    /// What is known of it; `None` leaves it as it was.
    pub whiplash: Option<bool>,
    pub predicted: Option<(PredictionId, Money)>,
    /// Amount, when, by whom.
    pub settled: Option<(Money, DateTime<Utc>, String)>,
}

/// Changes a claim that still stands where the caller saw it; a conflict if another change came
/// first. The row is locked until the transaction ends.
pub async fn progress(tx: &Tx, id: ClaimId, expected: ClaimStatus, change: Progress) -> Result<()> {
    let mut row = table::ActiveModel::default();
    if let Some(status) = change.status {
        row.status = Set(status.key().into());
    }
    if let Some(received) = change.medical_report {
        row.medical_report = Set(received);
    }
    if change.whiplash.is_some() {
        row.whiplash = Set(change.whiplash);
    }
    if let Some((prediction, amount)) = change.predicted {
        row.prediction_id = Set(Some(prediction.to_string()));
        row.predicted_pence = Set(Some(amount.pence()));
    }
    if let Some((amount, at, by)) = change.settled {
        row.settled_pence = Set(Some(amount.pence()));
        row.decided_at = Set(Some(at.timestamp_millis()));
        row.decided_by = Set(Some(by));
    }
    let done = table::Entity::update_many()
        .set(row)
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Status.eq(expected.key()))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the claim was changed by somebody else".into())),
    }
}

/// The claims within reach that fit the query, without their free texts, and how many there are.
pub async fn list(handle: &impl Handle, reach: Reach, query: &ClaimQuery) -> Result<(Vec<Claim>, u64)> {
    let select = filtered(reach, query);
    let total = count_all(handle, select.clone()).await?;
    let (column, order) = match query.sort {
        Sort::Newest => (table::Column::CreatedAt, Order::Desc),
        Sort::Oldest => (table::Column::CreatedAt, Order::Asc),
        Sort::Largest => (table::Column::TotalPence, Order::Desc),
        Sort::Smallest => (table::Column::TotalPence, Order::Asc),
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
    Ok((rows.into_iter().map(|row| record(row, None)).collect::<Result<_>>()?, total))
}

pub async fn count(handle: &impl Handle, reach: Reach, query: &ClaimQuery) -> Result<u64> {
    count_all(handle, filtered(reach, query)).await
}

fn filtered(reach: Reach, query: &ClaimQuery) -> Select<table::Entity> {
    use table::Column as C;
    let mut select = scoped(table::Entity::find(), reach, C::CompanyId);
    let search = query.search.trim();
    if !search.is_empty() {
        // LIKE minds case on PostgreSQL and not on SQLite: both sides are lowered.
        let reference = Expr::expr(Func::lower(Expr::col(C::ExternalReference)));
        let mut either =
            Condition::any().add(reference.like(format!("%{}%", search.to_lowercase().replace(['%', '_'], ""))));
        let digits = search.trim_start_matches(['C', 'c', '-', '#']).trim_start_matches('0');
        if let Ok(number) = digits.parse::<i64>() {
            either = either.add(C::Number.eq(number));
        }
        select = select.filter(either);
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
    if let Some(by) = &query.decided_by {
        select = select.filter(C::DecidedBy.eq(by));
    }
    select
}

/// Settled claims of one company whose sum of heads lies nearest to `total`, at most `limit` on
/// either side, as candidates for "most similar".
pub async fn settled_near(handle: &impl Handle, reach: Reach, total: Money, limit: u64) -> Result<Vec<Claim>> {
    use table::Column as C;
    let settled = scoped(table::Entity::find(), reach, C::CompanyId).filter(C::SettledPence.is_not_null());
    let above = settled.clone().filter(C::TotalPence.gte(total.pence())).order_by_asc(C::TotalPence);
    let below = settled.filter(C::TotalPence.lt(total.pence())).order_by_desc(C::TotalPence);
    let mut rows = above.limit(limit).all(handle.connection()).await?;
    rows.extend(below.limit(limit).all(handle.connection()).await?);
    rows.into_iter().map(|row| record(row, None)).collect()
}

/// `key`: given when the free texts are wanted.
fn record(row: table::Model, key: Option<&CompanyKey>) -> Result<Claim> {
    let small = |value: Option<i32>| value.map(|v| u8::try_from(v).unwrap_or(u8::MAX));
    let narrative: Narrative = match (&row.narrative, key) {
        (Some(sealed), Some(key)) => serde_json::from_str(&open_text(key, narrative_place(&row.id), sealed)?)?,
        _ => Narrative::default(),
    };
    Ok(Claim {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        department: parsed_opt(row.department_id.as_ref())?,
        number: row.number,
        reference: row.external_reference,
        status: known(ClaimStatus::from_key(&row.status), "claim status")?,
        channel: row.channel,
        facts: ClaimFacts {
            accident_type: row.accident_type,
            accident_date: parsed_opt(row.accident_date.as_ref())?,
            claim_date: parsed_opt(row.claim_date.as_ref())?,
            injury_prognosis_months: small(row.prognosis_months),
            minor_psychological_injury: row.psychological,
            exceptional_circumstances: row.exceptional,
            whiplash: row.whiplash,
            dominant_injury: row.dominant_injury,
            injury_description: narrative.injury,
            accident_description: narrative.accident,
            vehicle_type: row.vehicle_type,
            vehicle_age: small(row.vehicle_age),
            weather_conditions: row.weather,
            passengers: small(row.passengers),
            police_report_filed: row.police_report,
            witness_present: row.witness,
            heads: serde_json::from_str(&row.heads)?,
        },
        total: Money::from_pence(row.total_pence),
        medical_report: row.medical_report,
        created_by: row.created_by,
        created_at: instant(row.created_at),
        prediction: parsed_opt(row.prediction_id.as_ref())?,
        predicted: row.predicted_pence.map(Money::from_pence),
        settled: row.settled_pence.map(Money::from_pence),
        decided_at: row.decided_at.map(instant),
        decided_by: row.decided_by,
    })
}

fn draft_place(row: &str) -> Place<'_> {
    Place { table: "drafts", column: "body", row }
}

/// Saves a person's draft in place of the one before. `body`: any text; it is encrypted.
pub async fn save_draft(
    tx: &Tx,
    id: DraftId,
    user: UserId,
    company: CompanyId,
    body: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let key = key(tx, company).await?;
    let owner = user.to_string();
    drafts::Entity::insert(drafts::ActiveModel {
        id: Set(id.to_string()),
        body: Set(seal_text(&key, draft_place(&owner), body)?),
        user_id: Set(owner),
        updated_at: Set(at.timestamp_millis()),
    })
    .on_conflict(
        OnConflict::column(drafts::Column::UserId)
            .update_columns([drafts::Column::Body, drafts::Column::UpdatedAt])
            .to_owned(),
    )
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn draft(handle: &impl Handle, user: UserId, company: CompanyId) -> Result<Option<(String, DateTime<Utc>)>> {
    let owner = user.to_string();
    let row = drafts::Entity::find().filter(drafts::Column::UserId.eq(&owner)).one(handle.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let key = key(handle, company).await?;
    Ok(Some((open_text(&key, draft_place(&owner), &row.body)?, instant(row.updated_at))))
}

pub async fn discard_draft(tx: &Tx, user: UserId) -> Result<()> {
    drafts::Entity::delete_many().filter(drafts::Column::UserId.eq(user.to_string())).exec(tx.connection()).await?;
    Ok(())
}
