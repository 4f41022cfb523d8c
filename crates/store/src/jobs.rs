//! Work that is put off: one table, claimed by compare and set.
//!
//! A job is enqueued in the transaction of the change that asks for it. A worker claims it for the
//! length of a lease, with a token of its own; whoever has lost the lease changes nothing any more
//! ([`hold`]). Payloads hold ids and never personal data.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, JobId};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};

use crate::entity::jobs as table;
use crate::{Handle, Reach, Result, Store, StoreError, Tx, count_all, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl State {
    pub const ALL: [State; 5] = [State::Waiting, State::Running, State::Failed, State::Done, State::Cancelled];

    pub const fn key(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }

    pub fn from_key(key: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.key() == key)
    }
}

/// Work as it is asked for.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub id: JobId,
    pub kind: &'static str,
    /// For which company; `None` for what concerns the installation.
    pub company: Option<CompanyId>,
    pub payload: serde_json::Value,
    /// While a job with this key waits or runs, no other with the same is taken.
    pub dedupe_key: Option<String>,
    /// What it was ordered together with, by which all of them are found.
    pub batch: Option<String>,
    pub due_at: DateTime<Utc>,
    /// How often it is tried.
    pub attempts: u32,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub company: Option<CompanyId>,
    /// JSON.
    pub payload: String,
    pub state: State,
    pub due_at: DateTime<Utc>,
    /// How often it was begun.
    pub attempt: u32,
    pub attempts: u32,
    /// Somebody asked that it ends.
    pub stop_asked: bool,
    /// How much is done, and of how much.
    pub progress: Option<(u64, u64)>,
    /// In words, of one that is done.
    pub result: Option<String>,
    /// In words, of the last attempt that failed.
    pub error: Option<String>,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// The right to work on a job, until somebody else has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub job: JobId,
    pub token: String,
}

/// Enqueues in the caller's transaction; `false` where the same work waits or runs already.
pub async fn enqueue(tx: &Tx, job: &NewJob) -> Result<bool> {
    let row = table::ActiveModel {
        id: Set(job.id.to_string()),
        kind: Set(job.kind.into()),
        company_id: Set(job.company.map(|c| c.to_string())),
        payload: Set(job.payload.to_string()),
        dedupe_key: Set(job.dedupe_key.clone()),
        batch: Set(job.batch.clone()),
        state: Set(State::Waiting.key().into()),
        due_at: Set(job.due_at.timestamp_millis()),
        attempt: Set(0),
        attempts: Set(i32::try_from(job.attempts).unwrap_or(i32::MAX)),
        lease_token: Set(None),
        lease_until: Set(None),
        stop_asked: Set(false),
        progress_done: Set(None),
        progress_of: Set(None),
        result: Set(None),
        error: Set(None),
        created_by: Set(job.created_by.clone()),
        created_at: Set(job.created_at.timestamp_millis()),
        started_at: Set(None),
        finished_at: Set(None),
    };
    let taken = table::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(taken == 1)
}

/// What can be begun at an instant: what is due, and what a worker that is gone left behind.
fn claimable(kinds: &[&str], now: i64) -> Condition {
    use table::Column as C;
    let due = Condition::all().add(C::State.eq(State::Waiting.key())).add(C::DueAt.lte(now));
    let left = Condition::all().add(C::State.eq(State::Running.key())).add(C::LeaseUntil.lt(now));
    Condition::all().add(C::Kind.is_in(kinds.iter().copied())).add(Condition::any().add(due).add(left))
}

/// Claims the job of these kinds that has been due longest, if there is any: one statement decides who
/// gets it.
pub async fn claim(
    store: &Store,
    kinds: &[&str],
    served: &[String],
    token: &str,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> Result<Option<(Job, Lease)>> {
    use table::Column as C;
    let at = now.timestamp_millis();
    // A look first: on SQLite whoever writes keeps the others waiting.
    let waits = table::Entity::find().filter(claimable(kinds, at)).one(store.connection()).await?;
    if waits.is_none() {
        return Ok(None);
    }
    let next = Query::select()
        .column(C::Id)
        .from(table::Entity)
        .cond_where(claimable(kinds, at))
        .order_by_expr(turn(served), sea_orm::Order::Asc)
        .order_by(C::DueAt, sea_orm::Order::Asc)
        .limit(1)
        // Without effect on SQLite, where one connection writes.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let tx = store.write().begin().await?;
    let claimed = table::Entity::update_many()
        .col_expr(C::State, Expr::value(State::Running.key()))
        .col_expr(C::LeaseToken, Expr::value(token))
        .col_expr(C::LeaseUntil, Expr::value(lease_until.timestamp_millis()))
        .col_expr(C::Attempt, Expr::col(C::Attempt).add(1))
        .col_expr(C::StartedAt, Expr::value(at))
        .filter(Expr::col(C::Id).eq(Expr::SubQuery(None, Box::new(next.into()))))
        .exec_with_returning(&tx)
        .await?;
    tx.commit().await?;
    let Some(row) = claimed.into_iter().next() else { return Ok(None) };
    let job = record(row)?;
    let lease = Lease { job: job.id, token: token.to_owned() };
    Ok(Some((job, lease)))
}

/// Whose turn it is: who was not served lately comes first, then who was served longest ago. So nobody's hundred jobs keep
/// another's one waiting.
fn turn(served: &[String]) -> Expr {
    let mut turn = CaseStatement::new();
    for (place, company) in served.iter().enumerate() {
        turn = turn.case(Expr::col(table::Column::CompanyId).eq(company), i32::try_from(place).unwrap_or(i32::MAX) + 1);
    }
    if served.is_empty() { Expr::val(0) } else { turn.finally(0).into() }
}

/// A change of the job that only the holder of its lease may make.
fn leased(lease: &Lease) -> sea_orm::UpdateMany<table::Entity> {
    table::Entity::update_many()
        .filter(table::Column::Id.eq(lease.job.to_string()))
        .filter(table::Column::LeaseToken.eq(&lease.token))
        .filter(table::Column::State.eq(State::Running.key()))
}

fn held(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Makes sure, first thing in a transaction, that the lease still stands, and locks it until the
/// transaction ends: nobody takes the job over in between.
///
/// # Errors
///
/// [`StoreError::LeaseLost`] if somebody else works on the job, or nobody should any more.
pub async fn hold(tx: &Tx, lease: &Lease) -> Result<()> {
    let token = Expr::value(lease.token.as_str());
    held(leased(lease).col_expr(table::Column::LeaseToken, token).exec(tx.connection()).await?.rows_affected)
}

/// Keeps the lease, and says whether somebody asked that the job ends.
pub async fn beat(store: &Store, lease: &Lease, until: DateTime<Utc>) -> Result<bool> {
    let until = Expr::value(until.timestamp_millis());
    held(leased(lease).col_expr(table::Column::LeaseUntil, until).exec(store.write()).await?.rows_affected)?;
    stop_asked(store, lease).await
}

/// Whether somebody asked that the job ends.
pub async fn stop_asked(handle: &impl Handle, lease: &Lease) -> Result<bool> {
    let row = table::Entity::find_by_id(lease.job.to_string()).one(handle.connection()).await?;
    Ok(row.is_none_or(|row| row.stop_asked || row.lease_token.as_deref() != Some(&lease.token)))
}

/// Notes how far the job is.
pub async fn progress(tx: &Tx, lease: &Lease, done: u64, of: u64) -> Result<()> {
    let number = |n: u64| Expr::value(i64::try_from(n).unwrap_or(i64::MAX));
    let changed = leased(lease)
        .col_expr(table::Column::ProgressDone, number(done))
        .col_expr(table::Column::ProgressOf, number(of))
        .exec(tx.connection())
        .await?;
    held(changed.rows_affected)
}

/// How a job's attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Done(String),
    /// It is tried again then.
    Again(String, DateTime<Utc>),
    Failed(String),
    Cancelled,
}

/// Ends an attempt, if the lease still stands.
pub async fn finish(tx: &Tx, lease: &Lease, end: &End, now: DateTime<Utc>) -> Result<()> {
    use table::Column as C;
    let none = || Expr::value(Option::<String>::None);
    let update =
        leased(lease).col_expr(C::LeaseToken, none()).col_expr(C::LeaseUntil, Expr::value(Option::<i64>::None));
    let (state, update) = match end {
        End::Done(result) => {
            (State::Done, update.col_expr(C::Result, Expr::value(result.as_str())).col_expr(C::Error, none()))
        }
        End::Again(error, due) => {
            let due = Expr::value(due.timestamp_millis());
            (State::Waiting, update.col_expr(C::Error, Expr::value(error.as_str())).col_expr(C::DueAt, due))
        }
        End::Failed(error) => (State::Failed, update.col_expr(C::Error, Expr::value(error.as_str()))),
        End::Cancelled => (State::Cancelled, update),
    };
    let mut update = update.col_expr(C::State, Expr::value(state.key()));
    if state != State::Waiting {
        update = update.col_expr(C::FinishedAt, Expr::value(now.timestamp_millis()));
    }
    held(update.exec(tx.connection()).await?.rows_affected)
}

pub async fn find(handle: &impl Handle, reach: Reach, id: JobId) -> Result<Job> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(row)
}

/// Cancels a job that waits, and asks one that runs to end.
///
/// # Errors
///
/// [`StoreError::Conflict`] if it has ended.
pub async fn cancel(tx: &Tx, id: JobId, now: DateTime<Utc>) -> Result<()> {
    use table::Column as C;
    let of = || table::Entity::update_many().filter(C::Id.eq(id.to_string()));
    let waiting = of()
        .filter(C::State.eq(State::Waiting.key()))
        .col_expr(C::State, Expr::value(State::Cancelled.key()))
        .col_expr(C::FinishedAt, Expr::value(now.timestamp_millis()))
        .exec(tx.connection())
        .await?;
    if waiting.rows_affected == 1 {
        return Ok(());
    }
    let running = of()
        .filter(C::State.eq(State::Running.key()))
        .col_expr(C::StopAsked, Expr::value(true))
        .exec(tx.connection())
        .await?;
    if running.rows_affected == 1 { Ok(()) } else { Err(StoreError::Conflict("the job has ended".into())) }
}

/// Puts a job that failed or was cancelled in the queue once more, with all its attempts.
///
/// # Errors
///
/// [`StoreError::Conflict`] if it has not ended so, or the same work waits or runs.
pub async fn again(tx: &Tx, id: JobId, now: DateTime<Utc>) -> Result<()> {
    use table::Column as C;
    let changed = table::Entity::update_many()
        .filter(C::Id.eq(id.to_string()))
        .filter(C::State.is_in([State::Failed.key(), State::Cancelled.key()]))
        .col_expr(C::State, Expr::value(State::Waiting.key()))
        .col_expr(C::DueAt, Expr::value(now.timestamp_millis()))
        .col_expr(C::Attempt, Expr::value(0))
        .col_expr(C::StopAsked, Expr::value(false))
        .col_expr(C::FinishedAt, Expr::value(Option::<i64>::None))
        .exec(tx.connection())
        .await?;
    if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::Conflict("the job has not failed".into())) }
}

/// How many jobs within reach stand so.
pub async fn count(handle: &impl Handle, reach: Reach, state: State) -> Result<u64> {
    let select = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    count_all(handle, select.filter(table::Column::State.eq(state.key()))).await
}

/// The jobs of a kind within reach that wait or run, the newest first.
pub async fn under_way(handle: &impl Handle, reach: Reach, kind: &str, limit: u64) -> Result<Vec<Job>> {
    use table::Column as C;
    let rows = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::Kind.eq(kind))
        .filter(C::State.is_in([State::Waiting.key(), State::Running.key()]))
        .order_by_desc(C::Id)
        .limit(limit)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

/// Those of a kind within reach that have ended since, the last first.
pub async fn ended_since(
    handle: &impl Handle,
    reach: Reach,
    kind: &str,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Job>> {
    use table::Column as C;
    let rows = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::Kind.eq(kind))
        .filter(C::FinishedAt.gte(since.timestamp_millis()))
        .order_by_desc(C::FinishedAt)
        .limit(limit)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

/// The newest jobs within reach of one state, or of all; those after a certain one, if it is named.
pub async fn list(
    handle: &impl Handle,
    reach: Reach,
    state: Option<State>,
    after: Option<JobId>,
    limit: u64,
) -> Result<Vec<Job>> {
    use table::Column as C;
    let mut select = scoped(table::Entity::find(), reach, C::CompanyId);
    if let Some(state) = state {
        select = select.filter(C::State.eq(state.key()));
    }
    if let Some(after) = after {
        // Ids begin with the time at which they were made.
        select = select.filter(C::Id.lt(after.to_string()));
    }
    let rows = select.order_by_desc(C::Id).limit(limit).all(handle.connection()).await?;
    rows.into_iter().map(record).collect()
}

/// The jobs that were ordered together, newest first.
pub async fn of_batch(handle: &impl Handle, batch: &str, limit: u64) -> Result<Vec<Job>> {
    let of = table::Entity::find().filter(table::Column::Batch.eq(batch));
    let rows = of.order_by_desc(table::Column::Id).limit(limit).all(handle.connection()).await?;
    rows.into_iter().map(record).collect()
}

/// The newest job of a kind.
pub async fn newest(handle: &impl Handle, kind: &str) -> Result<Option<Job>> {
    let of = table::Entity::find().filter(table::Column::Kind.eq(kind));
    of.order_by_desc(table::Column::Id).one(handle.connection()).await?.map(record).transpose()
}

/// Forgets jobs that ended before an instant; those that failed only before another, because somebody has to
/// look at them.
pub async fn sweep(tx: &Tx, before: DateTime<Utc>, failed_before: DateTime<Utc>) -> Result<u64> {
    let ended = |states: &[State], before: DateTime<Utc>| {
        table::Entity::delete_many()
            .filter(table::Column::FinishedAt.lt(before.timestamp_millis()))
            .filter(table::Column::State.is_in(states.iter().map(|s| s.key())))
    };
    let gone = ended(&[State::Done, State::Cancelled], before).exec(tx.connection()).await?;
    let failed = ended(&[State::Failed], failed_before).exec(tx.connection()).await?;
    Ok(gone.rows_affected + failed.rows_affected)
}

fn record(row: table::Model) -> Result<Job> {
    let progress = row.progress_done.zip(row.progress_of).map(|(d, o)| (d.unsigned_abs(), o.unsigned_abs()));
    Ok(Job {
        id: parsed(&row.id)?,
        kind: row.kind,
        company: parsed_opt(row.company_id.as_ref())?,
        payload: row.payload,
        state: known(State::from_key(&row.state), "state of a job")?,
        due_at: instant(row.due_at),
        attempt: row.attempt.unsigned_abs(),
        attempts: row.attempts.unsigned_abs(),
        stop_asked: row.stop_asked,
        progress,
        result: row.result,
        error: row.error,
        created_by: row.created_by,
        created_at: instant(row.created_at),
        started_at: row.started_at.map(instant),
        finished_at: row.finished_at.map(instant),
    })
}
