//! Prices, invoices and their documents.

pub mod document;
pub mod drafts;
pub mod invoices;
mod parties;
pub(crate) mod pdf;
pub mod terms;

use billing::Month;
use store::figures::{self, Measure};

use crate::{Ctx, Result};

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
