//! Settlement models: what a motor-injury claim settles for, how sure that is, and why.
//!
//! Claims go in as [`domain::ClaimFacts`] or as rows of a CSV file ([`data`]); out come a
//! [`Prediction`] with its interval and its contributions, or a model as a file ([`bundle`]).
//! [`train`] makes such a file from settled claims, [`import`] from a model trained elsewhere;
//! [`generate`] makes claims to try it on.
//!
//! This crate knows no database, no HTTP and no clock (but for the limit on how long a bundle's
//! probes may take): bytes and arrays in, bytes and arrays out. Whatever is random follows from a
//! seed. Bytes of a bundle are taken to be hostile.

pub mod bundle;
pub mod data;
pub mod drift;
pub mod evaluate;
pub mod experiment;
pub mod explain;
pub mod fairness;
pub mod families;
pub mod features;
pub mod generate;
pub mod import;
pub mod interval;
pub mod random;
pub mod train;
pub mod trees;

pub use bundle::{Bundle, BundleError, Contribution, Manifest, PredictError, Prediction};
