//! A change that is written in one go, without a transaction being held open for it: what it builds on, the
//! next numbers and the ends of the audit chains, is remembered from the change before. The statements
//! themselves make sure that it still is so; where it is not, nothing is written and the caller makes the
//! change in a [`crate::Tx`].
//!
//! Each step of a transaction costs a wait for another thread, or another machine. A claim took twelve.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use tokio::sync::{Mutex, MutexGuard};

use crate::audit::AuditEvent;
use crate::chain::{self, Head};
use crate::entity::{audit_heads, number_series, stamps};
use crate::writes::{Write, Writes};
use crate::{Handle, Result, Store, dialect};

/// What the next change builds on.
#[derive(Default)]
pub(crate) struct Ahead {
    remembered: Mutex<Remembered>,
    /// Counts the changes that were made otherwise.
    moved: AtomicU64,
    /// Counts the changes that were written alone.
    written: AtomicU64,
}

/// Turns for which nothing is remembered after something came in between: with several replicas it will
/// again, and each time costs a statement.
const CAREFUL: u32 = 50;

#[derive(Default)]
struct Remembered {
    moved: u64,
    /// Turns for which what is remembered does not count.
    careful: u32,
    /// The next number by series.
    numbers: HashMap<String, i64>,
    heads: HashMap<String, Head>,
}

impl Ahead {
    /// Forgets what is remembered, after another change.
    pub fn move_on(&self) {
        self.moved.fetch_add(1, Ordering::AcqRel);
    }
}

/// The turn to write alone. One at a time in a process.
pub struct Alone<'a> {
    store: &'a Store,
    remembered: MutexGuard<'a, Remembered>,
    /// Series, the number that is expected, the number after those that are taken.
    taken: Vec<(String, i64, i64)>,
}

impl Store {
    /// How many changes this process has written alone.
    pub fn written_alone(&self) -> u64 {
        self.ahead().written.load(Ordering::Relaxed)
    }

    /// Waits for the turn to write alone.
    pub async fn alone(&self) -> Alone<'_> {
        let mut remembered = self.ahead().remembered.lock().await;
        let moved = self.ahead().moved.load(Ordering::Acquire);
        if remembered.moved != moved || remembered.careful > 0 {
            let careful = remembered.careful.saturating_sub(1);
            *remembered = Remembered { moved, careful, ..Remembered::default() };
        }
        Alone { store: self, remembered, taken: Vec::new() }
    }
}

impl Alone<'_> {
    /// Takes so many numbers of a series and gives the first; `None` where the series has not begun.
    pub(crate) async fn take(&mut self, series: &str, count: i64) -> Result<Option<i64>> {
        let next = match self.remembered.numbers.get(series) {
            Some(next) => *next,
            None => match number_series::Entity::find_by_id(series).one(self.store.connection()).await? {
                Some(row) => row.next,
                None => return Ok(None),
            },
        };
        self.taken.push((series.to_owned(), next, next + count));
        Ok(Some(next))
    }

    /// Writes it all, or nothing: `false` where something else came first, or where it cannot be written
    /// for a reason that a [`crate::Tx`] will tell. `stamp`: which one must be in force.
    pub async fn write(mut self, writes: Writes, stamp: i64) -> Result<bool> {
        let Writes { statements, events, tallies } = writes;
        let mut chains: BTreeMap<String, Vec<AuditEvent>> = BTreeMap::new();
        for event in events {
            chains.entry(chain::of(&event)).or_default().push(event);
        }
        let mut all = Vec::with_capacity(statements.len() + chains.len() + 4);
        for (series, expected, next) in &self.taken {
            all.push(number_follows(series, *expected, *next));
        }
        all.extend(statements);
        all.extend(tallies.into_write());
        // In the order in which a transaction comes by these rows, so that none waits for the other.
        let (mut rows, mut heads) = (Vec::new(), Vec::new());
        for (name, events) in chains {
            let Some(before) = self.head(&name).await? else { return Ok(false) };
            let mut head = before.clone();
            rows.extend(chain::linked(&mut head, events));
            all.push(head_follows(&before, &head, stamp));
            heads.push(head);
        }
        // Whatever else must be so is made sure of by the head's statement: without one, nothing is.
        if heads.is_empty() {
            return Ok(false);
        }
        let mut audit = Writes::default();
        audit.insert(&rows, chain::ROWS);
        all.append(&mut audit.statements);
        if !dialect::alone(self.store.write(), all).await? {
            let moved = self.remembered.moved;
            *self.remembered = Remembered { moved, careful: CAREFUL, ..Remembered::default() };
            return Ok(false);
        }
        for (series, _, next) in std::mem::take(&mut self.taken) {
            self.remembered.numbers.insert(series, next);
        }
        self.remembered.heads.extend(heads.into_iter().map(|head| (head.chain.clone(), head)));
        self.store.ahead().written.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }

    async fn head(&self, chain: &str) -> Result<Option<Head>> {
        if let Some(head) = self.remembered.heads.get(chain) {
            return Ok(Some(head.clone()));
        }
        let row = audit_heads::Entity::find_by_id(chain).one(self.store.connection()).await?;
        Ok(row.map(|row| Head { chain: row.chain, position: row.position, hash: row.hash }))
    }
}

/// Moves a series on. Where it does not stand as expected the number becomes nothing, which the column does
/// not take: all is undone.
fn number_follows(series: &str, expected: i64, next: i64) -> Write {
    use number_series::Column as C;
    let fits = CaseStatement::new().case(Expr::col(C::Next).eq(expected), Expr::val(next));
    let update =
        number_series::Entity::update_many().col_expr(C::Next, fits.into()).filter(C::Series.eq(series)).into_query();
    Write::Update(update)
}

/// Moves a chain's head on, in the same way; also only where the stamp is in force. A key's revocation stands in
/// the company's own chain, so none is missed; of a deployment for all companies that commits while this
/// waits for a row, PostgreSQL tells the stamp of before: the claim is predicted by the model that served a
/// moment ago.
fn head_follows(before: &Head, after: &Head, stamp: i64) -> Write {
    use audit_heads::Column as C;
    let in_force = Query::select()
        .column(stamps::Column::Value)
        .from(Alias::new("stamps"))
        .and_where(stamps::Column::Name.eq(crate::stamps::NAME))
        .to_owned();
    let stands = Expr::col(C::Hash)
        .eq(before.hash.as_str())
        .and(Expr::col(C::Position).eq(before.position))
        .and(Expr::SubQuery(None, Box::new(in_force.into())).eq(stamp));
    let fits = CaseStatement::new().case(stands, Expr::val(after.hash.as_str()));
    let update = audit_heads::Entity::update_many()
        .col_expr(C::Hash, fits.into())
        .col_expr(C::Position, Expr::val(after.position))
        .filter(C::Chain.eq(before.chain.as_str()))
        .into_query();
    Write::Update(update)
}
