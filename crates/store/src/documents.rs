//! Documents of claims, and what was found in them. What they are called, which bytes they are and what they say is
//! encrypted with the claimant's key, and so is the file itself: who is erased leaves none of it.

use chrono::{DateTime, Utc};
use domain::id::{CandidateId, ClaimId, CompanyId, DocumentId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::cipher::{DataKey, Place, seal_text};
use crate::entity::{candidates as found, claims, documents as table};
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, parsed, scoped};

/// The most that are listed of one claim.
pub const MOST: u64 = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub id: DocumentId,
    pub company: CompanyId,
    pub claim: ClaimId,
    /// Of an erased claimant name and hash are gone.
    pub name: String,
    /// Of the bytes as they came, in hexadecimal.
    pub sha256: String,
    /// What it was found to be; empty before it was read.
    pub kind: String,
    pub state: String,
    pub fail_code: Option<String>,
    pub size: u64,
    pub pages: u32,
    /// The stated total, what the heads come to, and whether the two agree, as JSON.
    pub sums: Option<String>,
    pub uploaded_by: String,
    pub uploaded_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
    /// A person has said that it is the medical report.
    pub report: bool,
    /// Whether it was looked through for malware: `clean`, `infected` or `not_scanned`.
    pub scan: String,
}

/// What is encrypted of a document.
#[derive(Default, Serialize, Deserialize)]
struct Sealed {
    name: String,
    sha256: String,
    #[serde(default)]
    sums: Option<String>,
}

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

/// What reading came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub kind: String,
    pub state: String,
    pub fail_code: Option<String>,
    pub pages: u32,
    pub sums: Option<String>,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "documents", column: "sealed", row }
}

fn said_place(row: &str) -> Place<'_> {
    Place { table: "candidates", column: "sealed", row }
}

/// Where a document's file is kept.
pub fn path(company: CompanyId, id: DocumentId) -> String {
    let id = id.to_string();
    // The end of an id is random, so that no folder grows large.
    format!("{company}/documents/{}/{id}", &id[id.len() - 2..])
}

/// Which bytes they are, told to this company alone: another's same file has another mark.
pub fn content(handle: &impl Handle, company: CompanyId, sha256: &str) -> Result<String> {
    handle.cipher().lookup("document", &format!("{company}|{sha256}"))
}

/// The key by which the files of a claim are kept.
pub async fn key(handle: &impl Handle, claim: ClaimId) -> Result<DataKey> {
    keys::of_claim(handle, claim).await
}

/// Enters a document whose file has been put, and names the file.
pub async fn create(tx: &Tx, document: &Document) -> Result<()> {
    let id = document.id.to_string();
    let sealed =
        serde_json::to_string(&Sealed { name: document.name.clone(), sha256: document.sha256.clone(), sums: None })?;
    let key = keys::of_claim(tx, document.claim).await?;
    crate::files::name_at(
        tx,
        document.company,
        &path(document.company, document.id),
        "document",
        document.size,
        document.uploaded_at,
    )
    .await?;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(document.company.to_string()),
        claim_id: Set(document.claim.to_string()),
        sealed: Set(seal_text(&key, place(&id), &sealed)?),
        content: Set(content(tx, document.company, &document.sha256)?),
        path: Set(path(document.company, document.id)),
        kind: Set(document.kind.clone()),
        state: Set(document.state.clone()),
        fail_code: Set(document.fail_code.clone()),
        size_bytes: Set(i64::try_from(document.size).unwrap_or(i64::MAX)),
        pages: Set(i32::try_from(document.pages).unwrap_or(i32::MAX)),
        uploaded_by: Set(document.uploaded_by.clone()),
        uploaded_at: Set(document.uploaded_at.timestamp_millis()),
        read_at: Set(None),
        report: Set(document.report),
        scan: Set(document.scan.clone()),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// The document of a claim with these bytes.
pub async fn on_claim(
    handle: &impl Handle,
    company: CompanyId,
    claim: ClaimId,
    sha256: &str,
) -> Result<Option<DocumentId>> {
    let row = table::Entity::find()
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .filter(table::Column::Content.eq(content(handle, company, sha256)?))
        .one(handle.connection())
        .await?;
    row.map(|row| parsed(&row.id)).transpose()
}

/// The documents of the company with the same bytes, and on which claims (with their numbers) they are.
pub async fn same(
    handle: &impl Handle,
    reach: Reach,
    company: CompanyId,
    sha256: &str,
) -> Result<Vec<(DocumentId, ClaimId, i64)>> {
    let select = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::Content.eq(content(handle, company, sha256)?))
        .order_by_asc(table::Column::UploadedAt)
        .limit(20);
    let rows = select.all(handle.connection()).await?;
    let ids: Vec<&str> = rows.iter().map(|row| row.claim_id.as_str()).collect();
    let numbers: Vec<(String, i64)> = claims::Entity::find()
        .select_only()
        .column(claims::Column::Id)
        .column(claims::Column::Number)
        .filter(claims::Column::Id.is_in(ids))
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.iter()
        .filter_map(|row| {
            let number = numbers.iter().find(|(id, _)| *id == row.claim_id)?.1;
            Some((|| Ok((parsed(&row.id)?, parsed(&row.claim_id)?, number)))())
        })
        .collect()
}

pub async fn find(handle: &impl Handle, reach: Reach, id: DocumentId) -> Result<Document> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    documents(handle, vec![row]).await?.pop().ok_or(StoreError::NotFound)
}

/// A claim's documents, the oldest first.
pub async fn of_claim(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Vec<Document>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .order_by_asc(table::Column::UploadedAt)
        .order_by_asc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    documents(handle, rows).await
}

async fn documents(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Document>> {
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, Some(&row.sealed));
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter().map(|row| document(row, &keys)).collect()
}

fn document(row: table::Model, keys: &Keyring) -> Result<Document> {
    let company = parsed(&row.company_id)?;
    let sealed = match keys.open(company, place(&row.id), &row.sealed)? {
        Some(text) => serde_json::from_str(&text)?,
        None => Sealed::default(),
    };
    Ok(Document {
        id: parsed(&row.id)?,
        company,
        claim: parsed(&row.claim_id)?,
        name: sealed.name,
        sha256: sealed.sha256,
        kind: row.kind,
        state: row.state,
        fail_code: row.fail_code,
        size: u64::try_from(row.size_bytes).unwrap_or_default(),
        pages: u32::try_from(row.pages).unwrap_or_default(),
        sums: sealed.sums,
        uploaded_by: row.uploaded_by,
        uploaded_at: instant(row.uploaded_at),
        read_at: row.read_at.map(instant),
        report: row.report,
        scan: row.scan,
    })
}

/// Keeps what was found, in place of what an earlier reading found.
pub async fn set_read(
    tx: &Tx,
    document: &Document,
    outcome: &Outcome,
    all: &[Candidate],
    at: DateTime<Utc>,
) -> Result<()> {
    let id = document.id.to_string();
    let key = keys::of_claim(tx, document.claim).await?;
    let sealed = Sealed { name: document.name.clone(), sha256: document.sha256.clone(), sums: outcome.sums.clone() };
    let sealed = serde_json::to_string(&sealed)?;
    let change = table::ActiveModel {
        kind: Set(outcome.kind.clone()),
        state: Set(outcome.state.clone()),
        fail_code: Set(outcome.fail_code.clone()),
        pages: Set(i32::try_from(outcome.pages).unwrap_or(i32::MAX)),
        sealed: Set(seal_text(&key, place(&id), &sealed)?),
        read_at: Set(Some(at.timestamp_millis())),
        ..Default::default()
    };
    table::Entity::update_many().set(change).filter(table::Column::Id.eq(&id)).exec(tx.connection()).await?;
    found::Entity::delete_many().filter(found::Column::DocumentId.eq(&id)).exec(tx.connection()).await?;
    let mut rows = Vec::with_capacity(all.len());
    for (position, candidate) in all.iter().enumerate() {
        let own = candidate.id.to_string();
        rows.push(found::ActiveModel {
            company_id: Set(document.company.to_string()),
            document_id: Set(id.clone()),
            position: Set(i32::try_from(position).unwrap_or(i32::MAX)),
            field: Set(candidate.field.clone()),
            sealed: Set(seal_text(&key, said_place(&own), &candidate.said)?),
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

pub async fn set_state(tx: &Tx, document: DocumentId, state: &str) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(state))
        .filter(table::Column::Id.eq(document.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// What a scanner for malware said: `clean`, `infected` or `not_scanned`.
pub async fn set_scan(tx: &Tx, document: DocumentId, scan: &str) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::Scan, Expr::value(scan))
        .filter(table::Column::Id.eq(document.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Says that a document is the medical report, or is not.
pub async fn set_report(tx: &Tx, document: DocumentId, report: bool) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::Report, Expr::value(report))
        .filter(table::Column::Id.eq(document.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}
