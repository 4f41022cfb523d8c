//! Documents of claims (stories 5 and 6): what comes in is kept as it came before anything looks into it, is read by a
//! job in a process that is shut in, and what it says is offered to a person.

pub mod list;
pub mod original;
pub mod read;
pub mod upload;

use contract::document::{CandidateView, DocumentView};
use extract::{Extraction, Fail, Place, Sums, Value};
use serde::{Deserialize, Serialize};
use store::documents::{Candidate, Document};

use crate::{Error, Result};

/// It waits to be read.
pub const STORED: &str = "stored";

/// The name of an enum's value as JSON has it.
fn word(of: impl Serialize) -> Result<String> {
    Ok(serde_json::to_value(of)?.as_str().unwrap_or_default().to_owned())
}

/// What a candidate says, as it is encrypted.
#[derive(Serialize, Deserialize)]
struct Said {
    value: Value,
    raw: String,
}

fn kept(id: domain::id::CandidateId, found: &extract::Candidate) -> Result<Candidate> {
    Ok(Candidate {
        id,
        field: found.field.clone(),
        said: serde_json::to_string(&Said { value: found.value.clone(), raw: found.raw.clone() })?,
        page: found.page,
        place: serde_json::to_string(&found.place)?,
        confidence: (found.confidence.clamp(0.0, 1.0) * 1_000.0).round() as u16,
        extractor: found.extractor.clone(),
    })
}

/// What a candidate says: its value, and how it stands in the document.
pub(crate) fn said(kept: &Candidate) -> Result<(Value, String)> {
    let said: Said = serde_json::from_str(&kept.said)?;
    Ok((said.value, said.raw))
}

fn candidate(kept: Candidate) -> Result<CandidateView> {
    let (value, raw) = said(&kept)?;
    let place: Place = serde_json::from_str(&kept.place)?;
    let place = serde_json::to_value(place)?;
    let at = |name: &str| place.get(name).cloned();
    Ok(CandidateView {
        id: kept.id,
        field: kept.field,
        value: serde_json::to_value(value)?,
        raw,
        page: kept.page,
        quad: at("quad"),
        range: at("range"),
        span: at("span"),
        confidence: f64::from(kept.confidence) / 1_000.0,
        extractor: kept.extractor,
    })
}

fn view(document: &Document, candidates: Vec<CandidateView>) -> Result<DocumentView> {
    let fail: Option<Fail> =
        document.fail_code.as_ref().and_then(|code| serde_json::from_value(code.clone().into()).ok());
    let sums: Option<Sums> = document.sums.as_deref().map(serde_json::from_str).transpose()?;
    Ok(DocumentView {
        id: document.id,
        claim_id: document.claim,
        name: document.name.clone(),
        sha256: document.sha256.clone(),
        size_bytes: document.size,
        kind: document.kind.clone(),
        state: document.state.clone(),
        fail_code: document.fail_code.clone(),
        fail_words: fail.map(|fail| fail.words().to_owned()),
        pages: document.pages,
        stated_total_pence: sums.map(|s| s.stated),
        heads_agree: sums.map(|s| s.agree),
        uploaded_at: document.uploaded_at,
        read_at: document.read_at,
        candidates,
    })
}

/// What reading came to, as it is kept.
fn outcome(found: &Extraction) -> Result<store::documents::Outcome> {
    Ok(store::documents::Outcome {
        kind: word(found.kind)?,
        state: word(found.state)?,
        fail_code: found.fail_code.map(word).transpose()?,
        pages: found.pages,
        sums: found.sums.map(|s| serde_json::to_string(&s)).transpose()?,
    })
}

/// The bytes of a document as they came.
async fn bytes(ctx: &crate::Ctx, document: &Document) -> Result<Vec<u8>> {
    let path = store::documents::path(document.company, document.id);
    let sealed = ctx.app.ports.files.get(&path).await.map_err(Error::internal)?;
    let sealed = sealed.ok_or_else(|| Error::internal(format!("the file of {} is gone", document.id)))?;
    let key = store::documents::key(ctx.store(), document.claim).await?;
    let bytes = store::files::open_with(&key, &path, &sealed)?;
    if crate::secret::digest(&bytes) == document.sha256 {
        Ok(bytes)
    } else {
        Err(Error::internal(format!("the file of {} is another one", document.id)))
    }
}
