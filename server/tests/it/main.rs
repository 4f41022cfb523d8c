//! The server as a whole, in one program: linking it is what takes the time.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

mod authorisation;
mod batch;
mod common;
mod documents;
mod extract;
mod hostile;
mod kill;
mod ports;
mod rest;
mod stripe;
