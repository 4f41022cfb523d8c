//! Outcomes with the predictions that they judge.

use domain::id::OutcomeId;
use store::outcomes::{self, OutcomeQuery};

use super::table::{Column, Value};
use super::{After, CHUNK, Narrowed, Portion};
use crate::{Ctx, Result};

pub(super) fn columns() -> Vec<Column> {
    let mut columns = ["outcome_id", "claim_id", "recorded_at", "source", "tier", "kind"].map(Column::text).to_vec();
    columns.push(Column::pounds("outcome"));
    columns.extend(["settled_on", "decided_on", "prediction_id", "model_id"].map(Column::text));
    columns.extend(["predicted", "lower", "upper", "error"].map(Column::pounds));
    columns.push(Column::text("inside"));
    columns
}

impl Narrowed {
    pub(crate) fn outcomes(&self) -> OutcomeQuery {
        OutcomeQuery {
            tier: self.tier,
            kind: self.kind.map(|kind| kind.key().into()),
            model: self.model,
            from: self.from,
            until: self.until,
        }
    }
}

/// The next of them in force, in the order in which they were recorded.
pub(super) async fn next(ctx: &Ctx, narrowed: &Narrowed, after: After<OutcomeId>) -> Result<Portion<OutcomeId>> {
    let asked = narrowed.outcomes();
    let asked = OutcomeQuery { until: Some(asked.until.unwrap_or(ctx.now).min(ctx.now)), ..asked };
    let rows = outcomes::oldest_first(ctx.store(), narrowed.reach(ctx), &asked, after, CHUNK).await?;
    let last = rows.last().map(|o| (o.at, o.id));
    let record = |o: &outcomes::Outcome| {
        let judged = o.judged;
        let inside = judged.map(|j| (j.lower..=j.upper).contains(&o.amount).to_string());
        vec![
            Value::Text(o.id.to_string()),
            Value::Text(o.claim.to_string()),
            Value::Text(o.at.to_rfc3339()),
            Value::Text(o.source.key().into()),
            Value::Text(o.tier.key().into()),
            Value::Text(o.kind.clone()),
            Value::Pounds(Some(o.amount)),
            Value::Text(o.settled_on.to_string()),
            Value::text(o.decided_day.map(|d| d.to_string())),
            Value::text(judged.map(|j| j.prediction.to_string())),
            Value::text(judged.map(|j| j.model.to_string())),
            Value::Pounds(judged.map(|j| j.predicted)),
            Value::Pounds(judged.map(|j| j.lower)),
            Value::Pounds(judged.map(|j| j.upper)),
            Value::Pounds(judged.and_then(|j| j.predicted.checked_sub(o.amount))),
            Value::text(inside),
        ]
    };
    Ok(Portion { rows: rows.iter().map(record).collect(), last })
}
