//! Finance: what is agreed, what is charged for it, what comes in.
//!
//! [`prices`] has rate cards and VAT rates, [`contracts`] what a company agreed to; [`drafts`] turns use into documents,
//! [`review`] and [`issue`] make them final, [`credit`] corrects them; [`payments`] and [`bank`] bring the money in;
//! [`ledger`] books all of it.

pub(crate) mod agreements;
mod allocations;
pub mod bank;
pub mod books;
pub mod contracts;
pub mod credit;
pub mod document;
pub mod drafts;
pub mod dunning;
mod einvoice;
pub mod invoices;
pub mod issue;
pub mod late;
pub mod ledger;
pub mod manual;
mod parties;
pub mod payments;
pub(crate) mod pdf;
mod pdf_first;
pub mod prices;
pub mod provider;
pub mod review;
pub mod sending;
pub mod statements;
pub mod usage_alerts;
pub mod usage_statements;

use billing::Month;
use store::figures::{self, Measure};

use crate::{Ctx, Result};

pub(crate) use invoices::period_of;

/// The months from the first use to now, newest first.
pub(crate) async fn used_months(ctx: &Ctx) -> Result<Vec<Month>> {
    let mut month = Month::at(ctx.now);
    let first = figures::first_day(ctx.store(), ctx.caller.reach, Measure::Predicted).await?.map_or(month, Month::of);
    let mut months = vec![month];
    while month > first {
        month = month.previous();
        months.push(month);
    }
    Ok(months)
}
