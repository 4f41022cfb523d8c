//! Next actions on claims, each somebody's and due on a day.

use chrono::{DateTime, NaiveDate, Utc};
use domain::clock::{Runs, run_out_by};
use domain::id::{ClaimId, CompanyId, DiaryId, UserId};
use domain::settlement::ClaimStatus;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cipher::{Place, seal_text};
use crate::entity::{claims, diary as table};
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, parsed, scoped};

/// The most that are listed at once.
pub const MOST: u64 = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub id: DiaryId,
    pub company: CompanyId,
    pub claim: ClaimId,
    /// Whose it is.
    pub user: UserId,
    /// Encrypted with the claimant's key.
    pub words: String,
    pub due: NaiveDate,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    pub done: Option<(String, DateTime<Utc>)>,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "diary", column: "sealed", row }
}

pub async fn create(tx: &Tx, action: &Action) -> Result<()> {
    let id = action.id.to_string();
    let key = keys::of_claim(tx, action.claim).await?;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(action.company.to_string()),
        claim_id: Set(action.claim.to_string()),
        user_id: Set(action.user.to_string()),
        sealed: Set(seal_text(&key, place(&id), &action.words)?),
        due_on: Set(action.due.to_string()),
        made_by: Set(action.made_by.clone()),
        made_at: Set(action.made_at.timestamp_millis()),
        done_by: Set(None),
        done_at: Set(None),
        clock: Set(None),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: DiaryId) -> Result<Action> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    records(handle, vec![row]).await?.pop().ok_or(StoreError::NotFound)
}

/// Fails with a conflict where it was done before.
pub async fn done(tx: &Tx, id: DiaryId, by: &str, at: DateTime<Utc>) -> Result<()> {
    let done = table::Entity::update_many()
        .col_expr(table::Column::DoneBy, Expr::value(by))
        .col_expr(table::Column::DoneAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::DoneAt.is_null())
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("it is done already".into())),
    }
}

/// Says that a claim's clock is met; `false` where it was said before.
pub async fn meet(tx: &Tx, met: &Action, clock: &str) -> Result<bool> {
    let id = met.id.to_string();
    let key = keys::of_claim(tx, met.claim).await?;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(met.company.to_string()),
        claim_id: Set(met.claim.to_string()),
        user_id: Set(met.user.to_string()),
        sealed: Set(seal_text(&key, place(&id), &met.words)?),
        due_on: Set(met.due.to_string()),
        made_by: Set(met.made_by.clone()),
        made_at: Set(met.made_at.timestamp_millis()),
        done_by: Set(Some(met.made_by.clone())),
        done_at: Set(Some(met.made_at.timestamp_millis())),
        clock: Set(Some(clock.to_owned())),
        id: Set(id),
    })
    .on_conflict(OnConflict::columns([table::Column::ClaimId, table::Column::Clock]).do_nothing().to_owned())
    .exec_without_returning(tx.connection())
    .await
    .map(|rows| rows == 1)
    .map_err(Into::into)
}

/// Takes back that a clock is met; `false` where it was not.
pub async fn unmeet(tx: &Tx, claim: ClaimId, clock: &str) -> Result<bool> {
    let gone = table::Entity::delete_many()
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .filter(table::Column::Clock.eq(clock))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected == 1)
}

/// The clocks of these claims that are met: the clock, by whom and when.
pub async fn met(
    handle: &impl Handle,
    reach: Reach,
    all: &[ClaimId],
) -> Result<Vec<(ClaimId, String, String, DateTime<Utc>)>> {
    let mut found = Vec::new();
    for portion in all.chunks(100) {
        let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
            .filter(table::Column::ClaimId.is_in(portion.iter().map(ToString::to_string)))
            .filter(table::Column::Clock.is_not_null())
            .all(handle.connection())
            .await?;
        for row in rows {
            if let (Some(clock), Some(by), Some(at)) = (row.clock, row.done_by, row.done_at) {
                found.push((parsed(&row.claim_id)?, clock, by, instant(at)));
            }
        }
    }
    Ok(found)
}

/// How many clocks of a person's open claims have run out by a day and are not met.
pub async fn run_out(handle: &impl Handle, company: CompanyId, user: UserId, by: NaiveDate) -> Result<u64> {
    let mut count = 0;
    for (clock, runs, latest) in run_out_by(by) {
        let from = match runs {
            Runs::FromAccident => claims::Column::AccidentDate,
            Runs::FromClaim => claims::Column::ClaimDate,
        };
        let met = Query::select()
            .expr(Expr::val(1))
            .from(table::Entity)
            .and_where(Expr::col((table::Entity, table::Column::ClaimId)).equals((claims::Entity, claims::Column::Id)))
            .and_where(Expr::col((table::Entity, table::Column::Clock)).eq(clock))
            .to_owned();
        let open = claims::Entity::find()
            .filter(claims::Column::CompanyId.eq(company.to_string()))
            .filter(claims::Column::CreatedBy.eq(user.to_string()))
            .filter(claims::Column::Status.eq(ClaimStatus::Open.key()))
            .filter(from.lte(latest.to_string()))
            .filter(Expr::exists(met).not());
        count += count_some(handle, open).await?;
    }
    Ok(count)
}

/// What a person has to do in their company, the soonest first.
pub async fn of_person(handle: &impl Handle, company: CompanyId, user: UserId) -> Result<Vec<Action>> {
    let rows = table::Entity::find()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::DoneAt.is_null())
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .order_by_asc(table::Column::DueOn)
        .order_by_asc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

/// How many of a person's actions are due by a day.
pub async fn due(handle: &impl Handle, company: CompanyId, user: UserId, by: NaiveDate) -> Result<u64> {
    let due = table::Entity::find()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::DoneAt.is_null())
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::DueOn.lte(by.to_string()));
    count_some(handle, due).await
}

/// What is to be done on a claim, the soonest first.
pub async fn of_claim(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Vec<Action>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .filter(table::Column::DoneAt.is_null())
        .order_by_asc(table::Column::DueOn)
        .order_by_asc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Action>> {
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, Some(&row.sealed));
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter()
        .map(|row| {
            let company = parsed(&row.company_id)?;
            Ok(Action {
                id: parsed(&row.id)?,
                company,
                claim: parsed(&row.claim_id)?,
                user: parsed(&row.user_id)?,
                // Of an erased claimant the words are gone.
                words: keys.open(company, place(&row.id), &row.sealed)?.unwrap_or_default(),
                due: parsed(&row.due_on)?,
                made_by: row.made_by,
                made_at: instant(row.made_at),
                done: row.done_by.zip(row.done_at.map(instant)),
            })
        })
        .collect()
}
