//! Predictions as they were made: amount, range, explanation and the facts they rest on.

use chrono::{DateTime, Utc};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{ClaimId, CompanyId, ModelId, PredictionId};
use domain::settlement::DecisionKind;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use serde::{Deserialize, Serialize};

use crate::cipher::{DataKey, Place, seal_text};
use crate::claims::ClaimKeys;
use crate::entity::{decisions, predictions as table};
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, Writes, count_some, instant, parsed, scoped};

/// One bar of the explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    pub feature: String,
    pub label: String,
    pub amount: Money,
}

#[derive(Debug, Clone)]
pub struct Prediction {
    pub id: PredictionId,
    pub company: CompanyId,
    pub claim: ClaimId,
    pub model: ModelId,
    pub amount: Money,
    pub lower: Money,
    pub upper: Money,
    /// The range's level in basis points: 9,000 for 90%.
    pub level_bp: i32,
    pub base: Money,
    pub contributions: Vec<Contribution>,
    pub tariff: Option<Money>,
    /// The facts that were used, as JSON, without the free texts.
    pub facts: String,
    pub requested_by: String,
    /// `form`, `file` or `api`.
    pub channel: String,
    /// Microseconds the model took.
    pub duration_us: i64,
    pub at: DateTime<Utc>,
}

/// What is personal of a prediction, encrypted with the claimant's key.
#[derive(Serialize, Deserialize)]
pub(crate) struct Personal {
    pub contributions: Vec<Contribution>,
    pub facts: String,
}

pub(crate) fn place(row: &str) -> Place<'_> {
    Place { table: "predictions", column: "sealed", row }
}

/// Stores the prediction of a claim that was stored before.
pub async fn create(tx: &Tx, p: &Prediction) -> Result<()> {
    let key = keys::of_claim(tx, p.claim).await?;
    table::Entity::insert(row(&key, p)?).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Rows of one statement, and ids in one question.
const PORTION: usize = 100;

/// Puts the predictions of new claims among what is to be written, each beside its place among their keys.
pub fn create_all(writes: &mut Writes, predictions: &[(usize, &Prediction)], keys: &ClaimKeys) -> Result<()> {
    let rows: Vec<_> = predictions.iter().map(|(i, p)| row(&keys.0[*i], p)).collect::<Result<_>>()?;
    writes.insert(&rows, PORTION);
    Ok(())
}

fn row(key: &DataKey, p: &Prediction) -> Result<table::ActiveModel> {
    let id = p.id.to_string();
    let personal = Personal { contributions: p.contributions.clone(), facts: p.facts.clone() };
    Ok(table::ActiveModel {
        company_id: Set(p.company.to_string()),
        claim_id: Set(p.claim.to_string()),
        model_id: Set(p.model.to_string()),
        amount_pence: Set(p.amount.pence()),
        lower_pence: Set(p.lower.pence()),
        upper_pence: Set(p.upper.pence()),
        level_bp: Set(p.level_bp),
        base_pence: Set(p.base.pence()),
        contributions: Set("[]".into()),
        tariff_pence: Set(p.tariff.map(Money::pence)),
        facts: Set("{}".into()),
        requested_by: Set(p.requested_by.clone()),
        channel: Set(p.channel.clone()),
        duration_us: Set(p.duration_us),
        created_at: Set(p.at.timestamp_millis()),
        sealed: Set(Some(seal_text(key, place(&id), &serde_json::to_string(&personal)?)?)),
        created_day: Set(Some(london_date(p.at).to_string())),
        id: Set(id),
    })
}

pub async fn find(handle: &impl Handle, reach: Reach, id: PredictionId) -> Result<Prediction> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    records(handle, vec![row]).await?.pop().ok_or(StoreError::NotFound)
}

/// Those of these ids that are within reach, in any order.
pub async fn by_ids(handle: &impl Handle, reach: Reach, ids: &[PredictionId]) -> Result<Vec<Prediction>> {
    let mut found = Vec::with_capacity(ids.len());
    for portion in ids.chunks(PORTION) {
        let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
            .filter(table::Column::Id.is_in(portion.iter().map(ToString::to_string)))
            .all(handle.connection())
            .await?;
        found.extend(records(handle, rows).await?);
    }
    Ok(found)
}

/// What these predictions said, by the claim that each is of: amounts and model, without what is personal.
pub async fn amounts(
    handle: &impl Handle,
    reach: Reach,
    ids: &[PredictionId],
) -> Result<Vec<(ClaimId, crate::outcomes::Judged)>> {
    use table::Column as C;
    let mut found = Vec::new();
    for portion in ids.chunks(PORTION) {
        let rows: Vec<(String, String, String, i64, i64, i64)> = scoped(table::Entity::find(), reach, C::CompanyId)
            .filter(C::Id.is_in(portion.iter().map(ToString::to_string)))
            .select_only()
            .columns([C::Id, C::ClaimId, C::ModelId, C::AmountPence, C::LowerPence, C::UpperPence])
            .into_tuple()
            .all(handle.connection())
            .await?;
        for (id, claim, model, predicted, lower, upper) in rows {
            let judged = crate::outcomes::Judged {
                prediction: parsed(&id)?,
                model: parsed(&model)?,
                predicted: Money::from_pence(predicted),
                lower: Money::from_pence(lower),
                upper: Money::from_pence(upper),
            };
            found.push((parsed(&claim)?, judged));
        }
    }
    Ok(found)
}

/// Which predictions to list; `None` does not limit.
#[derive(Debug, Clone, Default)]
pub struct PredictionQuery {
    pub model: Option<ModelId>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// Only those that were decided so.
    pub decided: Option<DecisionKind>,
    /// First page is 1.
    pub page: u64,
    pub per_page: u64,
}

/// The predictions within reach, newest first, and how many there are.
pub async fn list(handle: &impl Handle, reach: Reach, query: &PredictionQuery) -> Result<(Vec<Prediction>, u64)> {
    let mut select = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    if let Some(model) = query.model {
        select = select.filter(table::Column::ModelId.eq(model.to_string()));
    }
    if let Some(from) = query.from {
        select = select.filter(table::Column::CreatedAt.gte(from.timestamp_millis()));
    }
    if let Some(until) = query.until {
        select = select.filter(table::Column::CreatedAt.lt(until.timestamp_millis()));
    }
    if let Some(kind) = query.decided {
        return decided(handle, reach, query, kind).await;
    }
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(table::Column::CreatedAt)
        .order_by_desc(table::Column::Id)
        .offset(query.page.saturating_sub(1) * query.per_page)
        .limit(query.per_page)
        .all(handle.connection())
        .await?;
    Ok((records(handle, rows).await?, total))
}

/// The ids that a model and days leave; `None` where neither is asked for.
fn narrowed(query: &PredictionQuery) -> Option<Select<table::Entity>> {
    use table::Column as C;
    (query.model.is_some() || query.from.is_some() || query.until.is_some()).then(|| {
        table::Entity::find()
            .select_only()
            .column(C::Id)
            .apply_if(query.model, |s, model| s.filter(C::ModelId.eq(model.to_string())))
            .apply_if(query.from, |s, from| s.filter(C::CreatedAt.gte(from.timestamp_millis())))
            .apply_if(query.until, |s, until| s.filter(C::CreatedAt.lt(until.timestamp_millis())))
    })
}

/// Those that were decided so, newest decision first: the decisions lead, of which there are fewer.
async fn decided(
    handle: &impl Handle,
    reach: Reach,
    query: &PredictionQuery,
    kind: DecisionKind,
) -> Result<(Vec<Prediction>, u64)> {
    use decisions::Column as D;
    let select = scoped(decisions::Entity::find(), reach, D::CompanyId)
        .filter(D::Kind.eq(kind.key()))
        .filter(D::PredictionId.is_not_null())
        .apply_if(narrowed(query), |s, own| s.filter(D::PredictionId.in_subquery(own.into_query())));
    let total = count_some(handle, select.clone()).await?;
    let ids: Vec<String> = select
        .select_only()
        .column(D::PredictionId)
        .order_by_desc(D::DecidedAt)
        .order_by_desc(D::Id)
        .offset(query.page.saturating_sub(1) * query.per_page)
        .limit(query.per_page)
        .into_tuple()
        .all(handle.connection())
        .await?;
    let ids: Vec<PredictionId> = ids.iter().map(|id| parsed(id)).collect::<Result<_>>()?;
    let mut found = by_ids(handle, reach, &ids).await?;
    found.sort_by_key(|p| ids.iter().position(|id| *id == p.id));
    Ok((found, total))
}

/// Which predictions are taken away.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Only those that were decided so.
    pub decided: Option<DecisionKind>,
    pub model: Option<ModelId>,
    pub from: Option<DateTime<Utc>>,
    pub until: DateTime<Utc>,
}

/// Predictions within reach that lie behind a place, oldest first.
pub(crate) fn behind(
    reach: Reach,
    asked: &Asked,
    after: Option<(DateTime<Utc>, PredictionId)>,
) -> Select<table::Entity> {
    use decisions::Column as D;
    use table::Column as C;
    let select = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::CreatedAt.lt(asked.until.timestamp_millis()))
        .apply_if(asked.model, |s, model| s.filter(C::ModelId.eq(model.to_string())))
        .apply_if(asked.from, |s, from| s.filter(C::CreatedAt.gte(from.timestamp_millis())))
        .apply_if(asked.decided, |s, kind| {
            let ids = decisions::Entity::find().select_only().column(D::PredictionId).filter(D::Kind.eq(kind.key()));
            s.filter(C::Id.in_subquery(ids.into_query()))
        })
        .order_by_asc(C::CreatedAt)
        .order_by_asc(C::Id);
    let Some((at, id)) = after else { return select };
    let at = at.timestamp_millis();
    let later = Condition::all().add(C::CreatedAt.eq(at)).add(C::Id.gt(id.to_string()));
    // The first bound alone lets the index be entered at the right place.
    select.filter(C::CreatedAt.gte(at)).filter(Condition::any().add(C::CreatedAt.gt(at)).add(later))
}

/// The next `limit` of them, with the steps that explain them.
pub async fn oldest_first(
    handle: &impl Handle,
    reach: Reach,
    asked: &Asked,
    after: Option<(DateTime<Utc>, PredictionId)>,
    limit: u64,
) -> Result<Vec<Prediction>> {
    let rows = behind(reach, asked, after).limit(limit).all(handle.connection()).await?;
    records(handle, rows).await
}

async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Prediction>> {
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, row.sealed.as_ref());
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter().map(|row| record(row, &keys)).collect()
}

/// Of an erased claimant amounts and dates stay.
fn record(row: table::Model, keys: &Keyring) -> Result<Prediction> {
    let company = parsed(&row.company_id)?;
    let opened = match &row.sealed {
        Some(sealed) => keys.open(company, place(&row.id), sealed)?,
        None => None,
    };
    let personal = match opened {
        Some(text) => serde_json::from_str(&text)?,
        None => Personal { contributions: serde_json::from_str(&row.contributions)?, facts: row.facts },
    };
    Ok(Prediction {
        id: parsed(&row.id)?,
        company,
        claim: parsed(&row.claim_id)?,
        model: parsed(&row.model_id)?,
        amount: Money::from_pence(row.amount_pence),
        lower: Money::from_pence(row.lower_pence),
        upper: Money::from_pence(row.upper_pence),
        level_bp: row.level_bp,
        base: Money::from_pence(row.base_pence),
        contributions: personal.contributions,
        tariff: row.tariff_pence.map(Money::from_pence),
        facts: personal.facts,
        requested_by: row.requested_by,
        channel: row.channel,
        duration_us: row.duration_us,
        at: instant(row.created_at),
    })
}
