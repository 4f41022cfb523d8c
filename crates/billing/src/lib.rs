//! Billing: meter → price → invoice → journal.
//!
//! Pure: the same inputs give the same outputs to the byte; the clock is an argument. This crate
//! does **not** know databases, people, permissions or documents. Amounts are whole pence, unit
//! prices whole millionths of a pound, rates basis points; products are taken in `i128`.
//!
//! The invariants it keeps (each a property test): every journal transaction sums to zero; a line is
//! quantity × price rounded half-up once; VAT is computed once per rate; credits never exceed what
//! was invoiced and the last takes the remainder; the order of rating is allowance → tiers →
//! discount → cap → minimum → VAT → credit; periods are half-open in Europe/London and leave no gap.

pub mod credit;
pub mod invoice;
pub mod journal;
pub mod meter;
pub mod period;
pub mod price;
pub mod rating;

pub use invoice::{InvoiceStatus, Totals};
pub use period::{Cycle, Month, Period};
pub use price::{Rate, UnitPrice};
