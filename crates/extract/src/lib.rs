//! What a document says of a claim: bytes in, candidates out.
//!
//! Every reader ([`text`], [`docx`], [`pdf`]) makes pages of words that know where they stand; [`pair`] finds the
//! labels among them and the value that belongs to each. Nothing here knows a database or decides anything: a person
//! confirms each candidate beside its source.

mod candidate;
mod docx;
mod image;
mod kind;
mod label;
mod layout;
mod mail;
mod pair;
mod pdf;
pub mod sandbox;
mod sound;
mod text;
mod tool;
mod value;

use std::path::Path;

pub use candidate::{Candidate, Extraction, Fail, Place, State, Sums};
pub use kind::Kind;
pub use layout::{Page, Quad, Word};
pub use pdf::SCANNED;
pub use tool::{Ran, Tools, run, run_with};
pub use value::Value;

/// What is read at most of one document.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the file.
    pub bytes: u64,
    /// Of a recording.
    pub recording: u64,
    /// The first ones are read.
    pub pages: u32,
    /// Letters of a page, where text has none: so many of them are read as all pages together have.
    pub letters: usize,
    /// That a packed document may unpack to, together.
    pub unpacked: u64,
    /// For one run of a tool.
    pub seconds: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 25 << 20, recording: 100 << 20, pages: 300, letters: 3_000, unpacked: 64 << 20, seconds: 20 }
    }
}

impl Limits {
    /// What is read at most of a document, in letters.
    fn budget(&self) -> usize {
        self.pages as usize * self.letters
    }

    /// How many pages so many letters would fill.
    fn filled(&self, letters: usize) -> u32 {
        u32::try_from(letters.div_ceil(self.letters)).unwrap_or(u32::MAX).max(1)
    }
}

/// What is proposed at most: for one field, and in all.
const EACH: usize = 20;
const ALL: usize = 500;

/// What a reader makes of a file.
pub(crate) struct Read {
    pub pages: Vec<Page>,
    /// Pages the document has, of which the first ones were read.
    pub count: u32,
    pub extractor: String,
    /// Of a recording: which characters were said when, in seconds.
    pub times: Vec<(std::ops::Range<usize>, f32, f32)>,
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

/// A page as a picture: a PNG that fits into [`PICTURE`] × [`PICTURE`] pixels. Drawn anew, whatever the file is: nothing
/// of it reaches a browser as it came.
pub fn picture(path: &Path, page: u32, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    match kind::of(path, limits).map_err(|(_, fail)| fail)? {
        Kind::Pdf => pdf::picture(path, page, tools, limits),
        Kind::Image => image::picture(path),
        Kind::Docx | Kind::Email | Kind::Text | Kind::Audio | Kind::Video | Kind::Unknown => Err(Fail::UnknownType),
    }
}

/// The sound of a recording as an MP3.
pub fn sound(path: &Path, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    match kind::of(path, limits).map_err(|(_, fail)| fail)? {
        Kind::Audio | Kind::Video => sound::sound(path, tools, limits),
        Kind::Pdf | Kind::Docx | Kind::Email | Kind::Text | Kind::Image | Kind::Unknown => Err(Fail::UnknownType),
    }
}

/// The longer side of a page's picture, in pixels.
pub const PICTURE: u32 = 1_400;

fn reader(kind: Kind, path: &Path, tools: &Tools, limits: &Limits) -> Result<Read, Fail> {
    match kind {
        Kind::Pdf => pdf::read(path, tools, limits),
        Kind::Docx => docx::read(path, limits),
        Kind::Email => mail::read(path, limits),
        Kind::Text => text::read(path, limits),
        Kind::Image => image::read(path, tools, limits),
        Kind::Audio | Kind::Video => sound::read(path, tools, limits),
        Kind::Unknown => Err(Fail::UnknownType),
    }
}

/// In a recording a place is told by its seconds.
fn said_when(candidate: &mut Candidate, times: &[(std::ops::Range<usize>, f32, f32)]) {
    let Place::Range([from, to]) = candidate.place else { return };
    let of: Vec<_> = times.iter().filter(|(chars, ..)| chars.start < to && from < chars.end).collect();
    if let (Some((_, start, _)), Some((_, _, end))) = (of.first(), of.last()) {
        candidate.place = Place::Span([*start, *end]);
    }
}

fn found(kind: Kind, read: &Read) -> Extraction {
    if read.pages.iter().all(|page| page.words.is_empty()) {
        return Extraction::failed(kind, Fail::NoText);
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    for found in read.pages.iter().flat_map(|page| pair::candidates(page, &read.extractor)) {
        if candidates.len() < ALL && candidates.iter().filter(|c| c.field == found.field).count() < EACH {
            candidates.push(found);
        }
    }
    if !read.times.is_empty() {
        // Of spoken amounts hardly one in thirty was recognised and one was wrong (docs/documents.md): none is proposed. They
        // stand among the words around what is.
        candidates.retain(|c| !c.field.ends_with("_pence"));
        candidates.iter_mut().for_each(|c| said_when(c, &read.times));
    }
    let sums = candidate::sums(&mut candidates);
    if candidates.is_empty() {
        return Extraction::failed(kind, Fail::NothingFound);
    }
    Extraction { kind, state: State::ToConfirm, fail_code: None, pages: read.count, candidates, sums }
}
