//! Billing: meter → card → contract → document → journal.
//!
//! Pure: the same inputs give the same outputs to the byte; the clock is an argument. This crate
//! does **not** know databases, people, permissions or files. Amounts are whole pence, unit
//! prices whole millionths of a pound, rates basis points; products are taken in `i128`.
//!
//! What is charged: a [`card`] says what each use costs, [`agreement`] which card holds on which day
//! and what is due for a period, [`rating`] makes the typed [`component`]s. [`document`] adds them up,
//! [`tax`] knows the rates, [`credit`] takes back, [`settlement`] says what is still owed, [`journal`]
//! books it, [`matching`], [`dunning`], [`interest`] and [`aging`] bring the money in; [`vat`] and [`accounting`] are for
//! the tax office and the books.
//!
//! The invariants it keeps (each a property test of ten thousand cases): every journal entry sums to
//! zero; a line is quantity × price rounded half-up once; VAT is computed once per category and rate;
//! credits never exceed what was invoiced and the last takes the remainder; the order of rating is
//! allowance → tiers → discount → cap → minimum → VAT → credit; what was metered is charged or free,
//! none of it twice; periods are half-open in Europe/London and leave no gap.

pub mod accounting;
pub mod aging;
pub mod agreement;
pub mod card;
pub mod component;
pub mod credit;
pub mod document;
pub mod dunning;
pub mod forecast;
pub mod interest;
pub mod journal;
pub mod matching;
pub mod meter;
pub mod period;
pub mod price;
pub mod rating;
pub mod settlement;
pub mod span;
pub mod tax;
pub mod variance;
pub mod vat;

pub use card::RateCard;
pub use component::{Component, ComponentKind};
pub use document::{DocumentKind, Status, Totals};
pub use period::{Cycle, Month, Period};
pub use price::{Rate, UnitPrice};
pub use span::Span;
pub use tax::{Tax, TaxCategory, TaxGroup};
