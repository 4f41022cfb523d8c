//! The server: commands, settings, sessions, routes, the REST API.
//!
//! This is the only crate that reads the clock and the environment.

pub mod commands;
pub mod config;
pub mod rest;
pub mod routes;
pub mod security;
pub mod state;
mod telemetry;
