//! Prices, usage, invoices, revenue.

pub mod invoices;
mod pdf;
pub mod revenue;
pub mod terms;
pub mod usage;
