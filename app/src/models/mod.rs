//! The model registry and the predictions it made.

pub mod api;
pub mod page;
