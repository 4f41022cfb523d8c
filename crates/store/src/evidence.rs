//! Predictions with what is known of their claims, a portion at a time, for those who take many of them away: one question
//! for each portion, and nothing is opened that is not told.

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{CompanyId, ModelId, PredictionId};
use domain::outcome::Tier;
use domain::settlement::{DecisionKind, OverrideReason};
use domain::{ClaimFacts, Money};
use sea_orm::sea_query::{Expr, IntoCondition};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationDef,
};
use serde::Deserialize;

use crate::entity::{decisions, estimates, outcomes, predictions as table};
use crate::keys::{Keyring, Wanted};
use crate::predictions::{Asked, behind, place};
use crate::{Handle, Reach, Result, instant, known, parsed};

/// A prediction as it is told: without the steps that explain it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub id: PredictionId,
    pub model: ModelId,
    pub at: DateTime<Utc>,
    pub channel: String,
    /// Without free texts; empty of an erased claimant.
    pub facts: ClaimFacts,
    pub amount: Money,
    pub lower: Money,
    pub upper: Money,
    pub base: Money,
    pub tariff: Option<Money>,
    /// Where it is what was decided on.
    pub decision: Option<Decided>,
    /// What somebody would have settled for before they saw it.
    pub estimate: Option<Money>,
    /// In force: the amount, the day, the tier.
    pub outcome: Option<(Money, NaiveDate, Tier)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    pub kind: DecisionKind,
    pub amount: Money,
    pub reason: Option<OverrideReason>,
    pub at: DateTime<Utc>,
}

/// A place in the order of their time.
pub type Edge = (DateTime<Utc>, PredictionId);

#[derive(FromQueryResult)]
struct Row {
    id: String,
    company_id: String,
    model_id: String,
    created_at: i64,
    channel: String,
    amount_pence: i64,
    lower_pence: i64,
    upper_pence: i64,
    base_pence: i64,
    tariff_pence: Option<i64>,
    facts: String,
    sealed: Option<String>,
    decided: Option<String>,
    decided_pence: Option<i64>,
    reason: Option<String>,
    decided_at: Option<i64>,
    estimate_pence: Option<i64>,
    outcome_pence: Option<i64>,
    settled_on: Option<String>,
    tier: Option<String>,
}

/// Of what is personal, the facts alone.
#[derive(Deserialize)]
struct Personal {
    facts: String,
}

/// The last of the next `count` behind a place; `None` where there are fewer.
pub async fn edge(
    handle: &impl Handle,
    reach: Reach,
    query: &Asked,
    after: Option<Edge>,
    count: u64,
) -> Result<Option<Edge>> {
    let row: Option<(i64, String)> = behind(reach, query, after)
        .select_only()
        .columns([table::Column::CreatedAt, table::Column::Id])
        .offset(count.saturating_sub(1))
        .limit(1)
        .into_tuple()
        .one(handle.connection())
        .await?;
    row.map(|(at, id)| Ok((instant(at), parsed(&id)?))).transpose()
}

/// What belongs to the claim of a prediction.
fn of_claim<E: EntityTrait>(claim: E::Column, also: impl Fn() -> Condition + Send + Sync + 'static) -> RelationDef {
    let relation: RelationDef = table::Entity::belongs_to(E::default()).from(table::Column::ClaimId).to(claim).into();
    relation.on_condition(move |_, _| also())
}

/// Where a portion ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// With this one. Whatever was written since it was found, each comes in one portion and in no other.
    Edge(Edge),
    /// With so many.
    Count(u64),
}

/// Those behind a place until another, oldest first.
pub async fn oldest_first(
    handle: &impl Handle,
    reach: Reach,
    query: &Asked,
    after: Option<Edge>,
    until: Until,
) -> Result<Vec<Told>> {
    use table::Column as C;
    let own = || Expr::col((decisions::Entity, decisions::Column::PredictionId)).equals((table::Entity, C::Id));
    let in_force = || outcomes::Column::SupersededAt.is_null();
    let select = behind(reach, query, after);
    let select = match until {
        Until::Count(count) => select.limit(count),
        Until::Edge((at, id)) => {
            let at = at.timestamp_millis();
            let same = Condition::all().add(C::CreatedAt.eq(at)).add(C::Id.lte(id.to_string()));
            select.filter(Condition::any().add(C::CreatedAt.lt(at)).add(same)).filter(C::CreatedAt.lte(at))
        }
    };
    let rows: Vec<Row> = select
        .select_only()
        .columns([C::Id, C::CompanyId, C::ModelId, C::CreatedAt, C::Channel, C::AmountPence, C::LowerPence])
        .columns([C::UpperPence, C::BasePence, C::TariffPence, C::Facts, C::Sealed])
        .join(
            JoinType::LeftJoin,
            of_claim::<decisions::Entity>(decisions::Column::ClaimId, move || own().into_condition()),
        )
        .column_as(decisions::Column::Kind, "decided")
        .column_as(decisions::Column::AmountPence, "decided_pence")
        .column_as(decisions::Column::Reason, "reason")
        .column_as(decisions::Column::DecidedAt, "decided_at")
        .join(JoinType::LeftJoin, of_claim::<estimates::Entity>(estimates::Column::ClaimId, Condition::all))
        .column_as(estimates::Column::AmountPence, "estimate_pence")
        .join(
            JoinType::LeftJoin,
            of_claim::<outcomes::Entity>(outcomes::Column::ClaimId, move || in_force().into_condition()),
        )
        .column_as(outcomes::Column::AmountPence, "outcome_pence")
        .column_as(outcomes::Column::SettledOn, "settled_on")
        .column_as(outcomes::Column::Tier, "tier")
        .into_model()
        .all(handle.connection())
        .await?;
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, row.sealed.as_ref());
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter().map(|row| told(row, &keys)).collect()
}

fn told(row: Row, keys: &Keyring) -> Result<Told> {
    let company: CompanyId = parsed(&row.company_id)?;
    let opened = match &row.sealed {
        Some(sealed) => keys.open(company, place(&row.id), sealed)?,
        None => None,
    };
    let facts = match opened {
        Some(text) => serde_json::from_str::<Personal>(&text)?.facts,
        None => row.facts,
    };
    let pence = Money::from_pence;
    let kind = row.decided.map(|kind| known(DecisionKind::from_key(&kind), "decision")).transpose()?;
    let decision = match (kind, row.decided_pence, row.decided_at) {
        (Some(kind), Some(amount), Some(at)) => Some(Decided {
            kind,
            amount: pence(amount),
            reason: row.reason.map(|r| known(OverrideReason::from_key(&r), "override reason")).transpose()?,
            at: instant(at),
        }),
        _ => None,
    };
    let outcome = match (row.outcome_pence, row.settled_on, row.tier) {
        (Some(amount), Some(day), Some(tier)) => {
            Some((pence(amount), parsed(&day)?, known(Tier::from_key(&tier), "tier")?))
        }
        _ => None,
    };
    Ok(Told {
        id: parsed(&row.id)?,
        model: parsed(&row.model_id)?,
        at: instant(row.created_at),
        channel: row.channel,
        facts: serde_json::from_str(&facts)?,
        amount: pence(row.amount_pence),
        lower: pence(row.lower_pence),
        upper: pence(row.upper_pence),
        base: pence(row.base_pence),
        tariff: row.tariff_pence.map(pence),
        decision,
        estimate: row.estimate_pence.map(pence),
        outcome,
    })
}
