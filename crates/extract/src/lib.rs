//! What a document says of a claim: bytes in, candidates out.
//!
//! Every reader ([`text`], [`docx`], [`pdf`]) makes pages of words that know where they stand; [`pair`] finds the
//! labels among them and the value that belongs to each. Nothing here knows a database or decides anything: a person
//! confirms each candidate beside its source.

mod candidate;
mod docx;
mod kind;
mod label;
mod layout;
mod mail;
mod pair;
mod pdf;
pub mod sandbox;
mod text;
mod tool;
mod value;

use std::path::Path;

pub use candidate::{Candidate, Extraction, Fail, Place, State, Sums};
pub use kind::Kind;
pub use layout::{Page, Quad, Word};
pub use tool::{Tools, run};
pub use value::Value;

/// What is read at most of one document.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the file.
    pub bytes: u64,
    /// The first ones are read.
    pub pages: u32,
    /// That a packed document may unpack to, together.
    pub unpacked: u64,
    /// For one run of a tool.
    pub seconds: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 25 << 20, pages: 300, unpacked: 64 << 20, seconds: 60 }
    }
}

/// What a reader makes of a file.
pub(crate) struct Read {
    pub pages: Vec<Page>,
    /// Pages the document has, of which the first ones were read.
    pub count: u32,
    pub extractor: String,
}

/// Reads a file. What cannot be read is no error: it says why, and the claim is entered by hand.
pub fn read(path: &Path, tools: &Tools, limits: &Limits) -> Extraction {
    let (kind, read) = match kind::of(path, limits) {
        Ok(kind) => (kind, reader(kind, path, tools, limits)),
        Err((kind, fail)) => (kind, Err(fail)),
    };
    match read {
        Ok(read) => found(kind, &read),
        Err(fail) => Extraction::failed(kind, fail),
    }
}

fn reader(kind: Kind, path: &Path, tools: &Tools, limits: &Limits) -> Result<Read, Fail> {
    match kind {
        Kind::Pdf => pdf::read(path, tools, limits),
        Kind::Docx => docx::read(path, limits),
        Kind::Email => mail::read(path, limits),
        Kind::Text => text::read(path, limits),
        Kind::Unknown => Err(Fail::UnknownType),
    }
}

fn found(kind: Kind, read: &Read) -> Extraction {
    if read.pages.iter().all(|page| page.words.is_empty()) {
        return Extraction::failed(kind, Fail::NoText);
    }
    let mut candidates: Vec<Candidate> =
        read.pages.iter().flat_map(|page| pair::candidates(page, &read.extractor)).collect();
    let sums = candidate::sums(&mut candidates);
    if candidates.is_empty() {
        return Extraction::failed(kind, Fail::NothingFound);
    }
    Extraction { kind, state: State::ToConfirm, fail_code: None, pages: read.count, candidates, sums }
}
