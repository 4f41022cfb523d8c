//! All that differs between SQLite and PostgreSQL.

use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, Statement, TransactionTrait,
};

use crate::Result;

/// Connections for reading and for writing. SQLite has one writer at a time: a pool of one makes
/// writers queue in order, instead of failing with "database is locked". Readers are not held up,
/// because of the write-ahead log. PostgreSQL needs no such division.
pub async fn connect(url: &str) -> Result<(DatabaseConnection, DatabaseConnection)> {
    if url.starts_with("sqlite:") {
        make_private(url)?;
        let write = Database::connect(sqlite(url, 1)).await?;
        let read = Database::connect(sqlite(url, 4)).await?;
        Ok((read, write))
    } else {
        let pool = Database::connect(common(ConnectOptions::new(url), 16)).await?;
        Ok((pool.clone(), pool))
    }
}

/// A transaction that reads one moment. On SQLite every reading transaction does.
pub async fn moment(connection: &DatabaseConnection) -> Result<DatabaseTransaction> {
    Ok(match connection.get_database_backend() {
        DbBackend::Postgres => {
            connection.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?
        }
        _ => connection.begin().await?,
    })
}

/// Keeps other processes from migrating the same PostgreSQL until the transaction ends: sea-orm takes
/// no lock. On SQLite one connection writes, and a database in a file has one owner.
pub async fn lock_migrations(connection: &DatabaseConnection) -> Result<Option<DatabaseTransaction>> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let lock = connection.begin().await?;
    // Any number that nobody else in this database uses: the letters of "solatium".
    lock.execute_unprepared("SELECT pg_advisory_xact_lock(8317692019)").await?;
    Ok(Some(lock))
}

/// Names of the migrations that have been applied.
pub async fn applied_migrations(connection: &DatabaseConnection) -> Result<Vec<String>> {
    let statement = Statement::from_string(connection.get_database_backend(), "SELECT version FROM seaql_migrations");
    let rows = connection.query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// Makes the database's file so that only its owner can read it. One that is there is left as it is.
fn make_private(url: &str) -> Result<()> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//").split('?').next().unwrap_or_default();
    let makes = url.contains("mode=rwc") && !path.is_empty() && !std::path::Path::new(path).exists();
    if !makes {
        return Ok(());
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(crate::StoreError::Corrupt(format!("the database {path} cannot be made: {error}"))),
    }
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = common(ConnectOptions::new(url), connections);
    options.map_sqlx_sqlite_opts(|o| {
        // WAL with NORMAL: what is committed survives the death of the process at any moment; only
        // a loss of power can take the last commits (set `synchronous` in the URL for FULL).
        o.pragma("journal_mode", "WAL")
            .pragma("synchronous", "NORMAL")
            .pragma("busy_timeout", "10000")
            // Whoever fills the log does not have to empty it too: that is done beside ([`checkpoint`]),
            // and here only where it could not keep up.
            .pragma("wal_autocheckpoint", "60000")
            .pragma("foreign_keys", "ON")
            // What is deleted or replaced is overwritten: it was personal.
            .pragma("secure_delete", "ON")
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "MEMORY")
    });
    options
}

/// Keeps everybody else from counting until the transaction ends. On SQLite one connection writes.
pub async fn lock_figures(connection: &DatabaseTransaction) -> Result<()> {
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared("LOCK TABLE figures IN EXCLUSIVE MODE").await?;
    }
    Ok(())
}

/// Brings what is in the write-ahead log into the database, as far as nobody is held up by it. Nothing to do
/// on PostgreSQL.
pub async fn checkpoint(connection: &DatabaseConnection) -> Result<()> {
    if connection.get_database_backend() == DbBackend::Sqlite {
        let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(PASSIVE)");
        connection.query_all_raw(statement).await?;
    }
    Ok(())
}

fn common(mut options: ConnectOptions, connections: u32) -> ConnectOptions {
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        // Statements carry personal data: they are never logged.
        .sqlx_logging(false)
        .test_before_acquire(false);
    options
}
