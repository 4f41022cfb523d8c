//! Lines of the bank's files: each is kept once, whatever file brings it again.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{BankLineId, PaymentId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::entity::bank_lines as table;
use crate::{Handle, Result, StoreError, Tx, instant, known, page_of, parsed, parsed_opt};

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    /// A person recorded its payment.
    Posted,
    /// A person said that it is none of a client's.
    Ignored,
}

impl State {
    const ALL: [State; 3] = [State::Open, State::Posted, State::Ignored];

    pub const fn key(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Posted => "posted",
            State::Ignored => "ignored",
        }
    }

    pub fn from_key(key: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.key() == key)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct BankLine {
    pub id: BankLineId,
    pub account: String,
    /// Tells it from every other: [`billing::matching::line_key`].
    pub key: String,
    pub day: NaiveDate,
    pub description: String,
    pub amount: Money,
    pub state: State,
    pub payment: Option<PaymentId>,
    pub imported_by: String,
    pub imported_at: DateTime<Utc>,
}

/// Rows of one statement.
const PORTION: usize = 200;

/// Keeps the lines that are not there, and says which these were.
pub async fn keep(tx: &Tx, lines: &[BankLine]) -> Result<BTreeSet<BankLineId>> {
    let mut fresh = BTreeSet::new();
    for portion in lines.chunks(PORTION) {
        let rows = portion.iter().map(|line| table::ActiveModel {
            id: Set(line.id.to_string()),
            account: Set(line.account.clone()),
            line_key: Set(line.key.clone()),
            day: Set(line.day.to_string()),
            description: Set(line.description.clone()),
            amount_pence: Set(line.amount.pence()),
            state: Set(line.state.key().into()),
            payment_id: Set(None),
            imported_by: Set(line.imported_by.clone()),
            imported_at: Set(line.imported_at.timestamp_millis()),
        });
        let there = OnConflict::column(table::Column::LineKey).do_nothing().to_owned();
        let taken = table::Entity::insert_many(rows).on_conflict(there).exec_without_returning(tx.connection()).await?;
        if taken > 0 {
            let ids = portion.iter().map(|line| line.id.to_string());
            let kept: Vec<String> = table::Entity::find()
                .select_only()
                .column(table::Column::Id)
                .filter(table::Column::Id.is_in(ids))
                .into_tuple()
                .all(tx.connection())
                .await?;
            fresh.extend(kept.iter().map(|id| parsed(id)).collect::<Result<Vec<BankLineId>>>()?);
        }
    }
    Ok(fresh)
}

/// One page of those that stand so, the newest first, and how many there are.
pub async fn page(handle: &impl Handle, state: State, page: u64, per_page: u64) -> Result<(Vec<BankLine>, u64)> {
    let select = table::Entity::find().filter(table::Column::State.eq(state.key()));
    let order = (table::Column::Day, table::Column::Id);
    let (rows, total) = page_of(handle, select, order, (page, per_page)).await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

pub async fn find(handle: &impl Handle, id: BankLineId) -> Result<BankLine> {
    let row = table::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    record(row.ok_or(StoreError::NotFound)?)
}

/// Says what became of an open line; a conflict where that was said before.
pub async fn close(tx: &Tx, id: BankLineId, state: State, payment: Option<PaymentId>) -> Result<()> {
    let change = table::ActiveModel {
        state: Set(state.key().into()),
        payment_id: Set(payment.map(|p| p.to_string())),
        ..Default::default()
    };
    let done = table::Entity::update_many()
        .set(change)
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::State.eq(State::Open.key()))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("somebody else has dealt with this line".into())),
    }
}

fn record(row: table::Model) -> Result<BankLine> {
    Ok(BankLine {
        id: parsed(&row.id)?,
        account: row.account,
        key: row.line_key,
        day: parsed(&row.day)?,
        description: row.description,
        amount: Money::from_pence(row.amount_pence),
        state: known(State::from_key(&row.state), "state of a line")?,
        payment: parsed_opt(row.payment_id.as_ref())?,
        imported_by: row.imported_by,
        imported_at: instant(row.imported_at),
    })
}
