//! Decisions: what people did with a claim.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{ClaimId, CompanyId, DecisionId, ModelId, PredictionId};
use domain::settlement::{DecisionKind, OverrideReason};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};

use crate::cipher::{Place, seal_text};
use crate::entity::{decisions as table, predictions};
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone)]
pub struct Decision {
    pub id: DecisionId,
    pub company: CompanyId,
    pub claim: ClaimId,
    pub prediction: Option<PredictionId>,
    pub kind: DecisionKind,
    pub amount: Money,
    pub reason: Option<OverrideReason>,
    /// Free text; encrypted, because it may speak of a person's health.
    pub note: String,
    /// A person's or an API key's id.
    pub by: String,
    /// For whom an integration passed the decision on.
    pub decider: Option<Decider>,
    /// Seconds between the prediction and the decision; `None` where nothing was predicted.
    pub seconds_after: Option<i64>,
    pub at: DateTime<Utc>,
    /// What the decider stated with it that was not known before.
    pub recorded: Recorded,
    /// The kind of claim, by what is negotiable in it; earlier versions did not note it.
    pub claim_kind: Option<String>,
    /// What was predicted; earlier versions did not note it.
    pub predicted: Option<Money>,
}

/// What somebody states when they decide: both are facts of the claim from then on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    pub medical_report: bool,
    pub no_whiplash: bool,
}

impl Recorded {
    fn key(self) -> Option<String> {
        let mut words = Vec::new();
        if self.medical_report {
            words.push("report");
        }
        if self.no_whiplash {
            words.push("no_whiplash");
        }
        (!words.is_empty()).then(|| words.join(" "))
    }

    fn from_key(key: Option<&str>) -> Recorded {
        let has = |word: &str| key.is_some_and(|k| k.split(' ').any(|w| w == word));
        Recorded { medical_report: has("report"), no_whiplash: has("no_whiplash") }
    }
}

/// An insurer's own person, who needs no account here. Encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decider {
    pub name: String,
    /// When they decided, as the integration states it.
    pub at: DateTime<Utc>,
}

pub(crate) fn note_place(row: &str) -> Place<'_> {
    Place { table: "decisions", column: "note", row }
}

pub(crate) fn decider_place(row: &str) -> Place<'_> {
    Place { table: "decisions", column: "decider", row }
}

/// Fails with a conflict if the claim has a decision.
pub async fn create(tx: &Tx, decision: &Decision) -> Result<()> {
    let key = keys::of_claim(tx, decision.claim).await?;
    let id = decision.id.to_string();
    table::Entity::insert(table::ActiveModel {
        company_id: Set(decision.company.to_string()),
        claim_id: Set(decision.claim.to_string()),
        prediction_id: Set(decision.prediction.map(|p| p.to_string())),
        kind: Set(decision.kind.key().into()),
        amount_pence: Set(decision.amount.pence()),
        reason: Set(decision.reason.map(|r| r.key().into())),
        note: Set(seal_text(&key, note_place(&id), &decision.note)?),
        decided_by: Set(decision.by.clone()),
        decider: Set(match &decision.decider {
            Some(decider) => Some(seal_text(&key, decider_place(&id), &serde_json::to_string(decider)?)?),
            None => None,
        }),
        seconds_after: Set(decision.seconds_after),
        decided_at: Set(decision.at.timestamp_millis()),
        decided_day: Set(Some(london_date(decision.at).to_string())),
        recorded: Set(decision.recorded.key()),
        claim_kind: Set(decision.claim_kind.clone()),
        predicted_pence: Set(decision.predicted.map(Money::pence)),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Takes a decision back; a conflict where it has been taken back before.
pub async fn withdraw(tx: &Tx, id: DecisionId) -> Result<()> {
    let done = table::Entity::delete_by_id(id.to_string()).exec(tx.connection()).await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the decision was taken back already".into())),
    }
}

pub async fn of_claim(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Option<Decision>> {
    let row = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .one(handle.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut wanted = Wanted::default();
    let company = parsed(&row.company_id)?;
    wanted.add(company, Some(&row.note));
    wanted.add(company, row.decider.as_ref());
    let keys = Keyring::load(handle, wanted).await?;
    Ok(Some(record(row, Some(&keys))?))
}

/// The decisions on these claims, without their notes.
pub async fn of_claims(handle: &impl Handle, reach: Reach, claims: &[ClaimId]) -> Result<Vec<Decision>> {
    scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.is_in(claims.iter().map(ToString::to_string)))
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| record(row, None))
        .collect()
}

/// Decisions within reach, oldest first, behind the last one of the portion before; without their notes.
pub async fn oldest_first(
    handle: &impl Handle,
    reach: Reach,
    after: Option<(DateTime<Utc>, DecisionId)>,
    limit: u64,
) -> Result<Vec<Decision>> {
    use table::Column as C;
    let select = behind(scoped(table::Entity::find(), reach, C::CompanyId), after);
    let rows = select.order_by_asc(C::DecidedAt).order_by_asc(C::Id).limit(limit).all(handle.connection()).await?;
    rows.into_iter().map(|row| record(row, None)).collect()
}

/// Those behind a place in the order of their time.
fn behind(
    select: sea_orm::Select<table::Entity>,
    after: Option<(DateTime<Utc>, DecisionId)>,
) -> sea_orm::Select<table::Entity> {
    use table::Column as C;
    let Some((at, id)) = after else { return select };
    let at = at.timestamp_millis();
    let later = Condition::all().add(C::DecidedAt.eq(at)).add(C::Id.gt(id.to_string()));
    // The first bound alone lets the index be entered at the right place.
    select.filter(C::DecidedAt.gte(at)).filter(Condition::any().add(C::DecidedAt.gt(at)).add(later))
}

/// Overrides within reach from one moment until another, oldest first, behind the last one of the portion before; without
/// their notes.
pub async fn overrides(
    handle: &impl Handle,
    reach: Reach,
    from: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
    after: Option<(DateTime<Utc>, DecisionId)>,
    limit: u64,
) -> Result<Vec<Decision>> {
    use table::Column as C;
    let select = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::Kind.eq(DecisionKind::Overridden.key()))
        .filter(C::DecidedAt.lt(until.timestamp_millis()))
        .apply_if(from, |s, from| s.filter(C::DecidedAt.gte(from.timestamp_millis())));
    let rows = behind(select, after)
        .order_by_asc(C::DecidedAt)
        .order_by_asc(C::Id)
        .limit(limit)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(|row| record(row, None)).collect()
}

/// The newest overrides within reach since a moment: reason, kind of claim, and decided less predicted in pence.
pub async fn overridden(
    handle: &impl Handle,
    reach: Reach,
    from: DateTime<Utc>,
    most: u64,
) -> Result<Vec<(Option<OverrideReason>, Option<String>, i64)>> {
    use table::Column as C;
    type Row = (Option<String>, Option<String>, i64, Option<i64>);
    let rows: Vec<Row> = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::Kind.eq(DecisionKind::Overridden.key()))
        .filter(C::DecidedAt.gte(from.timestamp_millis()))
        .order_by_desc(C::DecidedAt)
        .limit(most)
        .select_only()
        .columns([C::Reason, C::ClaimKind, C::AmountPence, C::PredictedPence])
        .into_tuple()
        .all(handle.connection())
        .await?;
    let of = |(reason, kind, amount, predicted): (Option<String>, Option<String>, i64, Option<i64>)| {
        predicted.map(|predicted| (reason.and_then(|r| OverrideReason::from_key(&r)), kind, amount - predicted))
    };
    Ok(rows.into_iter().filter_map(of).collect())
}

/// Which overrides are looked at one by one; `None` does not limit.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub reason: Option<OverrideReason>,
    pub claim_kind: Option<String>,
    /// Settled for more than was predicted, or for less.
    pub more: Option<bool>,
    pub from: Option<DateTime<Utc>>,
}

/// A page of them with their notes, newest first, and how many there are.
pub async fn overridden_page(
    handle: &impl Handle,
    reach: Reach,
    asked: &Overrides,
    (page, per_page): (u64, u64),
) -> Result<(Vec<Decision>, u64)> {
    use table::Column as C;
    let select = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::Kind.eq(DecisionKind::Overridden.key()))
        .apply_if(asked.reason, |s, reason| s.filter(C::Reason.eq(reason.key())))
        .apply_if(asked.claim_kind.clone(), |s, kind| s.filter(C::ClaimKind.eq(kind)))
        .apply_if(asked.from, |s, from| s.filter(C::DecidedAt.gte(from.timestamp_millis())))
        .apply_if(asked.more, |s, more| {
            let predicted = Expr::col(C::PredictedPence);
            let amount = Expr::col(C::AmountPence);
            s.filter(if more { amount.gt(predicted) } else { amount.lte(predicted) })
        });
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(C::DecidedAt)
        .order_by_desc(C::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, Some(&row.note));
        wanted.add(parsed(&row.company_id)?, row.decider.as_ref());
    }
    let keys = Keyring::load(handle, wanted).await?;
    Ok((rows.into_iter().map(|row| record(row, Some(&keys))).collect::<Result<_>>()?, total))
}

/// `keys`: given when the note and the decider are wanted; of an erased claimant they are gone.
fn record(row: table::Model, keys: Option<&Keyring>) -> Result<Decision> {
    let company = parsed(&row.company_id)?;
    let note = match keys {
        Some(keys) => keys.open(company, note_place(&row.id), &row.note)?.unwrap_or_default(),
        None => String::new(),
    };
    let decider = match (&row.decider, keys) {
        (Some(sealed), Some(keys)) => keys.open(company, decider_place(&row.id), sealed)?,
        _ => None,
    };
    let decider = decider.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Decision {
        decider,
        seconds_after: row.seconds_after,
        recorded: Recorded::from_key(row.recorded.as_deref()),
        claim_kind: row.claim_kind,
        predicted: row.predicted_pence.map(Money::from_pence),
        id: parsed(&row.id)?,
        company,
        claim: parsed(&row.claim_id)?,
        prediction: parsed_opt(row.prediction_id.as_ref())?,
        kind: known(DecisionKind::from_key(&row.kind), "decision")?,
        amount: Money::from_pence(row.amount_pence),
        reason: row.reason.map(|r| known(OverrideReason::from_key(&r), "reason")).transpose()?,
        note,
        by: row.decided_by,
        at: instant(row.decided_at),
    })
}

/// How many decisions there were on predictions of a model in each month (`2026-03`), from a day on.
pub async fn by_month_of(
    handle: &impl Handle,
    reach: Reach,
    model: ModelId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<(String, i64)>> {
    use table::Column as C;
    let predicted = predictions::Entity::find()
        .select_only()
        .column(predictions::Column::Id)
        .filter(predictions::Column::ModelId.eq(model.to_string()));
    // In figures, not as parameters: PostgreSQL would not know the two for the same.
    let month = Expr::cust("substr(decisions.decided_day, 1, 7)");
    let rows: Vec<(String, i64)> = scoped(table::Entity::find(), reach, C::CompanyId)
        .select_only()
        .expr_as(month.clone(), "month")
        .column_as(C::Id.count(), "number")
        .filter(C::DecidedDay.gte(from.to_string()))
        .filter(C::DecidedDay.lte(to.to_string()))
        .filter(C::PredictionId.in_subquery(predicted.into_query()))
        .group_by(month)
        .into_tuple()
        .all(handle.connection())
        .await?;
    Ok(rows)
}
