//! Service tiers (stories 51, 79): the [`catalogue`] of what is offered, what a company's tier [`allowed`]s it, and
//! [`requests`] for another.

pub mod allowed;
pub mod catalogue;
pub mod preview;
pub mod requests;

pub use allowed::{require, seat};
