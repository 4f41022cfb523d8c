//! Decisions: what people did with a claim.

use chrono::{DateTime, Utc};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{ClaimId, CompanyId, DecisionId, PredictionId};
use domain::settlement::{DecisionKind, OverrideReason};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use crate::cipher::{Place, seal_text};
use crate::entity::decisions as table;
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, known, parsed, parsed_opt, scoped};

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
