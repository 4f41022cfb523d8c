//! Demo data: two insurers, their people, a year of claims, decisions, reviews, use and invoices.
//! All of it goes through the use cases that people use, only with earlier clocks.

mod claims;
mod people;
mod trial;
mod year;

use std::collections::BTreeMap;

use billing::Month;
use chrono::{DateTime, Duration, Utc};
use domain::id::CompanyId;
use domain::policy::Role;

pub use people::{Login, PASSWORD};

use crate::{App, Error, Result};

/// What the demo made.
pub struct Demo {
    pub logins: Vec<Login>,
    /// `false`: it was there already and was left alone.
    pub made: bool,
}

/// The rows from which the demo's models are trained and its claims come.
pub struct Material {
    /// Trained bundles in the order in which they are deployed.
    pub bundles: Vec<(Vec<u8>, &'static str)>,
    /// A file of claims with the data set's columns.
    pub claims_csv: Vec<u8>,
}

/// Whether the database holds the demo already.
pub async fn present(app: &App) -> Result<bool> {
    Ok(store::companies::by_name(&app.store, people::INSURERS[0].name).await?.is_some())
}

/// The demo's logins, for printing them again.
pub fn logins() -> Vec<Login> {
    people::logins()
}

/// Fills an empty database. Does nothing to one that has the demo, and refuses one that has
/// anything else.
pub async fn fill(app: &App, now: DateTime<Utc>, material: Material, claims: usize) -> Result<Demo> {
    if present(app).await? {
        return Ok(Demo { logins: logins(), made: false });
    }
    if store::companies::count(&app.store).await? > 0 {
        return Err(Error::refused(
            contract::ErrorKind::Conflict,
            "This database holds real data: demo data goes into an empty one only.",
        ));
    }
    let start = now - Duration::days(372);
    let team = people::create(app, start).await?;
    let engineer = team.caller(people::OPERATOR, Role::Engineer)?;
    let second = team.caller(people::OPERATOR, Role::Administrator)?;
    for (i, (bundle, notes)) in material.bundles.into_iter().enumerate() {
        let at = start + Duration::days(1 + 180 * i as i64);
        let ctx = crate::Ctx { app: app.clone(), caller: engineer.clone(), now: at };
        let outcome = crate::models::upload::upload(&ctx, bundle, notes).await?;
        let id = outcome.model.ok_or_else(|| Error::internal(outcome.message))?;
        let ctx = crate::Ctx { caller: second.clone(), now: at + Duration::hours(1), ..ctx };
        crate::models::approve::approve(&ctx, id, "Read its report and its release notes.").await?;
        team.deployments.lock().await.push((at + Duration::hours(2), id));
    }
    Box::pin(claims::play(app, &team, now, &material.claims_csv, claims)).await?;
    invoices(app, &team, now).await?;
    Ok(Demo { logins: logins(), made: true })
}

/// Every month that has ended: drafted by one of finance and approved by the other on the second, paid 24 days later but
/// for the newest; the last month is left to be reviewed.
async fn invoices(app: &App, team: &people::Team, now: DateTime<Utc>) -> Result<()> {
    let finance = team.caller(people::OPERATOR, Role::Finance)?;
    let second = team.second(people::OPERATOR, Role::Finance)?;
    let by = |caller: &crate::Caller, now| crate::Ctx { app: app.clone(), caller: caller.clone(), now };
    let mut insurers = store::companies::list(&app.store, store::Reach::Operator).await?;
    insurers.retain(|c| !c.operator);
    let current = Month::at(now);
    let mut month = Month::at(now - Duration::days(366));
    while month < current {
        let drafted = (month.until() + Duration::hours(34)).min(now);
        for company in &insurers {
            crate::invoicing::drafts::draft(&by(&finance, drafted), company.id, month).await?;
            if month.next() < current {
                issued(by(&finance, drafted), by(&second, drafted + Duration::hours(1)), company.id, month).await?;
                let paid = drafted + Duration::days(24);
                if paid < now && month.next().next() < current {
                    paid_in_full(&by(&finance, paid), company.id, month).await?;
                }
            }
        }
        month = month.next();
    }
    Ok(())
}

/// The month's draft of a company is sent for review, approved and issued.
async fn issued(finance: crate::Ctx, second: crate::Ctx, company: CompanyId, month: Month) -> Result<()> {
    use crate::invoicing::{issue, review};
    let Some(draft) = store::invoices::of_period(&finance.app.store, company, month.first_day()).await? else {
        return Ok(());
    };
    let id = draft.id.to_string();
    if draft.status == billing::Status::Draft {
        review::submit(&finance, &id).await?;
    }
    review::approve(&second, &id).await?;
    let later = second.now + Duration::hours(1);
    issue::issue(&crate::Ctx { now: later, ..finance }, &id).await?;
    Ok(())
}

async fn paid_in_full(finance: &crate::Ctx, company: CompanyId, month: Month) -> Result<()> {
    let Some(invoice) = store::invoices::of_period(&finance.app.store, company, month.first_day()).await? else {
        return Ok(());
    };
    let entries = [
        ("id", invoice.id.to_string()),
        ("amount", invoice.open.plain()),
        ("method", "transfer".into()),
        ("reference", invoice.number.unwrap_or_default()),
    ];
    let entries = entries.map(|(name, value)| (name.to_owned(), value));
    (crate::invoicing::payments::RECORD.run)(finance, &BTreeMap::from(entries).into()).await?;
    Ok(())
}
