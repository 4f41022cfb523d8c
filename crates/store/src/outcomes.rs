//! What claims finally settled for. A correction supersedes what was said before; nothing is edited.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{ClaimId, CompanyId, ModelId, OutcomeId, PredictionId};
use domain::outcome::{Source, Tier};
use sea_orm::sea_query::{Expr, NullOrdering};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

use crate::cipher::{Place, seal_text};
use crate::entity::outcomes as table;
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, known, parsed, parsed_opt, scoped};

/// The most that are listed of one claim.
pub const MOST: u64 = 100;

/// Ids in one question.
const PORTION: usize = 500;

/// The prediction that an outcome judges, as it stood when it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub prediction: PredictionId,
    pub model: ModelId,
    pub predicted: Money,
    pub lower: Money,
    pub upper: Money,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub id: OutcomeId,
    pub company: CompanyId,
    pub claim: ClaimId,
    pub amount: Money,
    pub settled_on: NaiveDate,
    pub source: Source,
    pub tier: Tier,
    /// The claims system's own name for it; encrypted with the claimant's key.
    pub reference: String,
    pub recorded_by: String,
    pub at: DateTime<Utc>,
    pub supersedes: Option<OutcomeId>,
    pub superseded_at: Option<DateTime<Utc>>,
    pub judged: Option<Judged>,
    /// The kind of claim, by what is negotiable in it.
    pub kind: String,
    /// When it was decided here.
    pub decided_day: Option<NaiveDate>,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "outcomes", column: "sealed", row }
}

/// Records one in the place of the one that is in force, which must be the one it supersedes.
///
/// # Errors
///
/// A conflict where another was recorded first.
pub async fn record(tx: &Tx, outcome: &Outcome) -> Result<()> {
    if let Some(before) = outcome.supersedes {
        let done = table::Entity::update_many()
            .col_expr(table::Column::SupersededAt, Expr::value(outcome.at.timestamp_millis()))
            .filter(table::Column::Id.eq(before.to_string()))
            .filter(table::Column::SupersededAt.is_null())
            .exec(tx.connection())
            .await?;
        if done.rows_affected != 1 {
            return Err(StoreError::Conflict("another outcome was recorded meanwhile".into()));
        }
    }
    let id = outcome.id.to_string();
    let sealed = match outcome.reference.as_str() {
        "" => None,
        text => Some(seal_text(&keys::of_claim(tx, outcome.claim).await?, place(&id), text)?),
    };
    let judged = outcome.judged;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(outcome.company.to_string()),
        claim_id: Set(outcome.claim.to_string()),
        amount_pence: Set(outcome.amount.pence()),
        settled_on: Set(outcome.settled_on.to_string()),
        source: Set(outcome.source.key().into()),
        tier: Set(outcome.tier.key().into()),
        sealed: Set(sealed),
        recorded_by: Set(outcome.recorded_by.clone()),
        recorded_at: Set(outcome.at.timestamp_millis()),
        supersedes: Set(outcome.supersedes.map(|id| id.to_string())),
        superseded_at: Set(None),
        prediction_id: Set(judged.map(|j| j.prediction.to_string())),
        model_id: Set(judged.map(|j| j.model.to_string())),
        predicted_pence: Set(judged.map(|j| j.predicted.pence())),
        lower_pence: Set(judged.map(|j| j.lower.pence())),
        upper_pence: Set(judged.map(|j| j.upper.pence())),
        kind: Set(outcome.kind.clone()),
        decided_day: Set(outcome.decided_day.map(|d| d.to_string())),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// All that was recorded of a claim, newest first: the first is in force.
pub async fn of_claim(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Vec<Outcome>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        // The one in force is among them, however many were recorded in one millisecond.
        .order_by_with_nulls(table::Column::SupersededAt, Order::Desc, NullOrdering::First)
        .order_by_desc(table::Column::RecordedAt)
        .order_by_desc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    Ok(chained(records(handle, rows).await?))
}

/// The one in force of a claim, with its reference.
pub async fn in_force(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Option<Outcome>> {
    Ok(in_force_of(handle, reach, &[claim]).await?.remove(&claim))
}

/// Those in force of these claims, with their references.
pub async fn in_force_of(handle: &impl Handle, reach: Reach, claims: &[ClaimId]) -> Result<BTreeMap<ClaimId, Outcome>> {
    let found = records(handle, rows_in_force(handle, reach, claims).await?).await?;
    Ok(found.into_iter().map(|outcome| (outcome.claim, outcome)).collect())
}

async fn rows_in_force(handle: &impl Handle, reach: Reach, claims: &[ClaimId]) -> Result<Vec<table::Model>> {
    let mut rows = Vec::new();
    for portion in claims.chunks(PORTION) {
        let some = scoped(table::Entity::find(), reach, table::Column::CompanyId)
            .filter(table::Column::ClaimId.is_in(portion.iter().map(ToString::to_string)))
            .filter(table::Column::SupersededAt.is_null());
        rows.extend(some.all(handle.connection()).await?);
    }
    Ok(rows)
}

/// The one in force first, each before the one that it corrects: also those of one millisecond.
fn chained(mut rest: Vec<Outcome>) -> Vec<Outcome> {
    let mut all: Vec<Outcome> = Vec::with_capacity(rest.len());
    loop {
        let next = match all.last() {
            None => rest.iter().position(|o| o.superseded_at.is_none()),
            Some(last) => rest.iter().position(|o| Some(o.id) == last.supersedes),
        };
        match next {
            Some(at) => all.push(rest.remove(at)),
            None => break,
        }
    }
    all.extend(rest);
    all
}

/// The outcome in force of each of these claims that has one, without its reference.
pub async fn of_claims(handle: &impl Handle, reach: Reach, claims: &[ClaimId]) -> Result<Vec<Outcome>> {
    let rows = rows_in_force(handle, reach, claims).await?;
    rows.into_iter().map(|row| record_of(row, None)).collect()
}

/// Which outcomes in force are asked for; `None` does not limit.
#[derive(Debug, Clone, Default)]
pub struct OutcomeQuery {
    pub tier: Option<Tier>,
    pub kind: Option<String>,
    pub model: Option<ModelId>,
    /// Recorded from this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before this moment.
    pub until: Option<DateTime<Utc>>,
}

fn asked(reach: Reach, query: &OutcomeQuery) -> Select<table::Entity> {
    use table::Column as C;
    scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::SupersededAt.is_null())
        .apply_if(query.tier, |s, tier| s.filter(C::Tier.eq(tier.key())))
        .apply_if(query.kind.clone(), |s, kind| s.filter(C::Kind.eq(kind)))
        .apply_if(query.model, |s, model| s.filter(C::ModelId.eq(model.to_string())))
        .apply_if(query.from, |s, from| s.filter(C::RecordedAt.gte(from.timestamp_millis())))
        .apply_if(query.until, |s, until| s.filter(C::RecordedAt.lt(until.timestamp_millis())))
}

/// A page of them, newest first, and how many there are.
pub async fn list(
    handle: &impl Handle,
    reach: Reach,
    query: &OutcomeQuery,
    (page, per_page): (u64, u64),
) -> Result<(Vec<Outcome>, u64)> {
    let select = asked(reach, query);
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(table::Column::RecordedAt)
        .order_by_desc(table::Column::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(|row| record_of(row, None)).collect::<Result<_>>()?, total))
}

/// They, oldest first, behind the last one of the portion before: whatever is recorded meanwhile, each comes once.
pub async fn oldest_first(
    handle: &impl Handle,
    reach: Reach,
    query: &OutcomeQuery,
    after: Option<(DateTime<Utc>, OutcomeId)>,
    limit: u64,
) -> Result<Vec<Outcome>> {
    use table::Column as C;
    let mut select = asked(reach, query);
    if let Some((at, id)) = after {
        let at = at.timestamp_millis();
        let later = Condition::all().add(C::RecordedAt.eq(at)).add(C::Id.gt(id.to_string()));
        select = select.filter(C::RecordedAt.gte(at)).filter(Condition::any().add(C::RecordedAt.gt(at)).add(later));
    }
    let rows = select.order_by_asc(C::RecordedAt).order_by_asc(C::Id).limit(limit).all(handle.connection()).await?;
    rows.into_iter().map(|row| record_of(row, None)).collect()
}

/// How many there are, up to one more than [`crate::MOST_COUNTED`].
pub async fn count(handle: &impl Handle, reach: Reach, query: &OutcomeQuery) -> Result<u64> {
    count_some(handle, asked(reach, query)).await
}

async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Outcome>> {
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, row.sealed.as_ref());
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter().map(|row| record_of(row, Some(&keys))).collect()
}

/// `keys`: given where the reference is wanted; of an erased claimant it is gone.
fn record_of(row: table::Model, keys: Option<&Keyring>) -> Result<Outcome> {
    let company = parsed(&row.company_id)?;
    let reference = match (&row.sealed, keys) {
        (Some(sealed), Some(keys)) => keys.open(company, place(&row.id), sealed)?.unwrap_or_default(),
        _ => String::new(),
    };
    let prediction: Option<PredictionId> = parsed_opt(row.prediction_id.as_ref())?;
    let model: Option<ModelId> = parsed_opt(row.model_id.as_ref())?;
    let amounts = row.predicted_pence.zip(row.lower_pence).zip(row.upper_pence);
    let judged = prediction.zip(model).zip(amounts).map(|((prediction, model), ((predicted, lower), upper))| Judged {
        prediction,
        model,
        predicted: Money::from_pence(predicted),
        lower: Money::from_pence(lower),
        upper: Money::from_pence(upper),
    });
    Ok(Outcome {
        id: parsed(&row.id)?,
        company,
        claim: parsed(&row.claim_id)?,
        amount: Money::from_pence(row.amount_pence),
        settled_on: parsed(&row.settled_on)?,
        source: known(Source::from_key(&row.source), "source")?,
        tier: known(Tier::from_key(&row.tier), "tier")?,
        reference,
        recorded_by: row.recorded_by,
        at: instant(row.recorded_at),
        supersedes: parsed_opt(row.supersedes.as_ref())?,
        superseded_at: row.superseded_at.map(instant),
        judged,
        kind: row.kind,
        decided_day: parsed_opt(row.decided_day.as_ref())?,
    })
}

/// A prediction and what became of the claim, in pence, without ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub model: ModelId,
    pub kind: String,
    pub predicted: i64,
    pub lower: i64,
    pub upper: i64,
    pub settled: i64,
    /// When it was decided here.
    pub decided_day: Option<NaiveDate>,
}

/// The newest true outcomes in force that were recorded before a moment, with the predictions that they judge: of claims
/// that were decided from a day on (or were not decided here).
pub async fn pairs(
    handle: &impl Handle,
    reach: Reach,
    model: Option<ModelId>,
    (from, until): (NaiveDate, DateTime<Utc>),
    most: u64,
) -> Result<Vec<Pair>> {
    use table::Column as C;
    type Row = (Option<String>, String, Option<i64>, Option<i64>, Option<i64>, i64, Option<String>);
    let query = OutcomeQuery { tier: Some(Tier::A), model, until: Some(until), ..OutcomeQuery::default() };
    let decided = Condition::any().add(C::DecidedDay.is_null()).add(C::DecidedDay.gte(from.to_string()));
    let rows: Vec<Row> = asked(reach, &query)
        .filter(C::PredictionId.is_not_null())
        .filter(decided)
        .order_by_desc(C::RecordedAt)
        .limit(most)
        .select_only()
        .columns([C::ModelId, C::Kind, C::PredictedPence, C::LowerPence, C::UpperPence, C::AmountPence, C::DecidedDay])
        .into_tuple()
        .all(handle.connection())
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for (model, kind, predicted, lower, upper, settled, decided) in rows {
        let (Some(model), Some(predicted), Some(lower), Some(upper)) = (model, predicted, lower, upper) else {
            continue;
        };
        let (model, decided_day) = (parsed(&model)?, parsed_opt(decided.as_ref())?);
        all.push(Pair { model, kind, predicted, lower, upper, settled, decided_day });
    }
    Ok(all)
}
