//! The rules of motor-injury claims in England and Wales.
//!
//! This crate knows ids, money, who may do what, the heads of loss, the whiplash tariff and what a
//! settlement decision is. It does **not** know databases, HTTP, models, the clock or randomness:
//! whatever varies is an argument. It compiles to WebAssembly and is shared with the browser.

pub mod alert;
pub mod calendar;
pub mod claim;
pub mod clock;
pub mod finding;
pub mod head;
pub mod id;
pub mod money;
pub mod offer;
pub mod outcome;
pub mod policy;
pub mod settlement;
pub mod tariff;
pub mod tier;
pub mod trial;
pub mod words;

pub use claim::ClaimFacts;
pub use head::{Head, Heads};
pub use money::Money;
