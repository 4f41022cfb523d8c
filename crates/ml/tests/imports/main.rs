//! Models of other libraries: read as they were meant, and files that are not what they seem.
//!
//! The model files and `expected.json` are made by `scripts/peer/export_models.py`, whose docstring
//! has the versions.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

mod bundles;
mod common;
mod exporters;
mod hostile_graphs;
mod hostile_texts;
mod truncated;
