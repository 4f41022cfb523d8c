//! What was found, or why nothing was.

use serde::{Deserialize, Serialize};

use crate::{Kind, Quad, Value};

/// What reading a file came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub state: State,
    pub fail_code: Option<Fail>,
    /// How many pages the document has; 1 where it has none.
    #[serde(default)]
    pub pages: u32,
    pub candidates: Vec<Candidate>,
    /// Where the document states a total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
}

impl Extraction {
    pub fn failed(kind: Kind, fail: Fail) -> Extraction {
        let (state, candidates) = (fail.state(), Vec::new());
        Extraction { kind, state, fail_code: Some(fail), pages: 0, candidates, sums: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Candidates wait for a person.
    ToConfirm,
    /// It opens with a password that is not known here.
    NeedsPassword,
    /// It is kept, and a person enters what it says.
    NeedsManual,
    /// It is nothing that is kept as a document.
    Refused,
    /// It is kept where nobody gets at it.
    Quarantined,
}

/// Why a document was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fail {
    Password,
    Damaged,
    TooLarge,
    /// Unpacked it is larger than documents are.
    Bomb,
    UnknownType,
    NoText,
    /// Nobody speaks in this recording.
    NoSpeech,
    NothingFound,
    ToolMissing,
    /// The machine cannot shut the reader in.
    NoSandbox,
    TimedOut,
    /// A scanner found malware in it; it was not opened.
    Infected,
    /// The reader itself came to grief, or what it was to read is not there.
    ReaderFailed,
}

impl Fail {
    pub const fn state(self) -> State {
        match self {
            Fail::Password => State::NeedsPassword,
            Fail::Damaged
            | Fail::NoText
            | Fail::NoSpeech
            | Fail::NothingFound
            | Fail::ToolMissing
            | Fail::NoSandbox
            | Fail::TimedOut
            | Fail::ReaderFailed => State::NeedsManual,
            Fail::TooLarge | Fail::Bomb | Fail::UnknownType => State::Refused,
            Fail::Infected => State::Quarantined,
        }
    }

    /// What happened and what to do, as a person is told.
    pub const fn words(self) -> &'static str {
        match self {
            Fail::Password => "This document opens with a password. Type it, or ask for a copy without one.",
            Fail::Damaged => {
                "This file is damaged: its beginning says what it is, but it cannot be opened. Ask for it again, or enter what it says by hand."
            }
            Fail::TooLarge => "This file is larger than a document may be. Send the pages that matter.",
            Fail::Bomb => "Unpacked, this file is larger than any document. It was not opened.",
            Fail::UnknownType => {
                "This kind of file is not read: send a PDF, a Word document (.docx), plain text, an e-mail (.eml), a scan or photo (PNG, JPEG) or a recording."
            }
            Fail::NoText => {
                "There is no text in this document: it may be a picture of one. Enter what it says by hand."
            }
            Fail::NoSpeech => "No speech was found in this recording. Listen to it, or enter what it says by hand.",
            Fail::NothingFound => {
                "The text was read, and nothing in it looks like a fact of a claim. Enter it by hand."
            }
            Fail::ToolMissing => {
                "The program that reads this kind of file is not installed here. Enter it by hand; an administrator sees which one under Jobs."
            }
            Fail::NoSandbox => {
                "Documents are not read on this machine, because the reader cannot be shut in there. Enter it by hand."
            }
            Fail::Infected => {
                "Malware was found in this file. It was not opened, and cannot be had back; tell whoever sent it, and your administrator."
            }
            Fail::ReaderFailed => {
                "The reader could not get through this document. Enter it by hand; the file itself can be had back."
            }
            Fail::TimedOut => "Reading took too long and was ended. Enter it by hand, or send fewer pages.",
        }
    }
}

/// One fact that the document may state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// As the API calls it: `accident_date`, `special_therapy_pence`.
    pub field: String,
    pub value: Value,
    /// As it stands in the document.
    pub raw: String,
    /// The words before it and behind it, by which it is recognised.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// From 1.
    pub page: u32,
    #[serde(flatten)]
    pub place: Place,
    /// 0 to 1: how far the reading and the pairing are to be trusted.
    pub confidence: f32,
    /// What read it, and its version.
    pub extractor: String,
}

/// Where in the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The corners on the page, from top left clockwise, as shares of its width and height.
    Quad(Quad),
    /// From which character of the text to which (exclusive).
    Range([usize; 2]),
    /// Seconds in a recording.
    Span([f32; 2]),
}

/// The heads that were found beside the total that the document states. All in pence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub stated: i64,
    pub found: i64,
    pub agree: bool,
}

/// The name under which [`crate::pair`] gives a stated total: no field of a claim.
pub(crate) const TOTAL: &str = "total_pence";

/// Takes the stated total out of the candidates and adds the heads up beside it.
pub(crate) fn sums(candidates: &mut Vec<Candidate>) -> Option<Sums> {
    let mut totals: Vec<i64> = candidates.iter().filter(|c| c.field == TOTAL).filter_map(|c| c.value.pence()).collect();
    candidates.retain(|c| c.field != TOTAL);
    totals.dedup();
    let mut heads = std::collections::BTreeMap::new();
    for candidate in candidates.iter().filter(|c| c.field.ends_with("_pence")) {
        if let Some(pence) = candidate.value.pence() {
            heads.entry(candidate.field.clone()).or_insert(pence);
        }
    }
    let found: i64 =
        heads.iter().map(|(field, pence)| if field == "special_reduction_pence" { -pence } else { *pence }).sum();
    // Of several totals, such as one of each page, the one that the heads make up is meant.
    let stated = totals.iter().copied().find(|t| *t == found).or(totals.last().copied())?;
    Some(Sums { stated, found, agree: stated == found })
}
