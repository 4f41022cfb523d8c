//! The amount that belongs to a label, in a line of text: behind it or before it.

use std::ops::Range;

use super::run::{Run, is_bullet};
use super::{Values, text};
use crate::label::{Asks, plain};
use crate::layout::Page;
use crate::value::{self, Value};

/// Before an amount: it is the price of one, "12 sessions at £35".
const RATE_BEFORE: [&str; 5] = ["at", "@", "x", "×", "per"];
/// Behind one: "£35 per session", "£45 a go".
const RATE_BEHIND: [&str; 6] = ["per", "each", "a", "an", "p/w", "weekly"];

/// The amount in what follows a label. Between the two may be how it comes about: "12 sessions at £35.00: £420.00".
pub(super) fn amount(texts: &[&str]) -> Option<(Value, Range<usize>)> {
    let (value, at) = value::first(Asks::Money, texts, false).or_else(|| counted(texts))?;
    // A rate is not the sum.
    let rate = at.start > 0 && RATE_BEFORE.contains(&plain_or(texts[at.start - 1]).as_str());
    let per = texts.get(at.end).is_some_and(|w| RATE_BEHIND.contains(&plain_or(w).as_str()));
    // "12 sessions at £55 = £660": what comes of it.
    if let Some(equals) = texts.iter().rposition(|w| *w == "=")
        && let Some((sum, place)) = value::first(Asks::Money, &texts[equals + 1..], false)
    {
        return Some((sum, equals + 1 + place.start..equals + 1 + place.end));
    }
    let next = other(&texts[at.end..]);
    match next {
        Some((sum, place)) if rate || per => {
            let place = at.end + place.start..at.end + place.end;
            Some((sum, place))
        }
        // Two amounts of which neither is a rate: not for a line of text to decide.
        Some((other, _)) if other != value => None,
        _ if per || rate => None,
        _ => Some((value, at)),
    }
}

/// Another amount that may be meant: not one in brackets, as what was offered, and no rate.
fn other(texts: &[&str]) -> Option<(Value, Range<usize>)> {
    let end = texts.iter().position(|w| w.starts_with('(')).unwrap_or(texts.len());
    let (value, at) = value::first(Asks::Money, &texts[..end], true)?;
    let rate = at.start > 0 && RATE_BEFORE.contains(&plain_or(texts[at.start - 1]).as_str());
    (!rate).then_some((value, at))
}

/// A sum behind its count: "(12 sessions) £420.00".
fn counted(texts: &[&str]) -> Option<(Value, Range<usize>)> {
    let count = |w: &&str| w.chars().any(|c| c.is_ascii_digit()) && value::whole(Asks::Money, &[w]).is_none();
    let units = [
        "sessions", "session", "weeks", "week", "days", "day", "miles", "trips", "journeys", "hours", "x", "at", "@",
        "×",
    ];
    let start = texts.iter().position(|w| value::whole(Asks::Money, &[w]).is_some())?;
    let says_count =
        texts[..start].iter().all(|w| count(w) || value::is_filler(w) || units.contains(&plain_or(w).as_str()));
    if !says_count {
        return None;
    }
    let (value, at) = value::first(Asks::Money, &texts[start..], false)?;
    Some((value, start + at.start..start + at.end))
}

fn plain_or(word: &str) -> String {
    let plain = plain(word);
    if plain.is_empty() { word.to_owned() } else { plain }
}

/// "£420.00 for physiotherapy": the amount stands before the label, with words between that join the two.
pub(super) fn before(page: &Page, run: &Run, index: usize) -> Values {
    const JOINS: [&str; 20] = [
        "for", "towards", "in", "respect", "of", "as", "on", "the", "his", "her", "their", "my", "cost", "costs",
        "claimed", "session", "sessions", "weeks", "days", "a",
    ];
    let found = &run.labels[index];
    if let Some(words) = listed(page, run, index) {
        return words;
    }
    let from = index.checked_sub(1).map_or(0, |i| run.labels[i].end);
    let texts = text(page, &run.words[from..found.start]);
    let mut end = texts.len();
    let mut joined = false;
    while end > 0 && texts.len() - end < 7 {
        let word = plain(texts[end - 1]);
        let counts = texts[end - 1].len() < 4 && texts[end - 1].bytes().all(|b| b.is_ascii_digit());
        let counts = counts || value::is_number_word(&word);
        if !JOINS.contains(&word.as_str()) && !counts {
            break;
        }
        joined |= ["for", "towards", "respect", "as"].contains(&word.as_str());
        end -= 1;
    }
    // "his £300 policy excess": right before, and not behind another label.
    let right_before = end == texts.len() && (index == 0 || texts.len() > 3);
    if !joined && !right_before {
        return Vec::new();
    }
    for length in (1..=3.min(end)).rev() {
        if let Some(value) = value::whole(Asks::Money, &texts[end - length..end]) {
            let words = run.words[from + end - length..from + end].to_vec();
            return vec![(value, words)];
        }
    }
    Vec::new()
}

/// "£455 – physiotherapy (7 sessions)": an entry of a list that begins with its amount.
fn listed(page: &Page, run: &Run, index: usize) -> Option<Values> {
    let found = &run.labels[index];
    if index > 0 || found.label.field.is_empty() {
        return None;
    }
    let texts = text(page, &run.words[..found.start]);
    let start = texts.iter().position(|w| !is_bullet(w))?;
    let (value, at) = value::first(Asks::Money, &texts[start..], false)?;
    let at = start + at.start..start + at.end;
    // "£45 a go for physio" is a rate.
    let rate = texts[at.end..].iter().any(|w| RATE_BEHIND.contains(&plain(w).as_str()));
    let close = texts.len() - at.end <= 3;
    (at.start == start && close && !rate).then(|| vec![(value, run.words[at].to_vec())])
}
