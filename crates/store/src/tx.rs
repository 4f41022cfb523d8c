//! A change and its audit row: one transaction, always.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use sea_orm::DatabaseTransaction;

use crate::audit::AuditEvent;
use crate::chain;
use crate::cipher::Cipher;
use crate::figures::{Tallies, Tally};
use crate::{Handle, Result, Store, StoreError, dialect};

/// A change in progress. Dropped without [`Tx::commit`], it never happened.
pub struct Tx {
    inner: DatabaseTransaction,
    store: Store,
    /// Audit rows, which are linked into their chains when it commits.
    events: Mutex<Vec<AuditEvent>>,
    /// What it counts, which is added to the figures when it commits.
    tallies: Mutex<Tallies>,
    /// Whether it took numbers.
    numbered: AtomicBool,
}

impl Tx {
    pub(crate) async fn begin(store: &Store) -> Result<Tx> {
        Ok(Tx {
            inner: dialect::begin(store.write()).await?,
            store: store.clone(),
            events: Mutex::default(),
            tallies: Mutex::default(),
            numbered: AtomicBool::new(false),
        })
    }

    /// Writes the audit row and makes the change permanent.
    pub async fn commit(self, event: AuditEvent) -> Result<()> {
        self.audit(event);
        self.finish().await
    }

    /// Adds an audit row of its own, for a change that is made of several.
    pub fn audit(&self, event: AuditEvent) {
        self.audit_all(vec![event]);
    }

    /// The same for many, such as the claims of a file.
    pub fn audit_all(&self, events: Vec<AuditEvent>) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
    }

    /// Counts something, in the figures that dashboards show.
    pub fn tally(&self, tally: Tally) {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
    }

    pub(crate) fn tally_all(&self, tallies: Tallies) {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).merge(tallies);
    }

    /// Makes permanent what was noted in the log and nothing else, such as what was read.
    pub async fn commit_notes(self, events: Vec<AuditEvent>) -> Result<()> {
        self.audit_all(events);
        self.finish().await
    }

    /// Makes a change permanent that was recorded on the way with [`Tx::audit`]; one that was not is refused.
    pub async fn commit_recorded(self) -> Result<()> {
        if self.events.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return Err(StoreError::Corrupt("a change without an audit row is not made".into()));
        }
        self.finish().await
    }

    /// Makes bookkeeping permanent that is not itself a change of anybody's data: when a session
    /// was last used, failed sign-ins, the log of API calls, drafts, what has been read.
    pub async fn commit_bookkeeping(self) -> Result<()> {
        self.finish().await
    }

    async fn finish(self) -> Result<()> {
        let events = self.events.into_inner().unwrap_or_else(PoisonError::into_inner);
        let tallies = self.tallies.into_inner().unwrap_or_else(PoisonError::into_inner);
        let moves = !events.is_empty() || self.numbered.load(Ordering::Relaxed);
        dialect::together(&self.inner, tallies.into_write().into_iter().collect()).await?;
        chain::append(&self.inner, events).await?;
        self.inner.commit().await?;
        if moves {
            self.store.ahead().move_on();
        }
        Ok(())
    }
}

impl Tx {
    pub(crate) fn inner(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Notes that it took numbers.
    pub(crate) fn numbers(&self) {
        self.numbered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}

impl Handle for Tx {
    type Connection = DatabaseTransaction;

    fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    fn cipher(&self) -> &Cipher {
        self.store.cipher()
    }
}
