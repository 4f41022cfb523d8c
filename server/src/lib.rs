//! The server: commands, settings, sessions, routes, the REST API.
//!
//! This is the only crate that reads the clock and the environment.

mod asked;
pub mod commands;
pub mod config;
mod downloads;
mod functions;
pub mod ports;
pub mod rest;
pub mod routes;
pub mod security;
mod socket;
pub mod state;
mod telemetry;
pub mod webhooks;
mod worker;
