//! Booking: every amount that moves is an entry of the journal, in the transaction of what moves it.

use billing::Span;
use billing::journal::{Entry, Unbalanced};
use chrono::NaiveDate;
use domain::id::{CompanyId, JournalId};
use domain::policy::Permission;
use store::Tx;
use store::journal::{Booking, Check};

use crate::{Ctx, Error, Result};

/// What is booked of a company.
pub(super) struct Booked<'a> {
    pub company: CompanyId,
    /// What it books: once.
    pub source: String,
    pub on: NaiveDate,
    pub period: Option<Span>,
    /// The document or payment it is about.
    pub document: String,
    pub description: &'a str,
}

pub(super) async fn book(
    ctx: &Ctx,
    tx: &Tx,
    entry: std::result::Result<Entry, Unbalanced>,
    about: Booked<'_>,
) -> Result<()> {
    let entry = entry.map_err(Error::internal)?;
    store::books::hold(tx).await?;
    // What belongs to a period that is closed is booked on the first day that is open.
    let on = store::books::open_from(tx).await?.map_or(about.on, |open| about.on.max(open));
    let ids: Vec<JournalId> = entry.postings().iter().map(|_| ctx.id()).collect();
    let booking = Booking {
        id: ctx.id(),
        ids: &ids,
        source: about.source,
        company: about.company,
        entry: &entry,
        on,
        period: about.period,
        document: about.document,
        description: about.description.to_owned(),
        at: ctx.now,
    };
    Ok(store::journal::book(tx, booking).await?)
}

/// Adds everything up again.
pub async fn check(ctx: &Ctx) -> Result<Check> {
    ctx.require(Permission::ReadRevenue)?;
    Ok(store::journal::check(ctx.store()).await?)
}
