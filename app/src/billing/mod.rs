//! Prices, usage, invoices, revenue.

pub mod api;
pub mod page;
