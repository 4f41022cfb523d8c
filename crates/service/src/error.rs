//! How failures become what people see.
//!
//! Two kinds: what a use case refuses (with words for the person, passed on as they are) and what
//! went wrong inside (logged under a reference, of which only the reference leaves).

use std::panic::Location;

use contract::{AppError, ErrorKind, FieldError};
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(AppError),
    #[error("{source} ({at})")]
    Internal { source: Box<dyn std::error::Error + Send + Sync>, at: &'static Location<'static> },
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn refused(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::Refused(AppError::new(kind, message))
    }

    /// Something went wrong on our side; the place where it was noticed goes into the log.
    #[track_caller]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::Internal { source: source.into(), at: Location::caller() }
    }

    /// One field is wrong.
    pub fn field(field: &str, message: impl ToString) -> Error {
        Error::Refused(AppError::invalid(vec![FieldError {
            field: field.into(),
            message: sentence(&message.to_string()),
        }]))
    }

    /// What may leave the server. Internal errors are logged here, and nowhere else.
    pub fn into_app(self) -> AppError {
        match self {
            Error::Refused(error) => error,
            Error::Internal { source, at } => {
                let text = chain(source.as_ref());
                let reference: String = crate::secret::random::<4>().iter().map(|b| format!("{b:02x}")).collect();
                tracing::error!(reference, error = text, %at, "internal error");
                AppError::new(
                    ErrorKind::Internal,
                    format!(
                        "Something went wrong on our side. Nothing was changed. Quote reference {reference} to support."
                    ),
                )
            }
        }
    }
}

/// An error and what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

impl From<StoreError> for Error {
    #[track_caller]
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => {
                Error::refused(ErrorKind::NotFound, "There is nothing under this address, or it is not yours to see.")
            }
            StoreError::Conflict(what) => {
                tracing::debug!(what, "conflict");
                Error::refused(
                    ErrorKind::Conflict,
                    "Somebody changed this at the same moment, or there is one of these particulars already. Reload and look again.",
                )
            }
            StoreError::Corrupt(_) | StoreError::Database(_) | StoreError::WrongKey | StoreError::LeaseLost => {
                Error::internal(error)
            }
        }
    }
}

impl From<serde_json::Error> for Error {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        Error::internal(error)
    }
}

/// Starts with a capital and ends with a full stop: rules speak in clauses, screens in sentences.
pub fn sentence(text: &str) -> String {
    let stop = if text.is_empty() || text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{stop}", capital(text))
}

/// The same without the full stop.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
