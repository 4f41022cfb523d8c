//! When work is done again and again. A tick is a row: of two schedulers one writes it.

use chrono::{DateTime, Utc};
use domain::id::JobId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{schedules as table, ticks};
use crate::{Handle, Result, Tx, instant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub name: String,
    pub kind: String,
    /// JSON.
    pub payload: String,
    /// Five fields: minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// IANA name.
    pub zone: String,
    pub next_due_at: DateTime<Utc>,
}

/// Writes a schedule or what has changed of it.
pub async fn put(tx: &Tx, schedule: &Schedule, now: DateTime<Utc>) -> Result<()> {
    use table::Column as C;
    table::Entity::insert(table::ActiveModel {
        name: Set(schedule.name.clone()),
        kind: Set(schedule.kind.clone()),
        payload: Set(schedule.payload.clone()),
        cron: Set(schedule.cron.clone()),
        zone: Set(schedule.zone.clone()),
        next_due_at: Set(schedule.next_due_at.timestamp_millis()),
        updated_at: Set(now.timestamp_millis()),
    })
    .on_conflict(
        OnConflict::column(C::Name)
            .update_columns([C::Kind, C::Payload, C::Cron, C::Zone, C::NextDueAt, C::UpdatedAt])
            .to_owned(),
    )
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn list(handle: &impl Handle) -> Result<Vec<Schedule>> {
    let rows = table::Entity::find().order_by_asc(table::Column::NextDueAt).all(handle.connection()).await?;
    Ok(rows.into_iter().map(record).collect())
}

pub async fn find(handle: &impl Handle, name: &str) -> Result<Option<Schedule>> {
    Ok(table::Entity::find_by_id(name).one(handle.connection()).await?.map(record))
}

/// The same, locked until the transaction ends.
pub async fn hold(tx: &Tx, name: &str) -> Result<Option<Schedule>> {
    Ok(table::Entity::find_by_id(name).lock_exclusive().one(tx.connection()).await?.map(record))
}

/// Whether there was one.
pub async fn remove(tx: &Tx, name: &str) -> Result<bool> {
    let done = table::Entity::delete_by_id(name).exec(tx.connection()).await?;
    Ok(done.rows_affected == 1)
}

/// Those that are due.
pub async fn due(handle: &impl Handle, now: DateTime<Utc>) -> Result<Vec<Schedule>> {
    let rows = table::Entity::find()
        .filter(table::Column::NextDueAt.lte(now.timestamp_millis()))
        .all(handle.connection())
        .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// Sets when it is due next.
pub async fn move_on(tx: &Tx, name: &str, next: DateTime<Utc>) -> Result<()> {
    table::Entity::update(table::ActiveModel {
        name: Set(name.into()),
        next_due_at: Set(next.timestamp_millis()),
        ..Default::default()
    })
    .exec(tx.connection())
    .await?;
    Ok(())
}

/// A moment at which a schedule was due, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub schedule: String,
    pub due_at: DateTime<Utc>,
    pub job: Option<JobId>,
    /// Why it was left out.
    pub skipped: Option<String>,
}

/// Notes a tick; `false` if somebody else has.
pub async fn tick(tx: &Tx, tick: &Tick, now: DateTime<Utc>) -> Result<bool> {
    let noted = ticks::Entity::insert(ticks::ActiveModel {
        schedule: Set(tick.schedule.clone()),
        due_at: Set(tick.due_at.timestamp_millis()),
        job_id: Set(tick.job.map(|j| j.to_string())),
        skipped: Set(tick.skipped.clone()),
        at: Set(now.timestamp_millis()),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(tx.connection())
    .await?;
    Ok(noted == 1)
}

/// The last ticks of a schedule, newest first.
pub async fn ticks(handle: &impl Handle, schedule: &str, limit: u64) -> Result<Vec<Tick>> {
    let rows = ticks::Entity::find()
        .filter(ticks::Column::Schedule.eq(schedule))
        .order_by_desc(ticks::Column::DueAt)
        .limit(limit)
        .all(handle.connection())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Tick {
            schedule: row.schedule,
            due_at: instant(row.due_at),
            job: row.job_id.and_then(|id| id.parse().ok()),
            skipped: row.skipped,
        })
        .collect())
}

/// Forgets ticks of before an instant.
pub async fn sweep(tx: &Tx, before: DateTime<Utc>) -> Result<u64> {
    let before = before.timestamp_millis();
    let gone = ticks::Entity::delete_many().filter(ticks::Column::DueAt.lt(before)).exec(tx.connection()).await?;
    Ok(gone.rows_affected)
}

fn record(row: table::Model) -> Schedule {
    Schedule {
        name: row.name,
        kind: row.kind,
        payload: row.payload,
        cron: row.cron,
        zone: row.zone,
        next_due_at: instant(row.next_due_at),
    }
}
