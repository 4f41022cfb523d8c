//! The use of a period as it is to be charged, frozen for the client to confirm or to query.

use billing::Span;
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{CompanyId, UsageStatementId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::usage_statements as table;
use crate::{Handle, Reach, Result, StoreError, Tx, instant, known, page_of, parsed, scoped};

/// What the client said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing yet; when its day has passed it counts as accepted.
    Open,
    Confirmed,
    Queried,
}

impl State {
    const ALL: [State; 3] = [State::Open, State::Confirmed, State::Queried];

    pub const fn key(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Confirmed => "confirmed",
            State::Queried => "queried",
        }
    }

    pub fn from_key(key: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.key() == key)
    }
}

/// Use of a kind: channel, whose model, how many were charged.
pub type Row = (String, String, u64);

#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub id: UsageStatementId,
    pub company: CompanyId,
    pub period: Span,
    pub charged: u64,
    pub free: u64,
    pub rows: Vec<Row>,
    /// Of the counts by day and kind.
    pub hash: String,
    pub state: State,
    pub words: String,
    pub answered_by: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    /// The last day on which it can be answered.
    pub lapses_on: NaiveDate,
    pub made_at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where the period has one.
pub async fn create(tx: &Tx, statement: &Statement) -> Result<()> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    table::Entity::insert(table::ActiveModel {
        id: Set(statement.id.to_string()),
        company_id: Set(statement.company.to_string()),
        period_from: Set(statement.period.from.to_string()),
        period_until: Set(statement.period.until.to_string()),
        charged: Set(count(statement.charged)),
        free: Set(count(statement.free)),
        body: Set(serde_json::to_string(&statement.rows)?),
        hash: Set(statement.hash.clone()),
        state: Set(statement.state.key().into()),
        words: Set(statement.words.clone()),
        answered_by: Set(None),
        answered_at: Set(None),
        lapses_on: Set(statement.lapses_on.to_string()),
        made_at: Set(statement.made_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Notes what the client says of an open one; a conflict where that was said before.
pub async fn answer(
    tx: &Tx,
    id: UsageStatementId,
    state: State,
    words: &str,
    by: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let change = table::ActiveModel {
        state: Set(state.key().into()),
        words: Set(words.to_owned()),
        answered_by: Set(Some(by.to_owned())),
        answered_at: Set(Some(at.timestamp_millis())),
        ..Default::default()
    };
    let done = table::Entity::update_many()
        .set(change)
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::State.ne(State::Confirmed.key()))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("it is confirmed already".into())),
    }
}

pub async fn find(handle: &impl Handle, reach: Reach, id: UsageStatementId) -> Result<Statement> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?;
    record(row.ok_or(StoreError::NotFound)?)
}

pub async fn of_period(handle: &impl Handle, company: CompanyId, from: NaiveDate) -> Result<Option<Statement>> {
    let row = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::PeriodFrom.eq(from.to_string()))
        .one(handle.connection())
        .await?;
    row.map(record).transpose()
}

/// One page of them, the newest period first, and how many there are.
pub async fn page(handle: &impl Handle, reach: Reach, page: u64, per_page: u64) -> Result<(Vec<Statement>, u64)> {
    let select = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    let order = (table::Column::PeriodFrom, table::Column::Id);
    let (rows, total) = page_of(handle, select, order, (page, per_page)).await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

fn record(row: table::Model) -> Result<Statement> {
    Ok(Statement {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        period: Span::new(parsed(&row.period_from)?, parsed(&row.period_until)?),
        charged: row.charged.unsigned_abs(),
        free: row.free.unsigned_abs(),
        rows: serde_json::from_str(&row.body)?,
        hash: row.hash,
        state: known(State::from_key(&row.state), "state of a statement")?,
        words: row.words,
        answered_by: row.answered_by,
        answered_at: row.answered_at.map(instant),
        lapses_on: parsed(&row.lapses_on)?,
        made_at: instant(row.made_at),
    })
}
