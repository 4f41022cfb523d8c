//! Claims, and what is protected about them.

mod create;
mod list;
mod row;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::id::{ClaimId, ClaimantId, CompanyId, DepartmentId, PredictionId};
use domain::settlement::ClaimStatus;
use domain::{ClaimFacts, Money};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

pub use create::{ClaimKeys, claimants, claimants_alone, create_all, take_numbers, take_numbers_alone};
pub use list::{ClaimQuery, Sort, count, list, named, next_open, settled_near, some};
pub(crate) use row::{nothing_in_clear, protected_place, reference_index, sealed};

use crate::entity::claim_protected as apart;
use crate::entity::claims as table;
use crate::keys::{Keyring, Wanted, of_claimant};
use crate::{Handle, Reach, Result, StoreError, Tx, parsed, scoped};
use row::records;

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

pub async fn find(handle: &impl Handle, reach: Reach, id: ClaimId) -> Result<Claim> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    records(handle, vec![row]).await?.pop().ok_or(StoreError::NotFound)
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

/// What changes on a claim after it was entered.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    pub status: Option<ClaimStatus>,
    pub medical_report: Option<bool>,
    /// The claim as it was seen, with whether it is a whiplash injury, where that has been said since, or taken back.
    pub whiplash: Option<(Claim, Option<bool>)>,
    pub predicted: Option<(PredictionId, Money)>,
    /// Amount, when, by whom; an inner `None` takes the settlement back.
    pub settled: Option<Option<(Money, DateTime<Utc>, String)>>,
}

/// The numbers of these claims within reach.
pub async fn numbers(handle: &impl Handle, reach: Reach, ids: &[ClaimId]) -> Result<BTreeMap<ClaimId, i64>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(String, i64)> = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .select_only()
        .columns([table::Column::Id, table::Column::Number])
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter().map(|(id, number)| Ok((parsed(&id)?, number))).collect()
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
        claim.facts.whiplash = whiplash;
        match claim.claimant {
            Some(claimant) => row.sealed = Set(Some(sealed(&of_claimant(tx, claimant).await?, &claim)?)),
            None => {
                row.whiplash = Set(whiplash);
                unmoved = true;
            }
        }
    }
    if let Some((prediction, amount)) = change.predicted {
        row.prediction_id = Set(Some(prediction.to_string()));
        row.predicted_pence = Set(Some(amount.pence()));
    }
    if let Some(settled) = change.settled {
        row.settled_pence = Set(settled.as_ref().map(|(amount, ..)| amount.pence()));
        row.decided_at = Set(settled.as_ref().map(|(_, at, _)| at.timestamp_millis()));
        row.decided_by = Set(settled.map(|(.., by)| by));
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

/// Locks claims until the transaction ends: whoever changes one of them waits.
pub async fn wait_for(tx: &Tx, ids: &[ClaimId]) -> Result<()> {
    // In one order, so that two who lock the same do not wait for each other in a ring.
    table::Entity::find()
        .select_only()
        .column(table::Column::Id)
        .filter(table::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .order_by_asc(table::Column::Id)
        .lock_exclusive()
        .into_tuple::<String>()
        .all(tx.connection())
        .await?;
    Ok(())
}

/// Locks a claim until the transaction ends: whether it still says what the caller saw, and has the prediction that they
/// saw.
///
/// # Errors
///
/// A conflict where it stands otherwise by now, such as decided.
pub async fn hold(tx: &Tx, seen: &Claim) -> Result<bool> {
    // A change to what it is already: the row is locked before it is looked at.
    progress(tx, seen.id, seen.status, Progress { status: Some(seen.status), ..Progress::default() }).await?;
    let now = find(tx, Reach::Company(seen.company), seen.id).await?;
    Ok((&now.facts, &now.reference, &now.claimant_reference)
        == (&seen.facts, &seen.reference, &seen.claimant_reference)
        && (now.medical_report, now.prediction) == (seen.medical_report, seen.prediction))
}

/// What a claim states is otherwise than it was: the facts with their sum, references, and what is protected. It must
/// stand where the caller saw it.
///
/// # Errors
///
/// A conflict where another change came first.
pub async fn restate(
    tx: &Tx,
    (before, was): (&Claim, &Protected),
    (claim, protected): (&Claim, &Protected),
) -> Result<()> {
    let claimant = claim.claimant.ok_or_else(|| StoreError::Conflict("the claim is being moved".into()))?;
    let key = of_claimant(tx, claimant).await?;
    let change = row::row(tx.cipher(), &key, claim)?;
    // Where it stands, and what was decided of it, is not touched; and a prediction only where the facts are others.
    let same = claim.facts == before.facts;
    let change = table::ActiveModel {
        prediction_id: if same { NotSet } else { change.prediction_id },
        predicted_pence: if same { NotSet } else { change.predicted_pence },
        id: NotSet,
        company_id: NotSet,
        department_id: NotSet,
        number: NotSet,
        status: NotSet,
        channel: NotSet,
        created_by: NotSet,
        created_at: NotSet,
        created_day: NotSet,
        settled_pence: NotSet,
        decided_at: NotSet,
        decided_by: NotSet,
        claimant_id: NotSet,
        ..change
    };
    // The row is locked before it is looked at: two who state something of one claim at once do not undo each other's.
    if !hold(tx, before).await? || self::protected(tx, before).await? != *was {
        return Err(StoreError::Conflict("the claim was changed by somebody else".into()));
    }
    table::Entity::update_many()
        .set(change)
        .filter(table::Column::Id.eq(claim.id.to_string()))
        .exec(tx.connection())
        .await?;
    apart::Entity::delete_by_id(claim.id.to_string()).exec(tx.connection()).await?;
    if *protected != Protected::default() {
        let row = row::protected_row(&key, claim, protected)?;
        apart::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// What is protected of each of these claims that has anything: for audits.
pub async fn protected_of(handle: &impl Handle, claims: &[Claim]) -> Result<BTreeMap<ClaimId, Protected>> {
    let companies: BTreeMap<String, CompanyId> = claims.iter().map(|c| (c.id.to_string(), c.company)).collect();
    let rows = apart::Entity::find()
        .filter(apart::Column::ClaimId.is_in(companies.keys().cloned()))
        .all(handle.connection())
        .await?;
    let of = |row: &apart::Model| companies.get(&row.claim_id).copied().ok_or(StoreError::NotFound);
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(of(row)?, row.driver_age.as_ref());
        wanted.add(of(row)?, row.gender.as_ref());
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.iter().map(|row| Ok((parsed(&row.claim_id)?, opened(&keys, of(row)?, row)?))).collect()
}

/// Of an erased claimant nothing is left.
fn opened(keys: &Keyring, company: CompanyId, row: &apart::Model) -> Result<Protected> {
    let open = |column, sealed: Option<&String>| match sealed {
        Some(sealed) => keys.open(company, protected_place(column, &row.claim_id), sealed),
        None => Ok(None),
    };
    let age = open("driver_age", row.driver_age.as_ref())?;
    Ok(Protected { driver_age: age.and_then(|a| a.parse().ok()), gender: open("gender", row.gender.as_ref())? })
}

/// What is protected of a claim: for stating it anew, never for a prediction.
pub async fn protected(handle: &impl Handle, claim: &Claim) -> Result<Protected> {
    let Some(row) = apart::Entity::find_by_id(claim.id.to_string()).one(handle.connection()).await? else {
        return Ok(Protected::default());
    };
    let mut wanted = Wanted::default();
    wanted.add(claim.company, row.driver_age.as_ref());
    wanted.add(claim.company, row.gender.as_ref());
    let keys = Keyring::load(handle, wanted).await?;
    opened(&keys, claim.company, &row)
}
