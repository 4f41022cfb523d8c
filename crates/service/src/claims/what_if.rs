//! What the model would say if a head or the prognosis were another. Nothing is saved or charged; how
//! often it is asked is counted and limited.

use chrono::Duration;
use contract::claim::{PredictionView, WhatIf};
use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use store::{claims, rates};

use super::{create, entry, predict};
use crate::{Ctx, Error, Result, id_from};

/// How often somebody may ask within a minute: more than anybody types.
const MOST: u64 = 120;

pub async fn what_if(ctx: &Ctx, question: &WhatIf) -> Result<PredictionView> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(&question.claim_id)?).await?;
    super::estimate::given(ctx, &claim).await?;
    // Where own estimates come first, another claim's figures are not asked for by way of one that is settled.
    if claim.status == ClaimStatus::Decided && super::estimate::veiled(ctx).await? {
        let words = "Your company asks for own estimates first: what-if is for claims that are yet to decide.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let facts = entry::changed(&claim.facts, &question.changes, create::today(ctx))
        .map_err(|errors| Error::Refused(AppError::invalid(errors)))?;
    super::estimate::near(ctx, &claim, &facts).await?;
    count(ctx).await?;
    let Some(answer) = predict::again(ctx, &claim, &facts).await? else {
        return Err(Error::refused(ErrorKind::Unavailable, "No model is deployed just now."));
    };
    let passing = store::claims::Claim { facts, ..claim };
    let record = answer.record(ctx, &passing)?;
    Ok(predict::view(&record, &passing.facts, false, &answer.model))
}

async fn count(ctx: &Ctx) -> Result<()> {
    let subject = format!("what_if:{}", ctx.caller.actor.name());
    let tx = ctx.begin().await?;
    let asked = rates::count(&tx, &subject, ctx.now, Duration::minutes(1)).await?;
    tx.commit_bookkeeping().await?;
    metrics::counter!("solatium_what_ifs_total").increment(1);
    if asked > MOST {
        let words = format!("You asked {MOST} times within a minute. Wait a moment and go on.");
        return Err(Error::refused(ErrorKind::TooMany, words));
    }
    Ok(())
}
