//! Pages, parts and server functions.
//!
//! This crate knows what people see. It does **not** know SQL, models or rules: server functions
//! call `service` (only when built for the server) and pages draw the views of `contract`.

// A view's type is as deep as its markup.
#![recursion_limit = "512"]

mod account;
mod admin;
mod billing;
mod claims;
mod models;
pub mod pages;
mod report;
mod routes;
mod server;
mod shell;
#[cfg(feature = "ssr")]
mod styleguide;
mod ui;

pub use report::LISTED as REPORTS_ROUTE;
pub use routes::App;
#[cfg(feature = "ssr")]
pub use routes::shell;
#[cfg(feature = "ssr")]
pub use server::context::{Asker, DEVICE_COOKIE, DEVICE_COOKIE_SECURE, SESSION_COOKIE, SESSION_COOKIE_SECURE};
#[cfg(feature = "ssr")]
pub use server::gauge;
#[cfg(feature = "ssr")]
pub use styleguide::styleguide;
