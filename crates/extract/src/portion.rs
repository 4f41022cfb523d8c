//! Reading by portions: pages that have their text are read many at once; a page whose words must be recognised takes
//! seconds, and ends its portion. Whoever keeps each portion loses no more than one page when a machine fails.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::candidate::{self, Candidate, Extraction, Place, State};
use crate::layout::{Page, lines};
use crate::{Fail, Kind, Limits, Read, Tools, kind, pair, reader};

/// How many pages are recognised at most in one go: each takes seconds.
pub const RECOGNISED: usize = 20;

/// Candidates that are proposed at most: for one field, and in all.
pub(crate) const EACH: usize = 20;
const ALL: usize = 500;
/// Of a page's text so many letters are kept.
const LETTERS: usize = 20_000;

/// Some pages of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portion {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub fail_code: Option<Fail>,
    /// Pages that the document has.
    pub count: u32,
    pub pages: Vec<PageRead>,
    /// The first page that was not read yet, where there are more.
    pub next: Option<u32>,
}

impl Portion {
    pub fn failed(kind: Kind, fail: Fail) -> Portion {
        Portion { kind, fail_code: Some(fail), count: 0, pages: Vec::new(), next: None }
    }
}

/// What a page says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageRead {
    /// From 1.
    pub page: u32,
    /// Its words had to be recognised.
    pub recognised: bool,
    pub text: String,
    /// Among them totals, which are no field of a claim.
    pub candidates: Vec<Candidate>,
}

/// Reads the pages from one on (from 1), up to the first whose words must be recognised, and at most as many as are read
/// at once. What cannot be read is no error: it says why.
pub fn portion(path: &Path, tools: &Tools, limits: &Limits, from: u32) -> Portion {
    let kind = match kind::of(path, limits) {
        Ok(kind) => kind,
        Err((kind, fail)) => return Portion::failed(kind, fail),
    };
    let read = match reader(kind, path, tools, limits, from) {
        Ok(read) => read,
        Err(fail) => return Portion::failed(kind, fail),
    };
    let last = read.pages.last().map_or(from, |page| page.number);
    let only = !matches!(kind, Kind::Pdf);
    Portion {
        kind,
        fail_code: None,
        count: read.count,
        next: (!only && last < read.count).then_some(last + 1),
        pages: read.pages.iter().map(|page| page_read(page, &read)).collect(),
    }
}

fn page_read(page: &Page, read: &Read) -> PageRead {
    let mut candidates = pair::candidates(page, &read.extractor);
    if !read.times.is_empty() {
        // Of spoken amounts hardly one in thirty was recognised and one was wrong (docs/documents.md): none is proposed. They
        // stand in the transcript.
        candidates.retain(|c| !c.field.ends_with("_pence"));
        candidates.iter_mut().for_each(|c| said_when(c, &read.times));
    }
    // No page has more than are proposed of a whole document.
    candidates.truncate(ALL);
    let last = read.pages.last().is_some_and(|last| last.number == page.number);
    PageRead { page: page.number, recognised: read.recognised && last, text: text(page), candidates }
}

/// The lines of a page, columns divided by blanks.
fn text(page: &Page) -> String {
    let words = |words: &[usize]| words.iter().map(|i| page.words[*i].text.as_str()).collect::<Vec<_>>().join(" ");
    let line = |line: Vec<crate::layout::Segment>| line.iter().map(|s| words(&s.words)).collect::<Vec<_>>().join("   ");
    let all = lines(page).into_iter().map(line).collect::<Vec<_>>().join("\n");
    all.chars().take(LETTERS).collect()
}

/// In a recording a place is told by its seconds.
fn said_when(candidate: &mut Candidate, times: &[(Range<usize>, f32, f32)]) {
    let Place::Range([from, to]) = candidate.place else { return };
    let of: Vec<_> = times.iter().filter(|(chars, ..)| chars.start < to && from < chars.end).collect();
    if let (Some((_, start, _)), Some((_, _, end))) = (of.first(), of.last()) {
        candidate.place = Place::Span([*start, *end]);
    }
}

/// What all pages together say: bounded, and the heads added up beside the total that is stated.
pub fn whole(kind: Kind, count: u32, fail: Option<Fail>, pages: Vec<PageRead>) -> Extraction {
    let failed = |fail| Extraction { pages: count, ..Extraction::failed(kind, fail) };
    if let (Some(fail), true) = (fail, pages.is_empty()) {
        return failed(fail);
    }
    if pages.iter().all(|page| page.text.is_empty()) {
        return failed(fail.unwrap_or(Fail::NoText));
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    for found in pages.into_iter().flat_map(|page| page.candidates) {
        if candidates.len() < ALL && candidates.iter().filter(|c| c.field == found.field).count() < EACH {
            candidates.push(found);
        }
    }
    let sums = candidate::sums(&mut candidates);
    if candidates.is_empty() {
        return failed(fail.unwrap_or(Fail::NothingFound));
    }
    // What the first pages say is proposed, whatever became of a later one.
    Extraction { kind, state: State::ToConfirm, fail_code: fail, pages: count, candidates, sums }
}
