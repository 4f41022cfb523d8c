//! Predictions, decisions and overrides as CSV, without personal data (story 26).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use domain::Head;
use domain::id::PredictionId;
use domain::policy::Permission;
use domain::settlement::DecisionKind;
use domain::{ClaimFacts, Money};
use store::decisions::{self, Decision};
use store::predictions::{self, Prediction};

use crate::csv::{harmless, lines};
use crate::reports::Query;
use crate::{Ctx, Result};

/// Rows fetched at a time for a download.
const CHUNK: u64 = 1_000;

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

/// All predictions within reach as CSV, a piece at a time: the facts that were used, the prediction,
/// the decision. No names, free texts, references, ages or genders. Oldest first, up to the moment at
/// which it was asked for.
pub struct Export {
    ctx: Ctx,
    /// Only those that were decided so.
    decided: Option<DecisionKind>,
    after: Option<(DateTime<Utc>, PredictionId)>,
    /// Whether the header has been given.
    begun: bool,
}

/// Permits the export and records it. The pieces are then read as fast as they are taken.
pub async fn export(ctx: &Ctx, query: &Query) -> Result<Export> {
    ctx.require(Permission::ExportPredictions)?;
    let tx = ctx.begin().await?;
    let event = ctx.audit(
        ctx.caller.company,
        "predictions.exported",
        "company",
        "",
        serde_json::json!({ "overridden": query.is("overridden") }),
    );
    tx.commit(event).await?;
    let decided = crate::reports::predictions_decided(query);
    Ok(Export { ctx: ctx.clone(), decided, after: None, begun: false })
}

impl Export {
    /// The next piece, or `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let (store, reach, until) = (self.ctx.store(), self.ctx.caller.reach, self.ctx.now);
        let rows = predictions::oldest_first(store, reach, self.decided, self.after, until, CHUNK).await?;
        let Some(last) = rows.last().map(|p| (p.at, p.id)) else {
            let header = (!self.begun).then(|| lines([header().into_iter().map(str::to_owned).collect()]));
            self.begun = true;
            return header.transpose();
        };
        let mut records = Vec::with_capacity(rows.len() + 1);
        if !self.begun {
            records.push(header().into_iter().map(str::to_owned).collect());
        }
        for (prediction, decision) in with_decisions(&self.ctx, rows).await? {
            records.push(record(&prediction, decision.as_ref())?);
        }
        (self.after, self.begun) = (Some(last), true);
        Ok(Some(lines(records)?))
    }
}

fn header() -> Vec<&'static str> {
    let mut columns = vec!["prediction_id", "predicted_at", "model_id", "channel"];
    columns.extend(facts_columns(&ClaimFacts::default()).map(|(name, _)| name));
    columns.extend(Head::ALL.iter().map(|h| h.key()));
    columns.extend([
        "predicted",
        "lower",
        "upper",
        "base",
        "tariff",
        "decision",
        "decided",
        "override_reason",
        "decided_at",
    ]);
    columns
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

fn record(prediction: &Prediction, decision: Option<&Decision>) -> Result<Vec<String>> {
    let facts: ClaimFacts = serde_json::from_str(&prediction.facts)?;
    let money = |value: Option<Money>| value.map(Money::plain).unwrap_or_default();
    let mut row = vec![
        prediction.id.to_string(),
        prediction.at.to_rfc3339(),
        prediction.model.to_string(),
        prediction.channel.clone(),
    ];
    row.extend(facts_columns(&facts).map(|(_, value)| value));
    row.extend(facts.heads.iter().map(|(_, amount)| money(amount)));
    row.extend([
        prediction.amount.plain(),
        prediction.lower.plain(),
        prediction.upper.plain(),
        prediction.base.plain(),
        money(prediction.tariff),
        decision.map(|d| d.kind.key().to_owned()).unwrap_or_default(),
        money(decision.map(|d| d.amount)),
        decision.and_then(|d| d.reason).map(|r| r.key().to_owned()).unwrap_or_default(),
        decision.map(|d| d.at.to_rfc3339()).unwrap_or_default(),
    ]);
    Ok(row)
}
