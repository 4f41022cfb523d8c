//! Overridden predictions with the reason, and what the claim finally settled for where that is known (story 28). The
//! words that people wrote stay with the claim.

use std::collections::BTreeMap;

use domain::Money;
use domain::id::{ClaimId, DecisionId};
use store::{decisions, outcomes, predictions};

use super::table::{Column, Value};
use super::{After, CHUNK, Narrowed, Portion};
use crate::{Ctx, Result};

pub(super) fn columns() -> Vec<Column> {
    let mut columns = ["decision_id", "claim_id", "decided_at", "reason", "kind", "prediction_id", "model_id"]
        .map(Column::text)
        .to_vec();
    columns.extend(["predicted", "lower", "upper", "decided", "difference", "outcome"].map(Column::pounds));
    columns.push(Column::text("outcome_tier"));
    columns
}

/// The next of them, in the order in which they were decided.
pub(super) async fn next(ctx: &Ctx, narrowed: &Narrowed, after: After<DecisionId>) -> Result<Portion<DecisionId>> {
    let (store, reach) = (ctx.store(), narrowed.reach(ctx));
    let until = narrowed.until.unwrap_or(ctx.now).min(ctx.now);
    let rows = decisions::overrides(store, reach, narrowed.from, until, after, CHUNK).await?;
    let last = rows.last().map(|d| (d.at, d.id));
    let claims: Vec<ClaimId> = rows.iter().map(|d| d.claim).collect();
    let predicted: Vec<_> = rows.iter().filter_map(|d| d.prediction).collect();
    let predicted: BTreeMap<_, _> = predictions::amounts(store, reach, &predicted).await?.into_iter().collect();
    let known: BTreeMap<_, _> =
        outcomes::of_claims(store, reach, &claims).await?.into_iter().map(|o| (o.claim, o)).collect();
    let mut records = Vec::with_capacity(rows.len());
    for decision in &rows {
        let (judged, outcome) = (predicted.get(&decision.claim), known.get(&decision.claim));
        let kind = decision.claim_kind.as_deref().unwrap_or_default();
        let of_model = narrowed.model.is_none_or(|model| judged.is_some_and(|j| j.model == model));
        let difference = judged.and_then(|j| decision.amount.checked_sub(j.predicted));
        // As the page has it: what was settled for the predicted amount or less is less.
        let way = narrowed.more.is_none_or(|more| difference.is_some_and(|d| (d > Money::ZERO) == more));
        let of_reason = narrowed.reason.is_none_or(|reason| decision.reason == Some(reason));
        if !of_model || !way || !of_reason || !narrowed.has(outcome.map(|o| o.tier), kind) {
            continue;
        }
        records.push(vec![
            Value::Text(decision.id.to_string()),
            Value::Text(decision.claim.to_string()),
            Value::Text(decision.at.to_rfc3339()),
            Value::text(decision.reason.map(|r| r.key().to_owned())),
            Value::Text(kind.to_owned()),
            Value::text(decision.prediction.map(|p| p.to_string())),
            Value::text(judged.map(|j| j.model.to_string())),
            Value::Pounds(judged.map(|j| j.predicted)),
            Value::Pounds(judged.map(|j| j.lower)),
            Value::Pounds(judged.map(|j| j.upper)),
            Value::Pounds(Some(decision.amount)),
            Value::Pounds(difference),
            Value::Pounds(outcome.map(|o| o.amount)),
            Value::text(outcome.map(|o| o.tier.key().to_owned())),
        ]);
    }
    Ok(Portion { rows: records, last })
}
