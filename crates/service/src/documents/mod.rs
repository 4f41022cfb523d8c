//! Documents of claims (stories 5 and 6): what comes in is kept as it came before anything looks into it, is read by a
//! job in a process that is shut in, and what it says is offered to a person.

pub mod answer;
pub mod list;
pub mod made;
pub mod original;
pub mod read;
pub mod remove;
pub mod retention;
pub mod upload;

use contract::ErrorKind;
use contract::table::Tone;
use domain::id::{CandidateId, DocumentId};
use domain::{Head, Money};
use extract::{Fail, Place, Sums, Value};
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::documents::{self, Answer, Candidate, Document, Home};

use crate::files::{self, Opened};
use crate::{Actor, Ctx, Error, Result};

/// It waits to be read.
pub const STORED: &str = "stored";

/// Nobody has looked through it for malware.
pub const NOT_SCANNED: &str = "not_scanned";
/// Malware was found in it.
pub const QUARANTINED: &str = "quarantined";

/// What it says waits for answers.
pub const TO_CONFIRM: &str = "to_confirm";

/// Nothing of it waits for an answer.
pub const DONE: &str = "done";

/// The name of an enum's value as JSON has it.
fn word(of: impl Serialize) -> Result<String> {
    Ok(serde_json::to_value(of)?.as_str().unwrap_or_default().to_owned())
}

/// What a candidate says, as it is encrypted.
#[derive(Serialize, Deserialize)]
struct Said {
    value: Value,
    raw: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
}

fn kept(id: CandidateId, found: &extract::Candidate) -> Result<Candidate> {
    Ok(Candidate {
        id,
        field: found.field.clone(),
        said: serde_json::to_string(&Said {
            value: found.value.clone(),
            raw: found.raw.clone(),
            before: found.before.clone(),
            after: found.after.clone(),
        })?,
        page: found.page,
        place: serde_json::to_string(&found.place)?,
        confidence: (found.confidence.clamp(0.0, 1.0) * 1_000.0).round() as u16,
        extractor: found.extractor.clone(),
        answer: Answer::default(),
    })
}

/// A document within reach. One on a draft is its owner's alone, and of the jobs that read it.
pub async fn find(ctx: &Ctx, id: DocumentId) -> Result<Document> {
    let document = documents::find(ctx.store(), ctx.caller.reach, id).await?;
    match (document.home, &ctx.caller.actor) {
        (Home::Claim(_), _) | (Home::Draft(_), Actor::Job { .. }) => Ok(document),
        (Home::Draft(owner), Actor::Person { id, .. }) if owner == *id => Ok(document),
        (Home::Draft(_), _) => Err(StoreError::NotFound.into()),
    }
}

/// The same by an id from outside; that somebody looks at it is recorded.
pub async fn looked_at(ctx: &Ctx, id: &str) -> Result<Document> {
    let document = find(ctx, crate::id_from(id)?).await?;
    if let Some(claim) = document.claim() {
        ctx.note_read(document.company, claim).await?;
    }
    Ok(document)
}

/// A fact that a document may state, and where.
pub struct Found {
    pub id: CandidateId,
    /// As the API calls it.
    pub field: String,
    pub value: Value,
    /// As it stands in the document.
    pub raw: String,
    /// The words before and behind it.
    pub before: String,
    pub after: String,
    /// From 1.
    pub page: u32,
    pub place: Place,
    /// 0 to 1.
    pub confidence: f64,
    pub extractor: String,
    /// What a person has said of it.
    pub answer: Answer,
}

/// What was found in a document, in the order of its pages.
pub async fn found(ctx: &Ctx, document: &Document) -> Result<Vec<Found>> {
    documents::candidates(ctx.store(), document).await?.into_iter().map(opened).collect()
}

fn opened(kept: Candidate) -> Result<Found> {
    let said: Said = serde_json::from_str(&kept.said)?;
    Ok(Found {
        id: kept.id,
        field: kept.field,
        value: said.value,
        raw: said.raw,
        before: said.before,
        after: said.after,
        page: kept.page,
        place: serde_json::from_str(&kept.place)?,
        confidence: f64::from(kept.confidence) / 1_000.0,
        extractor: kept.extractor,
        answer: kept.answer,
    })
}

/// A value as a person would type it into a claim's form.
pub(crate) fn typed(field: &str, value: &Value) -> String {
    match value {
        Value::Flag(yes) => yes.to_string(),
        Value::Whole(pence) if field.ends_with("_pence") => Money::from_pence(*pence).plain(),
        Value::Whole(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
        Value::Text(text) => text.clone(),
    }
}

/// What a field is called.
pub(crate) fn label(field: &str) -> String {
    if let Some(head) = Head::from_key(field.strip_suffix("_pence").unwrap_or(field)) {
        return head.label().into();
    }
    let words = match field {
        "injury_prognosis_months" => "Prognosis",
        "external_reference" => "Reference",
        "medical_report_received" => "Medical report",
        "police_report_filed" => "Police report",
        "witness_present" => "Witness",
        other => return crate::error::capital(&other.replace('_', " ")),
    };
    words.into()
}

/// What became of a candidate, in words.
pub(crate) fn answered(state: &str) -> (&'static str, Tone) {
    match state {
        "confirmed" => ("Confirmed", Tone::Good),
        "edited" => ("Confirmed, edited", Tone::Good),
        "rejected" => ("Rejected", Tone::Bad),
        documents::PASSED_OVER => ("Another was taken", Tone::Plain),
        _ => ("Proposed", Tone::Notice),
    }
}

pub(crate) fn found_words(count: usize) -> String {
    if count == 1 { "1 fact was found.".into() } else { format!("{count} facts were found.") }
}

/// Why nothing was read of it, if so.
pub fn fail_of(document: &Document) -> Option<Fail> {
    document.fail_code.as_ref().and_then(|code| serde_json::from_value(code.clone().into()).ok())
}

/// Whether a document could be a medical report: somebody can read it.
pub(crate) fn may_be_report(document: &Document) -> bool {
    let written = ["pdf", "docx", "email", "text", "image"].contains(&document.kind.as_str());
    let opens = match fail_of(document) {
        Some(fail) => {
            matches!(
                fail,
                Fail::NoText
                    | Fail::NothingFound
                    | Fail::ToolMissing
                    | Fail::NoSandbox
                    | Fail::TimedOut
                    | Fail::ReaderFailed
            )
        }
        None => document.state != STORED,
    };
    written && opens
}

/// The total that it states, beside what its heads come to.
pub fn sums_of(document: &Document) -> Result<Option<Sums>> {
    Ok(document.sums.as_deref().map(serde_json::from_str).transpose()?)
}

/// Refused where malware was found in a document: nobody gets at it.
fn unharmful(document: &Document) -> Result<()> {
    match document.state.as_str() {
        QUARANTINED => Err(Error::refused(ErrorKind::Conflict, Fail::Infected.words())),
        _ => Ok(()),
    }
}

/// The file as it came.
async fn file(ctx: &Ctx, document: &Document) -> Result<Opened> {
    let key = documents::file_key(ctx.store(), document).await?;
    let path = documents::path(document.company, document.id);
    let found = files::open(&ctx.app, &key, &path).await?;
    found.ok_or_else(|| Error::internal(format!("the file of {} is gone", document.id)))
}
