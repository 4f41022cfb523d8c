//! What crosses between browser and server: inputs, views, errors.
//!
//! This crate knows data and nothing else: no rules beyond those of `domain`, no IO, no framework.

pub mod account;
pub mod admin;
pub mod billing;
pub mod claim;
pub mod error;
pub mod page;
pub mod table;
pub mod when;

pub use error::{AppError, ErrorKind, FieldError};

/// Version of the data-protection policy that people acknowledge; raising it asks everybody again.
pub const POLICY_VERSION: i32 = 1;
