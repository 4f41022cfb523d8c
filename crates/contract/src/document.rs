//! Documents of claims, and what was found in them.

use chrono::{DateTime, Utc};
use domain::id::{CandidateId, ClaimId, DocumentId};
use serde::{Deserialize, Serialize};

/// A document as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentView {
    pub id: DocumentId,
    pub claim_id: ClaimId,
    /// As it was called when it came.
    pub name: String,
    /// Of the bytes as they came, in hexadecimal.
    pub sha256: String,
    pub size_bytes: u64,
    /// `pdf`, `docx`, `email`, `text` or `unknown`; empty before it was read.
    pub kind: String,
    /// `stored`, `to_confirm`, `needs_password`, `needs_manual` or `refused`.
    pub state: String,
    pub fail_code: Option<String>,
    /// What happened and what to do.
    pub fail_words: Option<String>,
    /// How many it has; the first 300 are read.
    pub pages: u32,
    pub stated_total_pence: Option<i64>,
    /// Whether the heads that were found come to the stated total.
    pub heads_agree: Option<bool>,
    pub uploaded_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
    pub candidates: Vec<CandidateView>,
}

/// A fact that a document may state, with where it states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateView {
    pub id: CandidateId,
    /// As the API calls it.
    pub field: String,
    /// Pence and months are whole numbers, dates ISO, answers true or false.
    pub value: serde_json::Value,
    /// As it stands in the document.
    pub raw: String,
    pub page: u32,
    /// The corners on the page, from top left clockwise, as shares of its width and height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quad: Option<serde_json::Value>,
    /// From which character of the text to which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<serde_json::Value>,
    /// Seconds of a recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<serde_json::Value>,
    /// 0 to 1.
    pub confidence: f64,
    pub extractor: String,
}

/// Where the company has the same file too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameFile {
    pub document: DocumentId,
    pub claim_id: ClaimId,
    pub number: String,
}
