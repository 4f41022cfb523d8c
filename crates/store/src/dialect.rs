//! All that differs between SQLite and PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, PostgresQueryBuilder, Query, SqliteQueryBuilder, Values, WithClause,
};
use sea_orm::sqlx::error::ErrorKind;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_query_sqlx::SqlxValues;

use crate::writes::Write;
use crate::{Result, StoreError};

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
        let mut options = common(ConnectOptions::new(url), 16);
        options.map_sqlx_postgres_opts(|o| o.statement_cache_capacity(KEPT_STATEMENTS));
        let pool = Database::connect(options).await?;
        Ok((pool.clone(), pool))
    }
}

/// Begins a change. On SQLite as a writer from the first statement on: one that reads first and writes later is
/// turned away at once, instead of waiting, where another process wrote in between.
pub async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let sqlite_transaction_mode = match connection.get_database_backend() {
        DbBackend::Sqlite => Some(SqliteTransactionMode::Immediate),
        _ => None,
    };
    let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
    Ok(connection.begin_with_options(options).await?)
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
        let o = o.statement_cache_capacity(KEPT_STATEMENTS);
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
    // Where a disk is full SQLite takes a transaction back by itself, and sqlx goes on to count it: whoever came next would
    // write into a transaction that nobody ends. A connection that is not at rest is closed, and another opened.
    options.map_sqlx_sqlite_before_acquire(|connection, _| {
        Box::pin(async move {
            if connection.is_in_transaction() {
                // What was dropped is taken back in the connection's own time.
                connection.ping().await?;
            }
            Ok(!connection.is_in_transaction())
        })
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

/// Values that PostgreSQL binds in one statement at most are 65,535.
const MOST_VALUES: usize = 60_000;

/// Statements with more values than these few claims have are not put together and not kept prepared: their
/// texts differ with the number of rows, and each that is kept takes up to some megabytes.
const FEW_VALUES: usize = 1_000;

/// Prepared statements that a connection keeps.
const KEPT_STATEMENTS: usize = 50;

/// Carries out statements in one go: on SQLite as one text, on PostgreSQL as parts of one statement, of which
/// none sees what another does. Many values are divided.
pub async fn together(connection: &impl ConnectionTrait, statements: Vec<Write>) -> Result<()> {
    let (mut portion, mut values) = (Vec::new(), 0);
    for statement in statements {
        if values + statement.values() > FEW_VALUES && !portion.is_empty() {
            values = 0;
            at_once(connection, std::mem::take(&mut portion)).await?;
        }
        values += statement.values();
        portion.push(statement);
    }
    at_once(connection, portion).await
}

async fn at_once(connection: &impl ConnectionTrait, statements: Vec<Write>) -> Result<()> {
    if statements.is_empty() {
        return Ok(());
    }
    let backend = connection.get_database_backend();
    let (sql, values) = match backend {
        DbBackend::Postgres => one_statement(statements),
        _ => one_text(&statements),
    };
    connection.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Carries out statements as a transaction of their own, or none of them: `false` where one failed.
pub async fn alone(connection: &DatabaseConnection, statements: Vec<Write>) -> Result<bool> {
    let many = statements.iter().map(Write::values).sum::<usize>();
    match connection.get_database_backend() {
        // One statement is a transaction.
        DbBackend::Postgres if many > MOST_VALUES => Ok(false),
        DbBackend::Postgres => {
            let (sql, values) = one_statement(statements);
            let pool = connection.get_postgres_connection_pool();
            let query = sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values)).persistent(many <= FEW_VALUES);
            match query.execute(pool).await.map_err(failed) {
                Ok(_) => Ok(true),
                Err(error) => declined(&error).then_some(false).ok_or(error),
            }
        }
        _ => {
            let (sql, values) = one_text(&statements);
            let script = AssertSqlSafe(format!("BEGIN IMMEDIATE; {sql}; COMMIT"));
            let query = sqlx::query_with(script, SqlxValues(values)).persistent(many <= FEW_VALUES);
            let mut held = Held(Some(connection.get_sqlite_connection_pool().acquire().await.map_err(failed)?));
            let Some(inner) = held.0.as_mut() else { return Ok(false) };
            let done = query.execute(&mut **inner).await;
            if done.is_ok() || sqlx::query("ROLLBACK").execute(&mut **inner).await.is_ok() {
                drop(held.0.take());
            }
            match done.map_err(failed) {
                Ok(_) => Ok(true),
                Err(error) => declined(&error).then_some(false).ok_or(error),
            }
        }
    }
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::from(DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error))))
}

/// A connection that is closed where the work with it is broken off: nobody is to find a transaction open
/// that they did not begin.
struct Held(Option<PoolConnection<sqlx::Sqlite>>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// Whether the database answered that something contradicts it, or that others were in the way.
fn declined(error: &StoreError) -> bool {
    match error {
        StoreError::Conflict(_) => true,
        StoreError::Database(DbErr::Exec(RuntimeErr::SqlxError(error))) => {
            // PostgreSQL: a deadlock, a transaction that cannot be put in an order.
            error.as_database_error().is_some_and(|e| {
                e.kind() == ErrorKind::NotNullViolation || matches!(e.code().as_deref(), Some("40P01" | "40001"))
            })
        }
        _ => false,
    }
}

fn one_text(statements: &[Write]) -> (String, Values) {
    let (mut sql, mut values) = (Vec::with_capacity(statements.len()), Vec::new());
    for statement in statements {
        let (text, bound) = match statement {
            Write::Insert(insert, _) => insert.build(SqliteQueryBuilder),
            Write::Update(update) => update.build(SqliteQueryBuilder),
            Write::Delete(delete) => delete.build(SqliteQueryBuilder),
        };
        sql.push(text);
        values.extend(bound.0);
    }
    (sql.join("; "), Values(values))
}

fn one_statement(mut statements: Vec<Write>) -> (String, Values) {
    if statements.len() == 1 {
        match statements.pop() {
            Some(Write::Insert(insert, _)) => return insert.build(PostgresQueryBuilder),
            Some(Write::Update(update)) => return update.build(PostgresQueryBuilder),
            Some(Write::Delete(delete)) => return delete.build(PostgresQueryBuilder),
            None => {}
        }
    }
    let mut with = WithClause::new();
    // PostgreSQL carries out the last part first (`ExecPostprocessPlan`); it promises no order, and only who
    // waits for whose rows depends on it.
    for (i, statement) in statements.into_iter().rev().enumerate() {
        let mut part = CommonTableExpression::new();
        part.table_name(Alias::new(format!("w{i}")));
        match statement {
            Write::Insert(insert, _) => part.query(insert),
            Write::Update(update) => part.query(update),
            Write::Delete(delete) => part.query(delete),
        };
        with.cte(part);
    }
    with.query(Query::select().expr(Expr::val(1)).to_owned()).build(PostgresQueryBuilder)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk without room, by a bound on the database's pages.
    #[tokio::test]
    async fn after_the_disk_was_full_what_is_acknowledged_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", dir.path().join("full.db").display());
        let (read, write) = connect(&url).await.unwrap();
        write.execute_unprepared("CREATE TABLE t (x BLOB)").await.unwrap();
        for _ in 0..3 {
            // Of the connection, which is another after each time.
            write.execute_unprepared("PRAGMA max_page_count = 40").await.unwrap();
            let tx = begin(&write).await.unwrap();
            let mut kept = 0;
            while tx.execute_unprepared("INSERT INTO t VALUES (zeroblob(9000))").await.is_ok() {
                kept += 1;
                assert!(kept < 100, "it is never full");
            }
            drop(tx);
        }
        for _ in 0..5 {
            let tx = begin(&write).await.unwrap();
            tx.execute_unprepared("INSERT INTO t VALUES (x'01')").await.unwrap();
            tx.commit().await.unwrap();
        }
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM t");
        let kept: i64 = read.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        assert_eq!(kept, 5);
    }
}
