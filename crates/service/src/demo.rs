//! Demo data: two insurers, their people, a year of claims, decisions, reviews, use and invoices.
//! All of it goes through the use cases that people use, only with earlier clocks.

mod claims;
mod people;
mod trial;
mod year;

use billing::Month;
use chrono::{DateTime, Duration, Utc};
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

/// Every month that has ended: drafted and issued on the second, paid 24 days later but for the
/// newest; the last month is left as drafts to review.
async fn invoices(app: &App, team: &people::Team, now: DateTime<Utc>) -> Result<()> {
    let finance = team.caller(people::OPERATOR, Role::Finance)?;
    let at = |now| crate::Ctx { app: app.clone(), caller: finance.clone(), now };
    let mut insurers = store::companies::list(&app.store, store::Reach::Operator).await?;
    insurers.retain(|c| !c.operator);
    let current = Month::at(now);
    let mut month = Month::at(now - Duration::days(366));
    while month < current {
        let drafted = month.until() + Duration::hours(34);
        let drafted = drafted.min(now);
        for company in &insurers {
            crate::invoicing::drafts::draft(&at(drafted), company.id, month).await?;
        }
        if month.next() < current {
            let period = month.first_day();
            for invoice in store::invoices::list(&app.store, store::Reach::Operator, false).await? {
                if invoice.period_from != period {
                    continue;
                }
                let id = invoice.id.to_string();
                crate::invoicing::invoices::approve(&at(drafted + Duration::hours(1)), &id).await?;
                crate::invoicing::invoices::issue(&at(drafted + Duration::hours(2)), &id).await?;
                let paid = drafted + Duration::days(24);
                if paid < now && month.next().next() < current {
                    crate::invoicing::invoices::record_payment(&at(paid), &id).await?;
                }
            }
        }
        month = month.next();
    }
    Ok(())
}
