//! Demo data: two insurers, their people, a year of claims, decisions, reviews, use and invoices.
//! All of it goes through the use cases that people use, only with earlier clocks.

mod claims;
mod finance;
mod people;
mod trial;
mod year;

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
    Box::pin(finance::year(app, &team, now)).await?;
    Ok(Demo { logins: logins(), made: true })
}
