//! Moving claims of earlier versions: what is personal of them is encrypted with a key of their claimant's
//! own, and taken out of the columns in which it stood. Both forms are read meanwhile.

use chrono::{DateTime, Utc};
use domain::calendar::london_date;
use domain::id::{ClaimId, ClaimantId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::cipher::{DataKey, Place, key_id, seal_text};
use crate::claimants::{self, Brought};
use crate::entity::{claim_protected, claims, decisions, predictions, reviews, usage_events};
use crate::keys::{Keyring, Wanted};
use crate::predictions::{Contribution, Personal};
use crate::{Handle, Reach, Result, StoreError, Tx, Writes, count_all, instant, parsed};

/// How many claims have not been moved.
pub async fn unmoved(handle: &impl Handle) -> Result<u64> {
    count_all(handle, claims::Entity::find().filter(claims::Column::ClaimantId.is_null())).await
}

/// Some of the claims that have not been moved.
pub async fn some_unmoved(handle: &impl Handle, limit: u64) -> Result<Vec<ClaimId>> {
    let ids: Vec<String> = claims::Entity::find()
        .select_only()
        .column(claims::Column::Id)
        .filter(claims::Column::ClaimantId.is_null())
        .limit(limit)
        .into_tuple()
        .all(handle.connection())
        .await?;
    ids.iter().map(|id| parsed(id)).collect()
}

/// Moves a claim with all that concerns it.
pub async fn move_claim(tx: &Tx, id: ClaimId, claimant: ClaimantId, now: DateTime<Utc>) -> Result<()> {
    let mut claim = crate::claims::find(tx, Reach::Operator, id).await?;
    if claim.claimant.is_some() {
        return Ok(());
    }
    let brought = Brought { id: claimant, company: claim.company, reference: None };
    let mut writes = Writes::default();
    let key = claimants::ensure(tx, &[brought], now, &mut writes).await?.pop().ok_or(StoreError::NotFound)?;
    tx.write(writes).await?;
    claim.claimant = Some(claimant);
    let reference = claim.reference.as_deref();
    let index = reference.map(|r| crate::claims::reference_index(tx.cipher(), claim.company, r)).transpose()?;
    let moved = claims::ActiveModel {
        claimant_id: Set(Some(key.id.clone())),
        reference_index: Set(index),
        sealed: Set(Some(crate::claims::sealed(&key, &claim)?)),
        created_day: Set(Some(london_date(claim.created_at).to_string())),
        ..crate::claims::nothing_in_clear()?
    };
    claims::Entity::update_many()
        .set(moved)
        .filter(claims::Column::Id.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    move_protected(tx, &key, id).await?;
    move_predictions(tx, &key, id).await?;
    move_texts(tx, &key, id).await
}

/// A ciphertext of the first form, encrypted anew.
async fn again(tx: &Tx, key: &DataKey, company: &str, place: Place<'_>, sealed: &str) -> Result<String> {
    let company = parsed(company)?;
    let mut wanted = Wanted::default();
    wanted.add(company, Some(&sealed.to_owned()));
    let ring = Keyring::load(tx, wanted).await?;
    let plain = ring.open(company, place, sealed)?.unwrap_or_default();
    seal_text(key, place, &plain)
}

async fn move_protected(tx: &Tx, key: &DataKey, claim: ClaimId) -> Result<()> {
    let Some(row) = claim_protected::Entity::find_by_id(claim.to_string()).one(tx.connection()).await? else {
        return Ok(());
    };
    let mut change = claim_protected::ActiveModel { claim_id: Set(row.claim_id.clone()), ..Default::default() };
    if let Some(sealed) = &row.driver_age {
        let place = crate::claims::protected_place("driver_age", &row.claim_id);
        change.driver_age = Set(Some(again(tx, key, &row.company_id, place, sealed).await?));
    }
    if let Some(sealed) = &row.gender {
        let place = crate::claims::protected_place("gender", &row.claim_id);
        change.gender = Set(Some(again(tx, key, &row.company_id, place, sealed).await?));
    }
    claim_protected::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}

async fn move_predictions(tx: &Tx, key: &DataKey, claim: ClaimId) -> Result<()> {
    let rows = predictions::Entity::find()
        .filter(predictions::Column::ClaimId.eq(claim.to_string()))
        .all(tx.connection())
        .await?;
    for row in rows {
        let day = london_date(instant(row.created_at)).to_string();
        usage_events::Entity::update_many()
            .col_expr(usage_events::Column::Day, Expr::value(day.as_str()))
            .filter(usage_events::Column::PredictionId.eq(&row.id))
            .exec(tx.connection())
            .await?;
        let place = crate::predictions::place(&row.id);
        let sealed = match &row.sealed {
            Some(sealed) if key_id(sealed) == Some(&key.id) => continue,
            // Predicted again before the claim was moved: with the company's key.
            Some(sealed) => again(tx, key, &row.company_id, place, sealed).await?,
            None => {
                let contributions: Vec<Contribution> = serde_json::from_str(&row.contributions)?;
                let personal = Personal { contributions, facts: row.facts.clone() };
                seal_text(key, place, &serde_json::to_string(&personal)?)?
            }
        };
        predictions::Entity::update(predictions::ActiveModel {
            sealed: Set(Some(sealed)),
            contributions: Set("[]".into()),
            facts: Set("{}".into()),
            created_day: Set(Some(day)),
            id: Set(row.id),
            ..Default::default()
        })
        .exec(tx.connection())
        .await?;
    }
    Ok(())
}

/// Notes, deciders, reasons and answers.
async fn move_texts(tx: &Tx, key: &DataKey, claim: ClaimId) -> Result<()> {
    let claim = claim.to_string();
    let of = decisions::Entity::find().filter(decisions::Column::ClaimId.eq(&claim));
    for row in of.all(tx.connection()).await? {
        let mut change = decisions::ActiveModel { id: Set(row.id.clone()), ..Default::default() };
        let place = crate::decisions::note_place(&row.id);
        change.note = Set(again(tx, key, &row.company_id, place, &row.note).await?);
        if let Some(decider) = &row.decider {
            let place = crate::decisions::decider_place(&row.id);
            change.decider = Set(Some(again(tx, key, &row.company_id, place, decider).await?));
        }
        change.decided_day = Set(Some(london_date(instant(row.decided_at)).to_string()));
        decisions::Entity::update(change).exec(tx.connection()).await?;
    }
    for row in reviews::Entity::find().filter(reviews::Column::ClaimId.eq(&claim)).all(tx.connection()).await? {
        let mut change = reviews::ActiveModel { id: Set(row.id.clone()), ..Default::default() };
        let place = crate::reviews::place("reason", &row.id);
        change.reason = Set(again(tx, key, &row.company_id, place, &row.reason).await?);
        if let Some(answer) = &row.answer {
            let place = crate::reviews::place("answer", &row.id);
            change.answer = Set(Some(again(tx, key, &row.company_id, place, answer).await?));
        }
        reviews::Entity::update(change).exec(tx.connection()).await?;
    }
    Ok(())
}

/// Rows of which one transaction notes the days.
const DAYS: u64 = 2_000;

/// Notes the day in London of rows that an earlier version left without, some at a time; 0 when none is left.
pub async fn fill_days(tx: &Tx) -> Result<u64> {
    let mut filled = 0;
    let connection = tx.connection();
    let day = |at: i64| Expr::value(london_date(instant(at)).to_string());
    let rows: Vec<(String, i64)> = claims::Entity::find()
        .select_only()
        .columns([claims::Column::Id, claims::Column::CreatedAt])
        .filter(claims::Column::CreatedDay.is_null())
        .limit(DAYS)
        .into_tuple()
        .all(connection)
        .await?;
    for (id, at) in rows {
        let of = claims::Entity::update_many().col_expr(claims::Column::CreatedDay, day(at));
        filled += of.filter(claims::Column::Id.eq(id)).exec(connection).await?.rows_affected;
    }
    let rows: Vec<(String, i64)> = decisions::Entity::find()
        .select_only()
        .columns([decisions::Column::Id, decisions::Column::DecidedAt])
        .filter(decisions::Column::DecidedDay.is_null())
        .limit(DAYS)
        .into_tuple()
        .all(connection)
        .await?;
    for (id, at) in rows {
        let of = decisions::Entity::update_many().col_expr(decisions::Column::DecidedDay, day(at));
        filled += of.filter(decisions::Column::Id.eq(id)).exec(connection).await?.rows_affected;
    }
    let rows: Vec<(String, i64)> = usage_events::Entity::find()
        .select_only()
        .columns([usage_events::Column::Id, usage_events::Column::OccurredAt])
        .filter(usage_events::Column::Day.is_null())
        .limit(DAYS)
        .into_tuple()
        .all(connection)
        .await?;
    for (id, at) in rows {
        let of = usage_events::Entity::update_many().col_expr(usage_events::Column::Day, day(at));
        filled += of.filter(usage_events::Column::Id.eq(id)).exec(connection).await?.rows_affected;
    }
    Ok(filled)
}
