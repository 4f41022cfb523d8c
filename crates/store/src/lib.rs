//! Storage: the only crate besides `migration` that speaks SQL.
//!
//! Entities are private; callers get records in the domain's types. Every read of a company's rows
//! takes the caller's [`Reach`]: what lies outside is not found. Every change goes through a [`Tx`] or, written
//! in one go, through [`Alone`]; neither is made permanent without its audit row, but for bookkeeping that says
//! so. This crate does **not** know roles, permissions, models, HTTP or the clock.

mod alone;
mod cipher;
mod dialect;
mod entity;
mod error;
mod keys;
mod tx;
mod writes;

pub mod assessments;
pub mod audit;
pub mod authorities;
pub mod bank;
pub mod base_rates;
pub mod bookmarks;
pub mod books;
pub mod budgets;
pub mod chain;
pub mod claimants;
pub mod claims;
pub mod companies;
pub mod contests;
pub mod contracts;
pub mod decisions;
pub mod diary;
pub mod documents;
pub mod drafts;
pub mod estimates;
pub mod evidence;
pub mod fairness;
pub mod figures;
pub mod files;
pub mod import_marks;
pub mod integration;
pub mod invitations;
pub mod invoices;
pub mod jobs;
pub mod journal;
pub mod keyring;
pub mod mails;
pub mod models;
pub mod monitoring;
pub mod notifications;
pub mod offers;
pub mod outcomes;
pub mod payments;
pub mod people;
pub mod predictions;
pub mod providers;
pub mod publications;
pub mod rate_cards;
pub mod rates;
pub mod register;
pub mod reminders;
pub mod retrainings;
pub mod retries;
pub mod reviews;
pub mod saved_views;
pub mod schedules;
pub mod seal;
mod series;
pub mod sessions;
pub mod stamps;
pub mod tax_rates;
pub mod tiers;
pub mod trials;
pub mod usage;
pub mod usage_alerts;
pub mod usage_statements;

use std::sync::Arc;

pub use alone::Alone;
pub use cipher::{DataKey, MasterKey, Masters};
pub use domain::policy::Reach;
pub use error::{Result, StoreError};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};
pub use tx::Tx;
pub use writes::Writes;

use crate::alone::Ahead;
use crate::cipher::Cipher;
use crate::entity::{companies as companies_table, installation};

/// Where the data is and with which key its personal fields are read. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    read: DatabaseConnection,
    write: DatabaseConnection,
    cipher: Cipher,
    ahead: Ahead,
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
    /// Several processes may open an empty database at the same time: one of them migrates it.
    ///
    /// # Errors
    ///
    /// [`StoreError::WrongKey`] if the database was filled under another master key.
    pub async fn open(url: &str, masters: impl Into<Masters>) -> Result<Store> {
        let store = Store::connect(url, &masters.into()).await?;
        store.migrate().await?;
        store.check_keys().await?;
        Ok(store)
    }

    /// The same for a database that somebody else migrates: it must be ready.
    pub async fn open_migrated(url: &str, masters: impl Into<Masters>) -> Result<Store> {
        let store = Store::connect(url, &masters.into()).await?;
        store.ready().await?;
        store.check_keys().await?;
        Ok(store)
    }

    /// Whether the database holds companies already, whose fields are encrypted: no new key may be
    /// made for it.
    pub async fn holds_sealed_data(url: &str) -> Result<bool> {
        let (read, write) = dialect::connect(url).await?;
        // A database that is empty has no such table; one of an earlier version may lack columns.
        let first = companies_table::Entity::find()
            .select_only()
            .column(companies_table::Column::Id)
            .into_tuple::<String>()
            .one(&read)
            .await;
        let _ = read.close().await;
        let _ = write.close().await;
        Ok(first.is_ok_and(|company| company.is_some()))
    }

    async fn connect(url: &str, masters: &Masters) -> Result<Store> {
        let (read, write) = dialect::connect(url).await?;
        Ok(Store { inner: Arc::new(Inner { read, write, cipher: Cipher::new(masters), ahead: Ahead::default() }) })
    }

    /// Applies the migrations that are missing. Of several processes one does it, the others wait.
    pub async fn migrate(&self) -> Result<()> {
        use migration::MigratorTrait;
        let lock = dialect::lock_migrations(&self.inner.write).await?;
        // A newer version's migrations are no fault: this version finds all it knows.
        if self.missing_migrations().await? > 0 {
            migration::Migrator::up(&self.inner.write, None).await?;
        }
        if let Some(lock) = lock {
            lock.commit().await?;
        }
        Ok(())
    }

    /// How many migrations of this version the database lacks. Those of a newer version do not count.
    async fn missing_migrations(&self) -> Result<usize> {
        use migration::MigratorTrait;
        // Without the table, none has been applied.
        let applied = dialect::applied_migrations(&self.inner.write).await.unwrap_or_default();
        let missing =
            migration::Migrator::migrations().iter().filter(|m| !applied.iter().any(|a| a == m.name())).count();
        Ok(missing)
    }

    /// Compares the master key with the one that the database was made with, notes it in a new one, and
    /// takes the installation's key for lookups into use.
    async fn check_keys(&self) -> Result<()> {
        if self.installed("master_key").await?.is_none()
            // A database of before there were fingerprints shows the key by what it unwraps.
            && let Some(company) = companies_table::Entity::find().one(self.connection()).await?
        {
            let id = parsed(&company.id)?;
            self.cipher().unwrap_company(id, &company.wrapped_key).map_err(|_| StoreError::WrongKey)?;
        }
        // Of two that begin at once with different keys the second must not go on.
        let fingerprint = self.install("master_key", &self.cipher().fingerprint()?).await?;
        if !self.cipher().made(&fingerprint) {
            return Err(StoreError::WrongKey);
        }
        let index = self.install("index_key", &self.cipher().new_index()?).await?;
        self.cipher().use_index(&index)?;
        people::index_addresses(self).await
    }

    /// Begins what an earlier version's database lacks, once it is open.
    ///
    /// # Errors
    ///
    /// Where the database cannot be written.
    pub async fn begin_chains(&self, now: chrono::DateTime<chrono::Utc>) -> Result<()> {
        chain::begin_all(self, now).await
    }

    /// A transaction that sees the database as it is now, whatever is written meanwhile.
    async fn read_moment(&self) -> Result<sea_orm::DatabaseTransaction> {
        dialect::moment(&self.inner.read).await
    }

    /// What is known of the installation under a name.
    async fn installed(&self, name: &str) -> Result<Option<String>> {
        Ok(installation::Entity::find_by_id(name).one(self.write()).await?.map(|row| row.value))
    }

    /// Notes something of the installation unless it has been noted; what stands then.
    async fn install(&self, name: &str, value: &str) -> Result<String> {
        installation::Entity::insert(installation::ActiveModel { key: Set(name.into()), value: Set(value.into()) })
            .on_conflict(OnConflict::column(installation::Column::Key).do_nothing().to_owned())
            .exec_without_returning(self.write())
            .await?;
        self.installed(name).await?.ok_or(StoreError::NotFound)
    }

    /// Proof that this installation said something, for texts that go out and come back: a keyed hash
    /// in hexadecimal, its own for each purpose.
    pub fn proof(&self, purpose: &str, text: &str) -> String {
        self.cipher().proof(purpose, text)
    }

    /// Whether the database answers and has every migration of this version. It stays ready when a
    /// newer version has migrated it further: what a version needs is taken away later than it is
    /// replaced.
    pub async fn ready(&self) -> Result<()> {
        match self.missing_migrations().await? {
            0 => Ok(()),
            n => Err(StoreError::Corrupt(format!("{n} migrations are missing: run `solatium migrate`"))),
        }
    }

    /// Keeps the write-ahead log short; to be done a few times a second where much is written.
    pub async fn checkpoint(&self) -> Result<()> {
        dialect::checkpoint(&self.inner.read).await
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

    fn ahead(&self) -> &Ahead {
        &self.inner.ahead
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

/// The most rows that are counted; a list has "over" so many.
pub const MOST_COUNTED: u64 = 10_000;

/// How many rows a query has, up to one more than [`MOST_COUNTED`]: the same time whatever the table holds.
async fn count_some<E: EntityTrait>(handle: &impl Handle, select: Select<E>) -> Result<u64> {
    let inner = select.select_only().expr(Expr::cust("1 AS one")).limit(MOST_COUNTED + 1).into_query();
    let counted =
        sea_orm::sea_query::Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(inner, "some").to_owned();
    let row = handle.connection().query_one(&counted).await?;
    Ok(row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or_default().unsigned_abs())
}

/// One page of a query's rows, the greatest of a column first and those of one value by their ids, and how many there are
/// ([`count_some`]). The first page is 1.
async fn page_of<E: EntityTrait>(
    handle: &impl Handle,
    select: Select<E>,
    (newest, id): (E::Column, E::Column),
    (page, per_page): (u64, u64),
) -> Result<(Vec<E::Model>, u64)> {
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(newest)
        .order_by_desc(id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows, total))
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
