//! Rows that are written without reading anything in between: put together first, then carried out in one
//! go, in a change that is under way ([`Tx::write`]) or as a change of their own ([`crate::alone::Alone`]).

use sea_orm::sea_query::{DeleteStatement, InsertStatement, UpdateStatement};
use sea_orm::{ActiveModelTrait, EntityTrait, Iterable, QueryTrait};

use crate::audit::AuditEvent;
use crate::figures::{Tallies, Tally};
use crate::{Result, Tx, dialect};

/// A statement that gives nothing back.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    /// With how many values it binds.
    Insert(InsertStatement, usize),
    Update(UpdateStatement),
    Delete(DeleteStatement),
}

impl Write {
    /// About how many values it binds.
    pub fn values(&self) -> usize {
        match self {
            Write::Insert(_, values) => *values,
            Write::Update(_) | Write::Delete(_) => 16,
        }
    }
}

/// What is to be written, with its audit rows and what it counts.
#[derive(Debug, Default)]
pub struct Writes {
    pub(crate) statements: Vec<Write>,
    pub(crate) events: Vec<AuditEvent>,
    pub(crate) tallies: Tallies,
}

impl Writes {
    pub fn audit(&mut self, event: AuditEvent) {
        self.events.push(event);
    }

    pub fn tally(&mut self, tally: Tally) {
        self.tallies.add(tally);
    }

    /// Rows, so many in one statement.
    pub(crate) fn insert<A>(&mut self, rows: &[A], portion: usize)
    where
        A: ActiveModelTrait,
    {
        let columns = <A::Entity as EntityTrait>::Column::iter().count();
        for rows in rows.chunks(portion) {
            let insert = <A::Entity as EntityTrait>::insert_many(rows.iter().cloned());
            self.statements.push(Write::Insert(insert.into_query(), rows.len() * columns));
        }
    }

    pub(crate) fn push(&mut self, write: Write) {
        self.statements.push(write);
    }
}

impl Tx {
    /// Carries the writes out as a part of this change.
    pub async fn write(&self, writes: Writes) -> Result<()> {
        let Writes { statements, events, tallies } = writes;
        dialect::together(self.inner(), statements).await?;
        self.audit_all(events);
        self.tally_all(tallies);
        Ok(())
    }
}
