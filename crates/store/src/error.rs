/// What can go wrong with stored data.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not there, or not within the caller's reach: the two are not told apart.
    #[error("not found")]
    NotFound,
    /// A value that must be unique is taken, or another change came first.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The database was filled under another master key.
    #[error(
        "the master key does not fit this database: its personal fields were encrypted with another one. Restore keys/master.key, or set SOLATIUM_MASTER_KEY to the key that this database was made with"
    )]
    WrongKey,
    /// A job that was taken over, cancelled or ended meanwhile: its worker may change nothing more.
    #[error("the job was taken over or ended meanwhile")]
    LeaseLost,
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    #[error("database: {0}")]
    Database(sea_orm::DbErr),
}

impl From<sea_orm::DbErr> for StoreError {
    fn from(error: sea_orm::DbErr) -> Self {
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(what)) => StoreError::Conflict(what),
            _ => StoreError::Database(error),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        StoreError::Corrupt(error.to_string())
    }
}

pub type Result<T, E = StoreError> = std::result::Result<T, E>;
