//! Claims: list, entry, import, the claim page, reviews.

pub mod api;
pub mod claim;
pub mod decision;
mod documents;
pub mod entry;
mod heads;
pub mod list;
pub mod prediction;
mod range;
pub mod review;
pub mod what_if;
