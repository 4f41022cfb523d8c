//! Words that are read one after the other, and the labels among them.

use super::column::all_of;
use super::text;
use crate::label::{Asks, Label, phrases, plain};
use crate::layout::{Page, Segment};

/// A label where it was found: which of the words of its run it takes.
pub(super) struct Found {
    pub label: &'static Label,
    pub start: usize,
    pub end: usize,
}

/// Words that are read one after the other: a segment, or the lines of a paragraph.
pub(super) struct Run {
    pub words: Vec<usize>,
    pub labels: Vec<Found>,
    /// Line and segment, where it is one segment.
    pub at: Option<(usize, usize)>,
}

pub(super) fn runs(page: &Page, lines: &[Vec<Segment>]) -> Vec<Run> {
    let mut taken: Vec<Vec<bool>> = lines.iter().map(|line| vec![false; line.len()]).collect();
    let mut runs = Vec::new();
    for line in 0..lines.len() {
        for at in 0..lines[line].len() {
            if taken[line][at] {
                continue;
            }
            let paragraph = paragraph(page, lines, (line, at));
            let mut words = Vec::new();
            for (l, s) in &paragraph {
                taken[*l][*s] = true;
                words.extend(&lines[*l][*s].words);
            }
            let labels = labels(page, &words);
            runs.push(Run { words, labels, at: (paragraph.len() == 1).then_some((line, at)) });
        }
    }
    runs
}

/// How many words make a line of a sentence: fewer are a cell or a heading.
const PROSE: usize = 6;

/// The lines of prose that begin here, one below the other at the same edge.
fn paragraph(page: &Page, lines: &[Vec<Segment>], first: (usize, usize)) -> Vec<(usize, usize)> {
    let mut all = vec![first];
    let mut last = &lines[first.0][first.1];
    if last.words.len() < PROSE || labels_a_row(page, &lines[first.0], first.1) {
        return all;
    }
    for (line, segments) in lines.iter().enumerate().skip(first.0 + 1) {
        let near = |s: &Segment| {
            (s.left - last.left).abs() < last.height() * 0.7
                && s.top - last.top < last.height() * 2.0
                && s.top > last.top
        };
        let Some(at) = segments.iter().position(near) else {
            if segments.first().is_none_or(|s| s.top - last.top > last.height() * 2.0) {
                break;
            }
            continue;
        };
        let next = &segments[at];
        // A line that begins with a label and a colon is an entry of its own.
        let bullet = next.words.first().is_some_and(|i| is_bullet(&page.words[*i].text));
        if bullet || starts_entry(page, next) || labels_a_row(page, segments, at) {
            break;
        }
        all.push((line, at));
        last = next;
        if next.words.len() < PROSE {
            break;
        }
    }
    all
}

/// Whether the next column of its line holds a value: then it is the name of a row, however long.
fn labels_a_row(page: &Page, line: &[Segment], at: usize) -> bool {
    line.get(at + 1)
        .is_some_and(|next| [Asks::Money, Asks::Date].iter().any(|asks| all_of(page, next, *asks).is_some()))
}

fn starts_entry(page: &Page, segment: &Segment) -> bool {
    let labels = labels(page, &segment.words);
    labels.first().is_some_and(|l| l.start == 0 && page.words[segment.words[l.end - 1]].text.ends_with(':'))
}

/// The labels in a run, none within another; the longest that fits is meant.
pub(super) fn labels(page: &Page, words: &[usize]) -> Vec<Found> {
    let texts: Vec<String> = words.iter().map(|i| plain(&page.words[*i].text)).collect();
    // Marks alone, such as a dash, do not divide a label.
    let solid: Vec<usize> = (0..texts.len()).filter(|i| !texts[*i].is_empty()).collect();
    let mut found: Vec<Found> = Vec::new();
    let mut from = 0;
    while from < solid.len() {
        let fits = |phrase: &[String]| {
            from + phrase.len() <= solid.len() && phrase.iter().enumerate().all(|(i, w)| *w == texts[solid[from + i]])
        };
        match phrases(&texts[solid[from]]).iter().find(|(phrase, _)| fits(phrase)) {
            Some((phrase, label)) => {
                let end = from + phrase.len();
                found.push(Found { label, start: solid[from], end: solid[end - 1] + 1 });
                from = end;
            }
            None => from += 1,
        }
    }
    found
}

/// What stands before an entry of a list: a dot, a dash, `1.`, `(a)`.
pub(super) fn is_bullet(word: &str) -> bool {
    let inner = word.trim_matches(|c: char| matches!(c, '(' | ')' | '.'));
    ["•", "-", "–", "—", "*", "·", "o"].contains(&word)
        || (inner.len() < word.len()
            && inner.len() <= 2
            && !inner.is_empty()
            && inner.chars().all(char::is_alphanumeric))
}

/// Whether a run begins with this word, but for what numbers it.
pub(super) fn leads(page: &Page, run: &Run, at: usize) -> bool {
    text(page, &run.words[..at]).iter().all(|w| is_bullet(w))
}
