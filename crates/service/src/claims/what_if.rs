//! What the model would say if a head or the prognosis were another. Nothing is saved or charged.

use chrono::NaiveDate;
use contract::claim::{ClaimInput, PredictionView, WhatIf};
use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use domain::{ClaimFacts, Head};
use store::claims;

use super::{create, entry, predict};
use crate::{Ctx, Error, Result, id_from};

pub async fn what_if(ctx: &Ctx, question: &WhatIf) -> Result<PredictionView> {
    ctx.require_for_claims(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(&question.claim_id)?).await?;
    let facts = changed(&claim.facts, question, create::today(ctx))?;
    let Some(answer) = predict::answer(ctx, claim.company, &facts).await? else {
        return Err(Error::refused(ErrorKind::Unavailable, "No model is deployed just now."));
    };
    let passing = store::claims::Claim { facts, ..claim };
    let record = answer.record(ctx, &passing)?;
    Ok(predict::view(&record, &passing.facts, false, &answer.model))
}

/// What may be changed: heads, prognosis, and the two flags of the tariff. Never who the claimant is.
fn changed(facts: &ClaimFacts, question: &WhatIf, today: NaiveDate) -> Result<ClaimFacts> {
    const FLAGS: [&str; 3] = ["injury_prognosis_months", "minor_psychological_injury", "exceptional_circumstances"];
    let mut input = ClaimInput::default();
    // What the form requires but a what-if does not change.
    for (field, value) in [("accident_type", "-"), ("accident_date", "2000-01-01"), ("claim_date", "2000-01-01")] {
        input.fields.insert(field.into(), value.into());
    }
    input.fields.insert(FLAGS[0].into(), facts.injury_prognosis_months.unwrap_or(1).to_string());
    for (head, amount) in facts.heads.iter() {
        if let Some(amount) = amount {
            input.fields.insert(head.key().into(), amount.plain());
        }
    }
    for (field, value) in &question.changes {
        if Head::from_key(field).is_none() && !FLAGS.contains(&field.as_str()) {
            return Err(Error::field(field, "this cannot be changed in a what-if"));
        }
        input.fields.insert(field.clone(), value.clone());
    }
    let entry = entry::from_form(&input, today).map_err(|e| Error::Refused(AppError::invalid(e)))?;
    let asked = |field: &str| question.changes.contains_key(field);
    let mut changed = facts.clone();
    changed.heads = entry.facts.heads;
    if asked(FLAGS[0]) {
        changed.injury_prognosis_months = entry.facts.injury_prognosis_months;
    }
    if asked(FLAGS[1]) {
        changed.minor_psychological_injury = entry.facts.minor_psychological_injury;
    }
    if asked(FLAGS[2]) {
        changed.exceptional_circumstances = entry.facts.exceptional_circumstances;
    }
    Ok(changed)
}
