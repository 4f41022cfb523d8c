//! The model registry: upload, validate, measure, approve, compare, deploy, roll back.

pub mod approve;
pub mod cache;
pub mod compare;
pub mod deploy;
mod differences;
pub mod list;
pub mod measure;
pub mod notes;
pub mod report;
pub mod serving;
pub mod shadow;
pub mod trial;
pub mod upload;
pub mod view;

use contract::ErrorKind;
use domain::id::{CompanyId, ModelId};
use store::models::{self, Model, Withdrawal};
use store::{Reach, companies};

use crate::{Ctx, Error, Result};

/// Of what engineers note with what they do, in characters.
const LONGEST_NOTE: usize = 500;

/// Solatium's own company: its models are for all.
pub(crate) async fn operator(ctx: &Ctx) -> Result<CompanyId> {
    let all = companies::list(ctx.store(), Reach::Operator).await?;
    all.into_iter().find(|c| c.operator).map(|c| c.id).ok_or_else(|| Error::internal("there is no operator"))
}

/// Goes on only if the tier of the caller's company has models of its own, where this is one. A roll-back, a stop and the return
/// to what serves everybody are open under every tier.
pub(crate) async fn own_models(ctx: &Ctx, model: &Model) -> Result<()> {
    match ctx.caller.reach_company() {
        Some(own) if own == model.company => crate::tiers::require(ctx, domain::tier::Capability::OwnModels).await,
        _ => Ok(()),
    }
}

/// For whom the caller deploys: for all, or for the own company.
pub(crate) fn deploys_for(ctx: &Ctx) -> Option<CompanyId> {
    ctx.caller.reach_company()
}

/// How a version is called.
pub(crate) fn title(name: &str, version: i32) -> String {
    format!("{name} v{version}")
}

/// Refused where the version is not of the caller's own company.
pub(crate) async fn owned(ctx: &Ctx, model: &Model, to_do: &str) -> Result<()> {
    let own = match ctx.caller.company {
        Some(company) => company,
        None => operator(ctx).await?,
    };
    if model.company == own {
        return Ok(());
    }
    let words = format!("This version is another company’s: its own people {to_do}.");
    Err(Error::refused(ErrorKind::Conflict, words))
}

/// Whether a version is withdrawn for whom the caller deploys.
async fn withdrawn_from(ctx: &Ctx, handle: &impl store::Handle, id: ModelId) -> Result<Option<Withdrawal>> {
    Ok(models::withdrawn(handle, deploys_for(ctx)).await?.into_iter().find(|w| w.model == id))
}
