//! The value that belongs to a label, in another column of its line or below.

use super::run::{Found, labels};
use super::{Values, text};
use crate::label::{Asks, plain};
use crate::layout::{Page, Segment};
use crate::value::{self, Value};

/// How far below a label its value may begin, in heights of the label.
const BELOW: f32 = 2.2;
/// And how many lines: what lies beside a label may have many of them.
const LINES_BELOW: usize = 8;
/// Columns that a row is looked through for a value, and lines above it for its headings.
const COLUMNS: usize = 16;
const HEADING_ABOVE: usize = 120;

/// What stands in the next columns, or else below.
pub(super) fn beside(page: &Page, lines: &[Vec<Segment>], (line, at): (usize, usize), found: &Found) -> Values {
    let asks = found.label.asks;
    let names = |segment: &Segment| {
        // Whatever ends with a colon is the name of something.
        !labels(page, &segment.words).is_empty()
            || segment.words.last().is_some_and(|i| page.words[*i].text.ends_with(':'))
    };
    if asks == Asks::YesNo {
        // Answers and their boxes may stand in columns of their own.
        let next = lines[line][at + 1..].iter().take(COLUMNS).take_while(|s| !names(s)).flat_map(|s| s.words.clone());
        let words: Vec<usize> = next.collect();
        if let Some((value, at)) = value::first(asks, &text(page, &words), false) {
            return vec![(value, words[at].to_vec())];
        }
    }
    let mut values: Vec<(Value, &Segment)> = Vec::new();
    for segment in lines[line][at + 1..].iter().take(COLUMNS) {
        if let Some(value) = all_of(page, segment, asks) {
            values.push((value, segment));
        } else if segment.words.len() > 3 || names(segment) {
            break;
        }
    }
    if values.len() > 1 {
        values = in_claimed_column(page, lines, line, values);
    }
    if values.is_empty() {
        values.extend(below(page, lines, (line, at), asks));
    }
    values.into_iter().map(|(value, segment)| (value, segment.words.clone())).collect()
}

/// The value that a whole segment is.
pub(super) fn all_of(page: &Page, segment: &Segment, asks: Asks) -> Option<Value> {
    let texts = text(page, &segment.words);
    let (value, at) = value::first(asks, &texts, false)?;
    // "Friday 27 February 2026 at about 8.10 am": the time of day belongs to the date.
    let time = asks == Asks::Date && texts.get(at.end).is_some_and(|w| ["at", "about", "in", "-"].contains(w));
    (time || texts[at.end..].iter().all(|w| value::is_filler(w))).then_some(value)
}

/// Of several amounts in a row, those under the heading "Claimed"; all, where no heading says so.
fn in_claimed_column<'a>(
    page: &Page,
    lines: &[Vec<Segment>],
    line: usize,
    values: Vec<(Value, &'a Segment)>,
) -> Vec<(Value, &'a Segment)> {
    let is_head = |segment: &Segment| text(page, &segment.words).iter().any(|w| is_heading(w));
    // The nearest line above with as many headings as there are amounts.
    let heads: Option<Vec<&Segment>> = lines[..line].iter().rev().take(HEADING_ABOVE).find_map(|line| {
        let heads: Vec<&Segment> = line.iter().filter(|s| is_head(s)).collect();
        (heads.len() >= 2).then_some(heads)
    });
    let Some(heads) = heads else { return values };
    // Figures end at the right of a column whose heading may begin at its left: a value belongs to the heading above
    // it, or else to the last that begins before it ends.
    let head_of = |value: &Segment| {
        let above = heads.iter().find(|head| head.overlaps(value));
        above.or_else(|| heads.iter().rev().find(|head| head.left < value.right)).copied()
    };
    let claimed =
        |head: &Segment| text(page, &head.words).iter().any(|w| ["claimed", "claim"].contains(&plain(w).as_str()));
    let under: Vec<_> = values.iter().filter(|(_, segment)| head_of(segment).is_some_and(claimed)).cloned().collect();
    if under.is_empty() { values } else { under }
}

fn is_heading(word: &str) -> bool {
    let names = [
        "claimed", "claim", "offered", "agreed", "paid", "approved", "adjusted", "vat", "net", "gross", "rate",
        "quantity", "qty", "amount", "conceded", "disputed",
    ];
    names.contains(&plain(word).as_str())
}

/// The segment right below that is such a value.
fn below<'a>(
    page: &Page,
    lines: &'a [Vec<Segment>],
    (line, at): (usize, usize),
    asks: Asks,
) -> Option<(Value, &'a Segment)> {
    let label = &lines[line][at];
    let near = lines[line + 1..].iter().take(LINES_BELOW);
    let segment = near.flatten().find(|s| s.overlaps(label))?;
    if segment.top - label.bottom > label.height() * BELOW {
        return None;
    }
    all_of(page, segment, asks).map(|value| (value, segment))
}
