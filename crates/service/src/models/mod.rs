//! The model registry: upload, validate, compare, deploy, roll back.

pub mod cache;
pub mod compare;
pub mod deploy;
pub mod export;
pub mod list;
pub mod report;
pub mod upload;
pub mod view;

use domain::id::CompanyId;
use store::{Reach, companies};

use crate::{Ctx, Error, Result};

/// Solatium's own company: its models are for all.
async fn operator(ctx: &Ctx) -> Result<CompanyId> {
    let all = companies::list(ctx.store(), Reach::Operator).await?;
    all.into_iter().find(|c| c.operator).map(|c| c.id).ok_or_else(|| Error::internal("there is no operator"))
}

/// For whom the caller deploys: for all, or for the own company.
fn deploys_for(ctx: &Ctx) -> Option<CompanyId> {
    match ctx.caller.reach {
        Reach::Operator => None,
        Reach::Company(own) => Some(own),
    }
}

/// How a version is called.
fn title(name: &str, version: i32) -> String {
    format!("{name} v{version}")
}
