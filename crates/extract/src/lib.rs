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
mod portion;
pub mod sandbox;
mod sound;
mod text;
mod tool;
mod value;

use std::path::Path;

pub use candidate::{Candidate, Extraction, Fail, Place, State, Sums};
pub use kind::{HEAD, Kind, largest};
pub use layout::{Page, Quad, Word};
pub use portion::{PageRead, Portion, RECOGNISED, portion, whole};
pub use tool::{Ran, Tools, run, run_with};
pub use value::Value;

/// What is read at most of one document.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of a document's file, in bytes.
    pub bytes: u64,
    /// Of a sound recording.
    pub audio: u64,
    pub video: u64,
    /// So many are read at once.
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
        Limits {
            bytes: 25 << 20,
            audio: 100 << 20,
            video: 500 << 20,
            pages: 300,
            letters: 3_000,
            unpacked: 64 << 20,
            seconds: 20,
        }
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

/// What a reader makes of a file.
pub(crate) struct Read {
    pub pages: Vec<Page>,
    /// Pages the document has, of which the first ones were read.
    pub count: u32,
    pub extractor: String,
    /// The last of these pages had to be recognised, and so no more were read.
    pub recognised: bool,
    /// Of a recording: which characters were said when, in seconds.
    pub times: Vec<(std::ops::Range<usize>, f32, f32)>,
}

/// Reads a file. What cannot be read is no error: it says why, and the claim is entered by hand. Of a long document the
/// first pages are read; [`portion`] reads the others.
pub fn read(path: &Path, tools: &Tools, limits: &Limits) -> Extraction {
    let (mut pages, mut from) = (Vec::new(), 1);
    loop {
        let read = portion(path, tools, limits, from);
        pages.extend(read.pages);
        let recognised = pages.iter().filter(|page| page.recognised).count();
        match read.next.filter(|next| *next <= limits.pages && recognised < RECOGNISED) {
            Some(next) => from = next,
            None => return whole(read.kind, read.count, read.fail_code, pages),
        }
    }
}

/// A page as a picture: a PNG that fits into [`PICTURE`] × [`PICTURE`] pixels. Drawn anew, whatever the file is: nothing
/// of it reaches a browser as it came.
pub fn picture(path: &Path, page: u32, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    match kind::of(path, limits).map_err(|(_, fail)| fail)? {
        Kind::Pdf => pdf::shown(path, page, tools, limits),
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

/// A video as an MP4 of small size that browsers play while it arrives: its first minutes, made anew.
pub fn preview(path: &Path, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    match kind::of(path, limits).map_err(|(_, fail)| fail)? {
        Kind::Video => sound::preview(path, tools, limits),
        _ => Err(Fail::UnknownType),
    }
}

/// The longer side of a page's picture, in pixels.
pub const PICTURE: u32 = 1_400;

fn reader(kind: Kind, path: &Path, tools: &Tools, limits: &Limits, from: u32) -> Result<Read, Fail> {
    match kind {
        Kind::Pdf => pdf::read(path, tools, limits, from),
        Kind::Docx => docx::read(path, limits),
        Kind::Email => mail::read(path, limits),
        Kind::Text => text::read(path, limits),
        Kind::Image => image::read(path, tools, limits),
        Kind::Audio | Kind::Video => sound::read(path, tools, limits),
        Kind::Unknown => Err(Fail::UnknownType),
    }
}
