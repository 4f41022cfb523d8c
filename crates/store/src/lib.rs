//! Storage: the only crate besides `migration` that speaks SQL.
//!
//! Entities are private; callers get records in the domain's types. Every read of a company's rows
//! takes the caller's [`Reach`]: what lies outside is not found. Every change goes through a [`Tx`],
//! and a `Tx` can only be committed together with its audit row. This crate does **not** know roles,
//! permissions, models, HTTP or the clock.

mod cipher;
mod dialect;
mod entity;
mod error;
mod tx;

pub mod audit;
pub mod claims;
pub mod companies;
pub mod decisions;
pub mod integration;
pub mod invoices;
pub mod models;
pub mod notifications;
pub mod people;
pub mod predictions;
pub mod sessions;
pub mod terms;
pub mod usage;

use std::sync::Arc;

pub use cipher::MasterKey;
pub use domain::policy::Reach;
pub use error::{Result, StoreError};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect, Select};
pub use tx::Tx;

use crate::cipher::Cipher;

/// Where the data is and with which key its personal fields are read. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    read: DatabaseConnection,
    write: DatabaseConnection,
    cipher: Cipher,
}

/// A connection to query and the cipher for personal fields: the [`Store`] itself, or a [`Tx`].
pub trait Handle: Sync {
    type Connection: ConnectionTrait;
    #[doc(hidden)]
    fn connection(&self) -> &Self::Connection;
    #[doc(hidden)]
    fn cipher(&self) -> &Cipher;
}

impl Store {
    /// Opens the database and brings it to the newest version.
    ///
    /// `url`: `sqlite://PATH?mode=rwc` or `postgres://…`.
    pub async fn open(url: &str, master: MasterKey) -> Result<Store> {
        let store = Store::connect(url, master).await?;
        store.migrate().await?;
        Ok(store)
    }

    async fn connect(url: &str, master: MasterKey) -> Result<Store> {
        let (read, write) = dialect::connect(url).await?;
        Ok(Store { inner: Arc::new(Inner { read, write, cipher: Cipher::new(master) }) })
    }

    /// Applies the migrations that are missing.
    pub async fn migrate(&self) -> Result<()> {
        use migration::MigratorTrait;
        migration::Migrator::up(&self.inner.write, None).await?;
        Ok(())
    }

    /// Whether the database answers and has every migration.
    pub async fn ready(&self) -> Result<()> {
        use migration::MigratorTrait;
        let pending = migration::Migrator::get_pending_migrations(&self.inner.read).await?;
        if pending.is_empty() { Ok(()) } else { Err(StoreError::Corrupt("migrations are pending".into())) }
    }

    /// Starts a change. On SQLite writers queue here instead of failing later.
    pub async fn begin(&self) -> Result<Tx> {
        Tx::begin(self).await
    }

    /// Closes the connections, so that nothing is left in a write-ahead log.
    pub async fn close(&self) {
        let _ = self.inner.read.clone().close().await;
        let _ = self.inner.write.clone().close().await;
    }

    fn write(&self) -> &DatabaseConnection {
        &self.inner.write
    }
}

impl Handle for Store {
    type Connection = DatabaseConnection;

    fn connection(&self) -> &DatabaseConnection {
        &self.inner.read
    }

    fn cipher(&self) -> &Cipher {
        &self.inner.cipher
    }
}

/// Limits a query to the rows that the reach covers.
fn scoped<Q: QueryFilter>(query: Q, reach: Reach, company: impl ColumnTrait) -> Q {
    match reach {
        Reach::Operator => query,
        Reach::Company(id) => query.filter(company.eq(id.to_string())),
    }
}

/// How many rows a query has, from an index where one covers its filters. sea-orm's own `count` puts
/// the query with all its columns inside another, for which SQLite reads every row.
async fn count_all<E: EntityTrait>(handle: &impl Handle, select: Select<E>) -> Result<u64> {
    let counted =
        select.select_only().expr(Expr::cust("COUNT(*)")).into_tuple::<i64>().one(handle.connection()).await?;
    Ok(counted.unwrap_or_default().unsigned_abs())
}

/// A stored text as a domain value; it was one when it was stored.
fn parsed<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("unreadable value of {} characters", text.len())))
}

fn parsed_opt<T: std::str::FromStr>(text: Option<&String>) -> Result<Option<T>> {
    text.map(|t| parsed(t)).transpose()
}

fn known<T>(value: Option<T>, what: &str) -> Result<T> {
    value.ok_or_else(|| StoreError::Corrupt(format!("unknown {what}")))
}

fn instant(ms: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default()
}
