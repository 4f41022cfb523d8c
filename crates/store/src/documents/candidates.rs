//! What was found in documents, and what people said of it.

use chrono::{DateTime, Utc};
use domain::id::{CandidateId, DocumentId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Document;
use crate::cipher::{DataKey, Place, seal_text};
use crate::entity::candidates as found;
use crate::keys::{Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, parsed, scoped};

/// What was found in a document, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub id: CandidateId,
    pub field: String,
    /// Value and wording as JSON.
    pub said: String,
    pub page: u32,
    /// Where on it, as JSON.
    pub place: String,
    /// In thousandths.
    pub confidence: u16,
    pub extractor: String,
    pub answer: Answer,
}

/// What a person has said of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `proposed` until somebody answers; then `confirmed`, `edited` or `rejected`; `passed_over` where another
    /// candidate for the same field was taken.
    pub state: String,
    /// Counts the answers.
    pub version: i32,
    /// Who, and when.
    pub by: Option<(String, DateTime<Utc>)>,
}

impl Default for Answer {
    fn default() -> Answer {
        Answer { state: PROPOSED.into(), version: 1, by: None }
    }
}

/// It waits for an answer.
pub const PROPOSED: &str = "proposed";
/// Another candidate for the same field was taken.
pub const PASSED_OVER: &str = "passed_over";

fn said_place(row: &str) -> Place<'_> {
    Place { table: "candidates", column: "sealed", row }
}

/// Keeps what was found on pages behind `document.read_to`, in place of what an earlier reading found there.
pub(super) async fn put(tx: &Tx, document: &Document, key: &DataKey, all: &[Candidate]) -> Result<()> {
    let id = document.id.to_string();
    let mine = || found::Entity::find().filter(found::Column::DocumentId.eq(&id));
    found::Entity::delete_many()
        .filter(found::Column::DocumentId.eq(&id))
        .filter(found::Column::Page.gt(document.read_to))
        .exec(tx.connection())
        .await?;
    let before = crate::count_all(tx, mine()).await?;
    let mut rows = Vec::with_capacity(all.len());
    for (position, candidate) in (before..).zip(all) {
        let own = candidate.id.to_string();
        rows.push(found::ActiveModel {
            company_id: Set(document.company.to_string()),
            document_id: Set(id.clone()),
            position: Set(i32::try_from(position).unwrap_or(i32::MAX)),
            field: Set(candidate.field.clone()),
            sealed: Set(seal_text(key, said_place(&own), &candidate.said)?),
            page: Set(i32::try_from(candidate.page).unwrap_or(i32::MAX)),
            place: Set(candidate.place.clone()),
            confidence_pm: Set(candidate.confidence.into()),
            extractor: Set(candidate.extractor.clone()),
            state: Set(candidate.answer.state.clone()),
            version: Set(candidate.answer.version),
            answered_by: Set(None),
            answered_at: Set(None),
            id: Set(own),
        });
    }
    for portion in rows.chunks(100) {
        found::Entity::insert_many(portion.iter().cloned()).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Encrypts what was found with another key: the document has found its claim.
pub(super) async fn reseal(tx: &Tx, document: &Document, key: &DataKey) -> Result<()> {
    for candidate in candidates(tx, document).await? {
        let id = candidate.id.to_string();
        found::Entity::update_many()
            .col_expr(found::Column::Sealed, Expr::value(seal_text(key, said_place(&id), &candidate.said)?))
            .filter(found::Column::Id.eq(id))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// What was found in a document, in the order of its pages. Of an erased claimant nothing is left.
pub async fn candidates(handle: &impl Handle, document: &Document) -> Result<Vec<Candidate>> {
    let rows = found::Entity::find()
        .filter(found::Column::DocumentId.eq(document.id.to_string()))
        .order_by_asc(found::Column::Position)
        .limit(1_000)
        .all(handle.connection())
        .await?;
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(document.company, Some(&row.sealed));
    }
    let keys = Keyring::load(handle, wanted).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(said) = keys.open(document.company, said_place(&row.id), &row.sealed)? else { continue };
        all.push(Candidate {
            id: parsed(&row.id)?,
            field: row.field,
            said,
            page: u32::try_from(row.page).unwrap_or_default(),
            place: row.place,
            confidence: u16::try_from(row.confidence_pm).unwrap_or_default(),
            extractor: row.extractor,
            answer: Answer {
                state: row.state,
                version: row.version,
                by: row.answered_by.zip(row.answered_at.map(instant)),
            },
        });
    }
    Ok(all)
}

/// The document and the field of a candidate.
pub async fn of_candidate(handle: &impl Handle, reach: Reach, id: CandidateId) -> Result<(DocumentId, String)> {
    let row = scoped(found::Entity::find_by_id(id.to_string()), reach, found::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    Ok((parsed(&row.document_id)?, row.field))
}

/// Keeps a person's answer to a candidate that stands as they saw it.
///
/// # Errors
///
/// A conflict where somebody else has answered first.
pub async fn answer(tx: &Tx, id: CandidateId, seen: i32, state: &str, by: &str, at: DateTime<Utc>) -> Result<()> {
    let done = found::Entity::update_many()
        .col_expr(found::Column::State, Expr::value(state))
        .col_expr(found::Column::Version, Expr::col(found::Column::Version).add(1))
        .col_expr(found::Column::AnsweredBy, Expr::value(by))
        .col_expr(found::Column::AnsweredAt, Expr::value(at.timestamp_millis()))
        .filter(found::Column::Id.eq(id.to_string()))
        .filter(found::Column::Version.eq(seen))
        .filter(found::Column::State.is_in([PROPOSED, PASSED_OVER]))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("somebody else has answered".into())),
    }
}

/// Takes an answer back that stands as the caller saw it.
///
/// # Errors
///
/// A conflict where somebody else has answered since.
pub async fn reopen(tx: &Tx, id: CandidateId, seen: i32) -> Result<()> {
    let done = found::Entity::update_many()
        .col_expr(found::Column::State, Expr::value(PROPOSED))
        .col_expr(found::Column::Version, Expr::col(found::Column::Version).add(1))
        .col_expr(found::Column::AnsweredBy, Expr::value(None::<String>))
        .col_expr(found::Column::AnsweredAt, Expr::value(None::<i64>))
        .filter(found::Column::Id.eq(id.to_string()))
        .filter(found::Column::Version.eq(seen))
        .filter(found::Column::State.ne(PROPOSED))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("somebody else has answered".into())),
    }
}

/// Passes over what else a document says of a field, once one of it is taken.
pub async fn pass_over(tx: &Tx, document: DocumentId, field: &str, taken: CandidateId) -> Result<()> {
    found::Entity::update_many()
        .col_expr(found::Column::State, Expr::value(PASSED_OVER))
        .col_expr(found::Column::Version, Expr::col(found::Column::Version).add(1))
        .filter(found::Column::DocumentId.eq(document.to_string()))
        .filter(found::Column::Field.eq(field))
        .filter(found::Column::Id.ne(taken.to_string()))
        .filter(found::Column::State.eq(PROPOSED))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// How many candidates of a document wait for an answer.
pub async fn waiting(handle: &impl Handle, document: DocumentId) -> Result<u64> {
    let waiting = found::Entity::find()
        .filter(found::Column::DocumentId.eq(document.to_string()))
        .filter(found::Column::State.eq(PROPOSED));
    crate::count_all(handle, waiting).await
}
