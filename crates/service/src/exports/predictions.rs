//! Predictions with what people made of them and what the claims finally settled for, without personal data (story 26).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::PredictionId;
use domain::outcome::{Label, best};
use domain::settlement::DecisionKind;
use domain::{ClaimFacts, Head};
use ml::features::Recovered;
use ml::interval::ClaimKind;
use store::decisions::{self, Decision};
use store::evidence::{self, Told, Until};
use store::predictions::{Asked, Prediction};

use super::table::{Column, Value};
use super::{After, CHUNK, Narrowed, Portion};
use crate::csv::harmless;
use crate::{Ctx, Result};

/// Each prediction with the decision that was made on it, if it is the one that was decided on.
pub(crate) async fn with_decisions(ctx: &Ctx, rows: Vec<Prediction>) -> Result<Vec<(Prediction, Option<Decision>)>> {
    let claims: Vec<_> = rows.iter().map(|p| p.claim).collect();
    let found = decisions::of_claims(ctx.store(), ctx.caller.reach, &claims).await?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|d| (d.prediction, d)).collect();
    Ok(rows
        .into_iter()
        .map(|p| {
            let decision = found.remove(&Some(p.id));
            (p, decision)
        })
        .collect())
}

/// All that is told of a prediction: no names, free texts, references, ages or genders.
pub(super) fn columns() -> Vec<Column> {
    let mut columns = vec![
        Column::text("prediction_id"),
        Column::text("predicted_at"),
        Column::text("model_id"),
        Column::text("channel"),
        Column::text("kind"),
    ];
    columns.extend(facts_columns(&ClaimFacts::default()).map(|(name, _)| Column::text(name)));
    columns.extend(Head::ALL.iter().map(|h| Column::pounds(h.key())));
    columns.extend(["predicted", "lower", "upper", "base", "tariff"].map(Column::pounds));
    columns.extend([
        Column::text("decision"),
        Column::pounds("decided"),
        Column::text("override_reason"),
        Column::text("decided_at"),
        Column::pounds("own_estimate"),
        Column::pounds("outcome"),
        Column::text("settled_on"),
        Column::pounds("label"),
        Column::text("label_tier"),
    ]);
    columns
}

fn asked(ctx: &Ctx, narrowed: &Narrowed) -> Asked {
    Asked {
        decided: narrowed.overridden.then_some(DecisionKind::Overridden),
        model: narrowed.model,
        from: narrowed.from,
        until: narrowed.until.unwrap_or(ctx.now).min(ctx.now),
    }
}

/// Where the portion ends that begins behind a place; `None` where fewer are left. Found before it is read, so that the
/// one behind it can be read at the same time.
pub(super) async fn edge(
    ctx: &Ctx,
    narrowed: &Narrowed,
    after: After<PredictionId>,
) -> Result<Option<(DateTime<Utc>, PredictionId)>> {
    Ok(evidence::edge(ctx.store(), narrowed.reach(ctx), &asked(ctx, narrowed), after, CHUNK).await?)
}

/// The next of them, oldest first, up to the moment at which the export was asked for. A prediction's label is the best
/// that is known of its claim; where nothing is, it has none.
pub(super) async fn next(
    ctx: &Ctx,
    narrowed: &Narrowed,
    after: After<PredictionId>,
    edge: After<PredictionId>,
) -> Result<Portion<PredictionId>> {
    let (asked, until) = (asked(ctx, narrowed), edge.map_or(Until::Count(CHUNK), Until::Edge));
    let rows = evidence::oldest_first(ctx.store(), narrowed.reach(ctx), &asked, after, until).await?;
    let last = rows.last().map(|p| (p.at, p.id));
    let mut records = Vec::with_capacity(rows.len());
    for told in &rows {
        let decided = told.decision.as_ref().map(|d| (d.kind, d.amount));
        let outcome = told.outcome.map(|(amount, _, tier)| Label { amount, tier });
        let label = best(outcome, told.estimate, decided);
        let kind = ClaimKind::of(&Recovered::of(&told.facts)).key();
        if narrowed.has(label.map(|l| l.tier), kind) {
            records.push(record(told, kind, label));
        }
    }
    Ok(Portion { rows: records, last })
}

/// The facts by name: those that are neither personal nor free text.
fn facts_columns(facts: &ClaimFacts) -> impl Iterator<Item = (&'static str, String)> {
    let text = |value: &Option<String>| value.as_deref().map(harmless).unwrap_or_default();
    let date = |value: Option<NaiveDate>| value.map(|d| d.to_string()).unwrap_or_default();
    let flag = |value: Option<bool>| value.map(|v| v.to_string()).unwrap_or_default();
    let small = |value: Option<u8>| value.map(|v| v.to_string()).unwrap_or_default();
    [
        ("accident_type", text(&facts.accident_type)),
        ("accident_date", date(facts.accident_date)),
        ("claim_date", date(facts.claim_date)),
        ("injury_prognosis_months", small(facts.injury_prognosis_months)),
        ("minor_psychological_injury", flag(facts.minor_psychological_injury)),
        ("exceptional_circumstances", flag(facts.exceptional_circumstances)),
        ("whiplash", flag(facts.whiplash)),
        ("dominant_injury", text(&facts.dominant_injury)),
        ("vehicle_type", text(&facts.vehicle_type)),
        ("vehicle_age", small(facts.vehicle_age)),
        ("weather_conditions", text(&facts.weather_conditions)),
        ("passengers", small(facts.passengers)),
        ("police_report_filed", flag(facts.police_report_filed)),
        ("witness_present", flag(facts.witness_present)),
    ]
    .into_iter()
}

fn record(told: &Told, kind: &str, label: Option<Label>) -> Vec<Value> {
    let mut row = vec![
        Value::Text(told.id.to_string()),
        Value::Text(told.at.to_rfc3339()),
        Value::Text(told.model.to_string()),
        Value::Text(told.channel.clone()),
        Value::Text(kind.into()),
    ];
    row.extend(facts_columns(&told.facts).map(|(_, value)| Value::Text(value)));
    row.extend(told.facts.heads.iter().map(|(_, amount)| Value::Pounds(amount)));
    let amounts = [Some(told.amount), Some(told.lower), Some(told.upper), Some(told.base), told.tariff];
    row.extend(amounts.map(Value::Pounds));
    let decision = told.decision.as_ref();
    row.extend([
        Value::text(decision.map(|d| d.kind.key().to_owned())),
        Value::Pounds(decision.map(|d| d.amount)),
        Value::text(decision.and_then(|d| d.reason).map(|r| r.key().to_owned())),
        Value::text(decision.map(|d| d.at.to_rfc3339())),
        Value::Pounds(told.estimate),
        Value::Pounds(told.outcome.map(|(amount, ..)| amount)),
        Value::text(told.outcome.map(|(_, day, _)| day.to_string())),
        // What a model must not learn from is no label, whoever forgets to look at the tier.
        Value::Pounds(label.filter(|l| l.tier.teaches(true)).map(|l| l.amount)),
        Value::text(label.map(|l| l.tier.key().to_owned())),
    ]);
    row
}
