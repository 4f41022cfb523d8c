//! Documents of claims, and what was found in them. What they are called, which bytes they are and what they say is
//! encrypted with the claimant's key, and so is the file itself: who is erased leaves none of it.

mod candidates;
pub mod pages;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
pub use candidates::{
    Answer, Candidate, PASSED_OVER, PROPOSED, answer, candidates, of_candidate, pass_over, reopen, waiting,
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{ClaimId, CompanyId, DocumentId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};

use crate::cipher::{DataKey, Place, random, seal_text};
use crate::entity::{candidates as found, claims, documents as table};
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, StoreError, Tx, companies, instant, parsed, parsed_opt, scoped};

/// The most that are listed of one claim.
pub const MOST: u64 = 200;

/// Where a document belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    Claim(ClaimId),
    /// It came before its claim: it is on the draft of this person, who alone sees it.
    Draft(UserId),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub id: DocumentId,
    pub company: CompanyId,
    pub home: Home,
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
    /// The last page whose facts are proposed.
    pub read_to: u32,
    /// It is not to be deleted before this day.
    pub retain_until: Option<NaiveDate>,
    /// It is needed, and not deleted whatever day it is.
    pub held: bool,
    /// The key of its file, encrypted; without one the claimant's own key is used.
    file_key: Option<String>,
}

impl Document {
    /// One that has just come and waits to be read.
    pub fn new(id: DocumentId, company: CompanyId, home: Home, by: String, at: DateTime<Utc>) -> Document {
        Document {
            id,
            company,
            home,
            name: String::new(),
            sha256: String::new(),
            kind: String::new(),
            state: "stored".into(),
            fail_code: None,
            size: 0,
            pages: 0,
            sums: None,
            uploaded_by: by,
            uploaded_at: at,
            read_at: None,
            report: false,
            scan: "not_scanned".into(),
            read_to: 0,
            retain_until: None,
            held: false,
            file_key: None,
        }
    }

    /// `None` while it is on a draft.
    pub fn claim(&self) -> Option<ClaimId> {
        match self.home {
            Home::Claim(claim) => Some(claim),
            Home::Draft(_) => None,
        }
    }
}

/// What is encrypted of a document.
#[derive(Default, Serialize, Deserialize)]
struct Sealed {
    name: String,
    sha256: String,
    #[serde(default)]
    sums: Option<String>,
}

/// What reading came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub kind: String,
    pub state: String,
    pub fail_code: Option<String>,
    pub pages: u32,
    pub sums: Option<String>,
    /// The last page whose facts are proposed.
    pub read_to: u32,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "documents", column: "sealed", row }
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

/// The key that encrypts what concerns a document: its claimant's; on a draft, as the draft itself, the company's.
async fn home_key(handle: &impl Handle, company: CompanyId, home: Home) -> Result<DataKey> {
    match home {
        Home::Claim(claim) => keys::of_claim(handle, claim).await,
        Home::Draft(_) => companies::key(handle, company).await,
    }
}

fn key_place(row: &str) -> Place<'_> {
    Place { table: "documents", column: "file_key", row }
}

/// A new key for a document's file: when the document changes its place, the file need not be encrypted anew.
pub fn new_file_key(id: DocumentId) -> DataKey {
    DataKey { id: id.to_string(), key: random() }
}

/// The key by which a document's file, and what is made of it, are kept.
///
/// # Errors
///
/// [`StoreError::NotFound`] where the claimant was erased.
pub async fn file_key(handle: &impl Handle, document: &Document) -> Result<DataKey> {
    let Some(sealed) = &document.file_key else { return home_key(handle, document.company, document.home).await };
    let id = document.id.to_string();
    let mut wanted = Wanted::default();
    wanted.add(document.company, Some(sealed));
    let keys = Keyring::load(handle, wanted).await?;
    let key = keys.open(document.company, key_place(&id), sealed)?.ok_or(StoreError::NotFound)?;
    let wrong = || StoreError::Corrupt("a document's key cannot be read".into());
    let key = BASE64.decode(key).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
    Ok(DataKey { id, key })
}

/// Enters a document whose file has been put with this key, and names the file.
pub async fn create(tx: &Tx, document: &Document, file_key: &DataKey) -> Result<()> {
    let id = document.id.to_string();
    let path = path(document.company, document.id);
    let sealed =
        serde_json::to_string(&Sealed { name: document.name.clone(), sha256: document.sha256.clone(), sums: None })?;
    let key = home_key(tx, document.company, document.home).await?;
    crate::files::name_at(tx, document.company, &path, "document", document.size, document.uploaded_at).await?;
    let (claim, draft) = columns(document.home);
    table::Entity::insert(table::ActiveModel {
        company_id: Set(document.company.to_string()),
        claim_id: Set(claim),
        draft_of: Set(draft),
        sealed: Set(seal_text(&key, place(&id), &sealed)?),
        file_key: Set(Some(seal_text(&key, key_place(&id), &BASE64.encode(file_key.key))?)),
        content: Set(content(tx, document.company, &document.sha256)?),
        path: Set(path),
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
        read_to: Set(0),
        retain_until: Set(document.retain_until.map(|day| day.to_string())),
        held: Set(document.held),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Claim and draft, as the columns have them.
fn columns(home: Home) -> (Option<String>, Option<String>) {
    match home {
        Home::Claim(claim) => (Some(claim.to_string()), None),
        Home::Draft(person) => (None, Some(person.to_string())),
    }
}

fn at_home(select: Select<table::Entity>, home: Home) -> Select<table::Entity> {
    match home {
        Home::Claim(claim) => select.filter(table::Column::ClaimId.eq(claim.to_string())),
        Home::Draft(person) => select.filter(table::Column::DraftOf.eq(person.to_string())),
    }
}

/// The document at this place with these bytes.
pub async fn with_content(
    handle: &impl Handle,
    company: CompanyId,
    home: Home,
    sha256: &str,
) -> Result<Option<DocumentId>> {
    let row = at_home(table::Entity::find(), home)
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
    let ids: Vec<&str> = rows.iter().filter_map(|row| row.claim_id.as_deref()).collect();
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
            let (claim, number) = numbers.iter().find(|(id, _)| Some(id) == row.claim_id.as_ref())?;
            Some((|| Ok((parsed(&row.id)?, parsed(claim)?, *number)))())
        })
        .collect()
}

/// How many documents each company added in a half-open time.
pub async fn by_company(
    handle: &impl Handle,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<BTreeMap<CompanyId, u64>> {
    use table::Column as C;
    let rows: Vec<(String, i64)> = table::Entity::find()
        .filter(C::UploadedAt.gte(from.timestamp_millis()))
        .filter(C::UploadedAt.lt(until.timestamp_millis()))
        .select_only()
        .column(C::CompanyId)
        .expr(Expr::cust("COUNT(*)"))
        .group_by(C::CompanyId)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter().map(|(company, n)| Ok((parsed(&company)?, n.unsigned_abs()))).collect()
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
    at(handle, reach, Home::Claim(claim)).await
}

/// The documents at a place, the oldest first.
pub async fn at(handle: &impl Handle, reach: Reach, home: Home) -> Result<Vec<Document>> {
    let rows = at_home(scoped(table::Entity::find(), reach, table::Column::CompanyId), home)
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
    let home = match (&row.claim_id, &row.draft_of) {
        (Some(claim), _) => Home::Claim(parsed(claim)?),
        (None, Some(person)) => Home::Draft(parsed(person)?),
        (None, None) => return Err(StoreError::Corrupt("a document that belongs nowhere".into())),
    };
    Ok(Document {
        id: parsed(&row.id)?,
        company,
        home,
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
        read_to: u32::try_from(row.read_to).unwrap_or_default(),
        retain_until: parsed_opt(row.retain_until.as_ref())?,
        held: row.held,
        file_key: row.file_key,
    })
}

/// Locks a document until the transaction ends, and says how it stands now: its draft may have become a claim since it was
/// looked up. `None`: it is gone.
pub async fn hold(tx: &Tx, company: CompanyId, id: DocumentId) -> Result<Option<Document>> {
    // A change to what it is already: the row is locked before it is looked at.
    let locked = table::Entity::update_many()
        .col_expr(table::Column::CompanyId, Expr::value(company.to_string()))
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .exec(tx.connection())
        .await?;
    match locked.rows_affected {
        0 => Ok(None),
        _ => find(tx, Reach::Company(company), id).await.map(Some),
    }
}

/// What a document is and how many pages it has, as soon as that is known: whoever reads on must know where it ends.
pub async fn set_count(tx: &Tx, document: DocumentId, kind: &str, pages: u32) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::Kind, Expr::value(kind))
        .col_expr(table::Column::Pages, Expr::value(i32::try_from(pages).unwrap_or(i32::MAX)))
        .filter(table::Column::Id.eq(document.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Keeps what a reading came to, and what was found on pages behind those whose facts are proposed already. `document`: as
/// [`hold`] says that it stands.
pub async fn set_read(
    tx: &Tx,
    document: &Document,
    outcome: &Outcome,
    all: &[Candidate],
    at: DateTime<Utc>,
) -> Result<()> {
    let id = document.id.to_string();
    let key = home_key(tx, document.company, document.home).await?;
    let sealed = Sealed { name: document.name.clone(), sha256: document.sha256.clone(), sums: outcome.sums.clone() };
    let sealed = serde_json::to_string(&sealed)?;
    let change = table::ActiveModel {
        kind: Set(outcome.kind.clone()),
        state: Set(outcome.state.clone()),
        fail_code: Set(outcome.fail_code.clone()),
        pages: Set(i32::try_from(outcome.pages).unwrap_or(i32::MAX)),
        sealed: Set(seal_text(&key, place(&id), &sealed)?),
        read_at: Set(Some(at.timestamp_millis())),
        read_to: Set(i32::try_from(outcome.read_to).unwrap_or(i32::MAX)),
        ..Default::default()
    };
    table::Entity::update_many().set(change).filter(table::Column::Id.eq(&id)).exec(tx.connection()).await?;
    candidates::put(tx, document, &key, all).await
}

/// Puts the documents of a person's draft on the claim that the draft became: what was kept by the company's key is kept
/// by the claimant's from then on. Says which.
pub async fn attach(tx: &Tx, company: CompanyId, person: UserId, claim: ClaimId) -> Result<Vec<DocumentId>> {
    let all = at(tx, Reach::Company(company), Home::Draft(person)).await?;
    let key = if all.is_empty() { return Ok(Vec::new()) } else { keys::of_claim(tx, claim).await? };
    for document in &all {
        let id = document.id.to_string();
        let sealed =
            Sealed { name: document.name.clone(), sha256: document.sha256.clone(), sums: document.sums.clone() };
        let file_key = file_key(tx, document).await?;
        let change = table::ActiveModel {
            claim_id: Set(Some(claim.to_string())),
            draft_of: Set(None),
            sealed: Set(seal_text(&key, place(&id), &serde_json::to_string(&sealed)?)?),
            file_key: Set(Some(seal_text(&key, key_place(&id), &BASE64.encode(file_key.key))?)),
            ..Default::default()
        };
        table::Entity::update_many().set(change).filter(table::Column::Id.eq(&id)).exec(tx.connection()).await?;
        candidates::reseal(tx, document, &key).await?;
        pages::reseal(tx, document, &key).await?;
    }
    Ok(all.into_iter().map(|document| document.id).collect())
}

/// Deletes the documents of a person's draft; answers which, and where their files are, which nobody names any more.
pub async fn discard(tx: &Tx, company: CompanyId, person: UserId) -> Result<(Vec<DocumentId>, Vec<String>)> {
    let (mut ids, mut paths) = (Vec::new(), Vec::new());
    for document in at(tx, Reach::Company(company), Home::Draft(person)).await? {
        paths.extend(remove(tx, &document).await?);
        ids.push(document.id);
    }
    Ok((ids, paths))
}

/// Deletes a document; answers where its files were, which nobody names any more.
pub async fn remove(tx: &Tx, document: &Document) -> Result<Vec<String>> {
    let id = document.id.to_string();
    // The document first: whoever reads it at this moment has locked it, or finds it gone.
    table::Entity::delete_by_id(&id).exec(tx.connection()).await?;
    pages::forget(tx, document.id).await?;
    found::Entity::delete_many().filter(found::Column::DocumentId.eq(&id)).exec(tx.connection()).await?;
    let path = path(document.company, document.id);
    let mut paths: Vec<String> = (1..=document.pages).map(|page| picture_path(&path, page)).collect();
    paths.extend([sound_path(&path), preview_path(&path), path]);
    // Of what might have been made, what was.
    let mut named = Vec::new();
    for portion in paths.chunks(200) {
        named.extend(crate::files::named(tx, portion).await?);
    }
    crate::files::unname(tx, &named).await?;
    Ok(named)
}

/// Where what is made of a document lies: beside its file.
pub fn picture_path(file: &str, page: u32) -> String {
    format!("{file}.{page}.png")
}

pub fn sound_path(file: &str) -> String {
    format!("{file}.mp3")
}

pub fn preview_path(file: &str) -> String {
    format!("{file}.mp4")
}

/// Until when it is kept at least, and whether it is held beyond that.
pub async fn set_retention(tx: &Tx, document: DocumentId, until: Option<NaiveDate>, held: bool) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::RetainUntil, Expr::value(until.map(|day| day.to_string())))
        .col_expr(table::Column::Held, Expr::value(held))
        .filter(table::Column::Id.eq(document.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
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
