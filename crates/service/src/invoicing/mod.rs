//! Prices, usage, invoices, revenue.

pub mod document;
pub mod drafts;
pub mod invoices;
mod parties;
mod pdf;
pub mod revenue;
pub mod terms;
pub mod usage;
