//! The engine from the outside: train, pack, load, predict, and attack.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests stop at what they did not expect")]

mod common;
mod corpus;
mod crafted_files;
mod crafted_models;
mod experiment;
mod old_bundles;
mod predictions;
mod signatures;
