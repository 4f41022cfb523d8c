//! A claim and a prediction as they are, for integrations.

use domain::id::PredictionId;
use domain::policy::Permission;
use store::claims::{self, Claim};
use store::decisions::{self, Decision};
use store::predictions::{self, Prediction};

use super::predict;
use crate::{Ctx, Result, id_from};

/// A prediction with name and version of the model that made it.
pub type Predicted = (Prediction, String, i32);

/// A claim with its newest prediction and its decision.
pub struct Standing {
    pub claim: Claim,
    pub prediction: Option<Predicted>,
    pub decision: Option<Decision>,
}

pub async fn claim(ctx: &Ctx, id: &str) -> Result<Standing> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    ctx.note_read(claim.company, claim.id).await?;
    let prediction = match claim.prediction {
        Some(id) => Some(predicted(ctx, id).await?),
        None => None,
    };
    let decision = decisions::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    Ok(Standing { claim, prediction, decision })
}

pub async fn prediction(ctx: &Ctx, id: &str) -> Result<Predicted> {
    ctx.require(Permission::ReadClaims)?;
    let found = predicted(ctx, id_from(id)?).await?;
    ctx.note_read(found.0.company, found.0.claim).await?;
    Ok(found)
}

pub(super) async fn predicted(ctx: &Ctx, id: PredictionId) -> Result<Predicted> {
    let found = predictions::find(ctx.store(), ctx.caller.reach, id).await?;
    let (name, version) = predict::model_of(ctx, found.model).await?;
    Ok((found, name, version))
}
