//! Claims, and what is protected about them.

use chrono::{DateTime, Utc};
use domain::calendar::london_date;
use domain::id::{ClaimId, ClaimantId, CompanyId, DepartmentId, PredictionId};
use domain::settlement::ClaimStatus;
use domain::{ClaimFacts, Heads, Money};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};

use crate::cipher::{Cipher, DataKey, Place, seal_text};
use crate::claimants::{self, Brought};
use crate::entity::{claim_protected, claims as table};
use crate::keys::{Keyring, Wanted, of_claimant};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, known, parsed, parsed_opt, scoped, series};

#[derive(Debug, Clone)]
pub struct Claim {
    pub id: ClaimId,
    pub company: CompanyId,
    pub department: Option<DepartmentId>,
    /// Counts from 1 within the company.
    pub number: i64,
    /// Whose claim it is; `None` for one of an earlier version that has not been moved yet.
    pub claimant: Option<ClaimantId>,
    /// The insurer's own name for the claimant.
    pub claimant_reference: Option<String>,
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
    /// The claimant's key has been destroyed: what was personal is gone, amounts and dates stay.
    pub erased: bool,
}

/// Protected characteristics: encrypted, apart from the claim, never features.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Protected {
    pub driver_age: Option<u8>,
    pub gender: Option<String>,
}

/// What is personal of a claim, encrypted with the claimant's key.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Personal {
    pub facts: ClaimFacts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimant_reference: Option<String>,
}

/// The free texts as earlier versions kept them.
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
    /// A claim number, or the whole of the insurer's reference.
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

pub(crate) fn personal_place(row: &str) -> Place<'_> {
    Place { table: "claims", column: "sealed", row }
}

pub(crate) fn protected_place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place { table: "claim_protected", column, row }
}

/// By which a claim is found by its reference, the whole of it, without regard to case.
pub(crate) fn reference_index(cipher: &Cipher, company: CompanyId, reference: &str) -> Result<String> {
    cipher.lookup("reference", &format!("{company}|{}", reference.trim().to_lowercase()))
}

/// Takes so many claim numbers of a company, and gives the first.
pub async fn take_numbers(tx: &Tx, company: CompanyId, count: usize) -> Result<i64> {
    series::take(tx, &format!("claim:{company}"), count).await
}

/// Rows of one statement: SQLite takes some 32,000 values in one.
const PORTION: usize = 400;

/// The keys of the claimants of claims that were just created, in their order.
pub struct ClaimKeys(pub(crate) Vec<DataKey>);

/// Creates claims and enters their claimants. `claim.claimant` is the id of one who is not known yet; it is
/// set to who they are.
pub async fn create_all(tx: &Tx, claims: &mut [(Claim, Protected)]) -> Result<ClaimKeys> {
    let Some(now) = claims.first().map(|(claim, _)| claim.created_at) else { return Ok(ClaimKeys(Vec::new())) };
    let mut brought = Vec::with_capacity(claims.len());
    for (claim, _) in claims.iter() {
        let id = claim.claimant.ok_or_else(|| StoreError::Corrupt("a new claim needs a claimant".into()))?;
        brought.push(Brought { id, company: claim.company, reference: claim.claimant_reference.as_deref() });
    }
    let keys = claimants::ensure(tx, &brought, now).await?;
    drop(brought);
    let (mut rows, mut protected_rows) = (Vec::with_capacity(claims.len()), Vec::new());
    for ((claim, protected), key) in claims.iter_mut().zip(&keys) {
        claim.claimant = Some(parsed(&key.id)?);
        rows.push(row(tx, key, claim)?);
        if *protected != Protected::default() {
            protected_rows.push(protected_row(key, claim, protected)?);
        }
    }
    for portion in rows.chunks(PORTION) {
        table::Entity::insert_many(portion.iter().cloned()).exec_without_returning(tx.connection()).await?;
    }
    for portion in protected_rows.chunks(PORTION) {
        claim_protected::Entity::insert_many(portion.iter().cloned()).exec_without_returning(tx.connection()).await?;
    }
    Ok(ClaimKeys(keys))
}

/// A claim as a row. In clear stand what lists and figures need: see the register.
fn row(tx: &Tx, key: &DataKey, claim: &Claim) -> Result<table::ActiveModel> {
    let id = claim.id.to_string();
    let index = claim.reference.as_deref().map(|r| reference_index(tx.cipher(), claim.company, r)).transpose()?;
    Ok(table::ActiveModel {
        company_id: Set(claim.company.to_string()),
        department_id: Set(claim.department.map(|d| d.to_string())),
        number: Set(claim.number),
        status: Set(claim.status.key().into()),
        channel: Set(claim.channel.clone()),
        accident_type: Set(claim.facts.accident_type.clone()),
        accident_date: Set(claim.facts.accident_date.map(|d| d.to_string())),
        claim_date: Set(claim.facts.claim_date.map(|d| d.to_string())),
        total_pence: Set(claim.total.pence()),
        medical_report: Set(claim.medical_report),
        created_by: Set(claim.created_by.clone()),
        created_at: Set(claim.created_at.timestamp_millis()),
        prediction_id: Set(claim.prediction.map(|p| p.to_string())),
        predicted_pence: Set(claim.predicted.map(Money::pence)),
        settled_pence: Set(claim.settled.map(Money::pence)),
        decided_at: Set(claim.decided_at.map(|t| t.timestamp_millis())),
        decided_by: Set(claim.decided_by.clone()),
        claimant_id: Set(Some(key.id.clone())),
        reference_index: Set(index),
        sealed: Set(Some(sealed(key, claim)?)),
        created_day: Set(Some(london_date(claim.created_at).to_string())),
        id: Set(id),
        ..nothing_in_clear()?
    })
}

/// The columns in which earlier versions kept what is sealed now, emptied.
pub(crate) fn nothing_in_clear() -> Result<table::ActiveModel> {
    Ok(table::ActiveModel {
        external_reference: Set(None),
        prognosis_months: Set(None),
        psychological: Set(None),
        exceptional: Set(None),
        whiplash: Set(None),
        dominant_injury: Set(None),
        narrative: Set(None),
        vehicle_type: Set(None),
        vehicle_age: Set(None),
        weather: Set(None),
        passengers: Set(None),
        police_report: Set(None),
        witness: Set(None),
        heads: Set(serde_json::to_string(&Heads::default())?),
        ..Default::default()
    })
}

pub(crate) fn sealed(key: &DataKey, claim: &Claim) -> Result<String> {
    let personal = Personal {
        facts: claim.facts.clone(),
        reference: claim.reference.clone(),
        claimant_reference: claim.claimant_reference.clone(),
    };
    seal_text(key, personal_place(&claim.id.to_string()), &serde_json::to_string(&personal)?)
}

fn protected_row(key: &DataKey, claim: &Claim, protected: &Protected) -> Result<claim_protected::ActiveModel> {
    let id = claim.id.to_string();
    let seal =
        |column, value: Option<String>| value.map(|v| seal_text(key, protected_place(column, &id), &v)).transpose();
    Ok(claim_protected::ActiveModel {
        company_id: Set(claim.company.to_string()),
        driver_age: Set(seal("driver_age", protected.driver_age.map(|a| a.to_string()))?),
        gender: Set(seal("gender", protected.gender.clone())?),
        claim_id: Set(id.clone()),
    })
}

pub async fn find(handle: &impl Handle, reach: Reach, id: ClaimId) -> Result<Claim> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    let keys = keyring(handle, std::slice::from_ref(&row)).await?;
    record(row, &keys)
}

/// Those of these claims that are within reach, in any order.
pub async fn by_ids(handle: &impl Handle, reach: Reach, ids: &[ClaimId]) -> Result<Vec<Claim>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

/// What the personal parts of these claims are encrypted with.
async fn keyring(handle: &impl Handle, rows: &[table::Model]) -> Result<Keyring> {
    let mut wanted = Wanted::default();
    for row in rows {
        let company = parsed(&row.company_id)?;
        wanted.add(company, row.sealed.as_ref());
        wanted.add(company, row.narrative.as_ref());
    }
    Keyring::load(handle, wanted).await
}

async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Claim>> {
    let keys = keyring(handle, &rows).await?;
    rows.into_iter().map(|row| record(row, &keys)).collect()
}

/// What changes on a claim after it was entered.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub status: Option<ClaimStatus>,
    pub medical_report: Option<bool>,
    /// The claim as it was seen, with whether it is a whiplash injury, where that has been said since.
    pub whiplash: Option<(Claim, bool)>,
    pub predicted: Option<(PredictionId, Money)>,
    /// Amount, when, by whom.
    pub settled: Option<(Money, DateTime<Utc>, String)>,
}

/// Changes a claim that still stands where the caller saw it; a conflict if another change came
/// first. The row is locked until the transaction ends.
pub async fn progress(tx: &Tx, id: ClaimId, expected: ClaimStatus, change: Progress) -> Result<()> {
    let mut row = table::ActiveModel::default();
    let mut unmoved = false;
    if let Some(status) = change.status {
        row.status = Set(status.key().into());
    }
    if let Some(received) = change.medical_report {
        row.medical_report = Set(received);
    }
    if let Some((mut claim, whiplash)) = change.whiplash {
        claim.facts.whiplash = Some(whiplash);
        match claim.claimant {
            Some(claimant) => row.sealed = Set(Some(sealed(&of_claimant(tx, claimant).await?, &claim)?)),
            None => {
                row.whiplash = Set(Some(whiplash));
                unmoved = true;
            }
        }
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
    let mut update = table::Entity::update_many()
        .set(row)
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Status.eq(expected.key()));
    if unmoved {
        // It may have been moved to its claimant's key since it was read.
        update = update.filter(table::Column::ClaimantId.is_null());
    }
    let done = update.exec(tx.connection()).await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the claim was changed by somebody else".into())),
    }
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
    if let Some(by) = &query.decided_by {
        select = select.filter(C::DecidedBy.eq(by));
    }
    Ok(select)
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

/// Settled claims of one company whose sum of heads lies nearest to `total`, at most `limit` on
/// either side, as candidates for "most similar".
pub async fn settled_near(handle: &impl Handle, reach: Reach, total: Money, limit: u64) -> Result<Vec<Claim>> {
    use table::Column as C;
    let settled = scoped(table::Entity::find(), reach, C::CompanyId).filter(C::SettledPence.is_not_null());
    let above = settled.clone().filter(C::TotalPence.gte(total.pence())).order_by_asc(C::TotalPence);
    let below = settled.filter(C::TotalPence.lt(total.pence())).order_by_desc(C::TotalPence);
    let mut rows = above.limit(limit).all(handle.connection()).await?;
    rows.extend(below.limit(limit).all(handle.connection()).await?);
    records(handle, rows).await
}

fn record(row: table::Model, keys: &Keyring) -> Result<Claim> {
    let company = parsed(&row.company_id)?;
    let personal = match &row.sealed {
        Some(sealed) => match keys.open(company, personal_place(&row.id), sealed)? {
            Some(text) => Some(serde_json::from_str(&text)?),
            None => None,
        },
        None => Some(earlier(&row, company, keys)?),
    };
    let erased = personal.is_none();
    let Personal { facts, reference, claimant_reference } = personal.unwrap_or_else(|| Personal {
        facts: ClaimFacts { accident_type: row.accident_type.clone(), ..ClaimFacts::default() },
        ..Personal::default()
    });
    Ok(Claim {
        id: parsed(&row.id)?,
        company,
        department: parsed_opt(row.department_id.as_ref())?,
        number: row.number,
        claimant: parsed_opt(row.claimant_id.as_ref())?,
        claimant_reference,
        reference,
        status: known(ClaimStatus::from_key(&row.status), "claim status")?,
        channel: row.channel,
        facts,
        total: Money::from_pence(row.total_pence),
        medical_report: row.medical_report,
        created_by: row.created_by,
        created_at: instant(row.created_at),
        prediction: parsed_opt(row.prediction_id.as_ref())?,
        predicted: row.predicted_pence.map(Money::from_pence),
        settled: row.settled_pence.map(Money::from_pence),
        decided_at: row.decided_at.map(instant),
        decided_by: row.decided_by,
        erased,
    })
}

/// What is personal of a claim that an earlier version stored, in columns of its own.
fn earlier(row: &table::Model, company: CompanyId, keys: &Keyring) -> Result<Personal> {
    let small = |value: Option<i32>| value.map(|v| u8::try_from(v).unwrap_or(u8::MAX));
    let narrative: Narrative = match &row.narrative {
        Some(sealed) => match keys.open(company, narrative_place(&row.id), sealed)? {
            Some(text) => serde_json::from_str(&text)?,
            None => Narrative::default(),
        },
        None => Narrative::default(),
    };
    let facts = ClaimFacts {
        accident_type: row.accident_type.clone(),
        accident_date: parsed_opt(row.accident_date.as_ref())?,
        claim_date: parsed_opt(row.claim_date.as_ref())?,
        injury_prognosis_months: small(row.prognosis_months),
        minor_psychological_injury: row.psychological,
        exceptional_circumstances: row.exceptional,
        whiplash: row.whiplash,
        dominant_injury: row.dominant_injury.clone(),
        injury_description: narrative.injury,
        accident_description: narrative.accident,
        vehicle_type: row.vehicle_type.clone(),
        vehicle_age: small(row.vehicle_age),
        weather_conditions: row.weather.clone(),
        passengers: small(row.passengers),
        police_report_filed: row.police_report,
        witness_present: row.witness,
        heads: serde_json::from_str(&row.heads)?,
    };
    Ok(Personal { facts, reference: row.external_reference.clone(), claimant_reference: None })
}
