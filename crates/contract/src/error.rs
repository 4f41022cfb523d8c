//! The one error that leaves the server.

use domain::policy::Gate;
use serde::{Deserialize, Serialize};

/// What kind of failure, and with it the HTTP status and what the person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Something entered is wrong; `fields` says what and how to mend it.
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    /// It contradicts what is stored.
    Conflict,
    TooLarge,
    TooMany,
    /// Cannot be done just now, such as a prediction when no model is deployed.
    Unavailable,
    Internal,
}

impl ErrorKind {
    pub const fn status(self) -> u16 {
        match self {
            ErrorKind::Invalid => 422,
            ErrorKind::Unauthenticated => 401,
            ErrorKind::Forbidden => 403,
            ErrorKind::NotFound => 404,
            ErrorKind::Conflict => 409,
            ErrorKind::TooLarge => 413,
            ErrorKind::TooMany => 429,
            ErrorKind::Unavailable => 503,
            ErrorKind::Internal => 500,
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            ErrorKind::Invalid => "Some of this needs correcting",
            ErrorKind::Unauthenticated => "Sign in to continue",
            ErrorKind::Forbidden => "You are not allowed to do this",
            ErrorKind::NotFound => "Not found",
            ErrorKind::Conflict => "This contradicts what is stored",
            ErrorKind::TooLarge => "This is too large",
            ErrorKind::TooMany => "Too many attempts",
            ErrorKind::Unavailable => "Not available just now",
            ErrorKind::Internal => "Something went wrong on our side",
        }
    }
}

/// What is wrong with one field of a form or document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the input or JSON member.
    pub field: String,
    /// How to mend it, as a sentence.
    pub message: String,
}

/// An error as people and integrations see it. Internals never leave as text: an internal error
/// carries a reference that finds it in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    pub kind: ErrorKind,
    pub message: String,
    #[serde(default)]
    pub fields: Vec<FieldError>,
    /// What the person has to do first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
}

impl AppError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        AppError { kind, message: message.into(), fields: Vec::new(), gate: None }
    }

    pub fn invalid(fields: Vec<FieldError>) -> Self {
        AppError { kind: ErrorKind::Invalid, message: ErrorKind::Invalid.title().into(), fields, gate: None }
    }

    /// Something else comes first.
    pub fn gated(gate: Gate) -> Self {
        AppError { gate: Some(gate), ..AppError::new(ErrorKind::Forbidden, gate.words()) }
    }

    /// The message for one field, if it is among the errors.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|f| f.field == name).map(|f| f.message.as_str())
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}
