//! A change and its audit row: one transaction, always.

use sea_orm::{DatabaseTransaction, TransactionTrait};

use crate::audit::{self, AuditEvent};
use crate::cipher::Cipher;
use crate::{Handle, Result, Store};

/// A change in progress. Dropped without [`Tx::commit`], it never happened.
pub struct Tx {
    inner: DatabaseTransaction,
    store: Store,
}

impl Tx {
    pub(crate) async fn begin(store: &Store) -> Result<Tx> {
        Ok(Tx { inner: store.write().begin().await?, store: store.clone() })
    }

    /// Writes the audit row and makes the change permanent. There is no other way to commit.
    pub async fn commit(self, event: AuditEvent) -> Result<()> {
        audit::append(&self.inner, vec![event]).await?;
        self.inner.commit().await?;
        Ok(())
    }

    /// Adds an audit row of its own, for a change that is made of several.
    pub async fn audit(&self, event: AuditEvent) -> Result<()> {
        audit::append(&self.inner, vec![event]).await
    }

    /// The same for many, such as the claims of a file.
    pub async fn audit_all(&self, events: Vec<AuditEvent>) -> Result<()> {
        audit::append(&self.inner, events).await
    }

    /// Makes bookkeeping permanent that is not itself a change of anybody's data: when a session
    /// was last used, failed sign-ins, the log of API calls, drafts, what has been read.
    pub async fn commit_bookkeeping(self) -> Result<()> {
        self.inner.commit().await?;
        Ok(())
    }
}

impl Tx {
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
