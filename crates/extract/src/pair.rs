//! Which value belongs to which label.
//!
//! A label and its value stand in one of four ways: in one line of text (`Physiotherapy: £420`), in a sentence that
//! names the amount first (`£420 for physiotherapy`), in another column of the same line, or below. Whatever stands
//! between the two must say nothing: a value that could belong to something else is not proposed.

use crate::candidate::{Candidate, Place};
use crate::label::{Asks, Label, phrases, plain};
use crate::layout::{Page, Segment, Word, lines};
use crate::value::{self, Value};

/// A label where it was found: which of the words of its run it takes.
struct Found {
    label: &'static Label,
    start: usize,
    end: usize,
}

/// Words that are read one after the other: a segment, or the lines of a paragraph.
struct Run {
    words: Vec<usize>,
    labels: Vec<Found>,
    /// Line and segment, where it is one segment.
    at: Option<(usize, usize)>,
}

/// What is looked for beside a word in a sentence, in words.
const REACH: usize = 8;
/// How far below a label its value may begin, in heights of the label.
const BELOW: f32 = 2.2;

pub fn candidates(page: &Page, extractor: &str) -> Vec<Candidate> {
    let lines = lines(page);
    let mut found: Vec<Candidate> = Vec::new();
    for run in runs(page, &lines) {
        for index in 0..run.labels.len() {
            let mut values = within(page, &run, index);
            if values.is_empty() && ends_run(page, &run, index) {
                values = run.at.map_or_else(Vec::new, |at| beside(page, &lines, at, &run.labels[index]));
            }
            let label = run.labels[index].label;
            // Values that contradict one another stand together, none of them trusted.
            let alone = values.iter().all(|(value, _)| *value == values[0].0);
            for (value, words) in values {
                if !label.field.is_empty() {
                    let share = if alone { 1.0 } else { 0.5 };
                    push(&mut found, candidate(page, label, value, &words, share, extractor));
                }
            }
        }
    }
    found
}

/// The same fact said twice on a page is one candidate: the first place is kept.
fn push(found: &mut Vec<Candidate>, new: Candidate) {
    match found.iter_mut().find(|c| c.field == new.field && c.value == new.value) {
        Some(same) => same.confidence = same.confidence.max(new.confidence),
        None => found.push(new),
    }
}

fn candidate(page: &Page, label: &Label, value: Value, words: &[usize], share: f32, extractor: &str) -> Candidate {
    let words: Vec<&Word> = words.iter().map(|i| &page.words[*i]).collect();
    let least = |f: fn(&Word) -> f32| words.iter().map(|w| f(w)).fold(f32::INFINITY, f32::min);
    let most = |f: fn(&Word) -> f32| words.iter().map(|w| f(w)).fold(f32::NEG_INFINITY, f32::max);
    let place = if page.by_characters {
        let start = words.iter().map(|w| w.chars.start).min().unwrap_or_default();
        Place::Range([start, words.iter().map(|w| w.chars.end).max().unwrap_or_default()])
    } else {
        let x = |v: f32| (v / page.width).clamp(0.0, 1.0);
        let y = |v: f32| (v / page.height).clamp(0.0, 1.0);
        let (left, right) = (x(least(|w| w.left)), x(most(|w| w.right)));
        let (top, bottom) = (y(least(|w| w.top)), y(most(|w| w.bottom)));
        Place::Quad([[left, top], [right, top], [right, bottom], [left, bottom]])
    };
    Candidate {
        field: label.field.to_owned(),
        value,
        raw: words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" "),
        page: page.number,
        place,
        confidence: share * least(|w| w.confidence),
        extractor: extractor.to_owned(),
    }
}

// ---- Runs of words ----------------------------------------------------------------------------------------------

fn runs(page: &Page, lines: &[Vec<Segment>]) -> Vec<Run> {
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
fn labels(page: &Page, words: &[usize]) -> Vec<Found> {
    let texts: Vec<String> = words.iter().map(|i| plain(&page.words[*i].text)).collect();
    // Marks alone, such as a dash, do not divide a label.
    let solid: Vec<usize> = (0..texts.len()).filter(|i| !texts[*i].is_empty()).collect();
    let mut found: Vec<Found> = Vec::new();
    let mut from = 0;
    while from < solid.len() {
        let fits = |phrase: &[String]| {
            from + phrase.len() <= solid.len()
                && phrase.iter().enumerate().all(|(i, w)| same(w, &texts[solid[from + i]]))
        };
        match phrases().iter().find(|(phrase, _)| fits(phrase)) {
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

/// Whether a word was meant, though one letter of a long one was misread.
fn same(wanted: &str, read: &str) -> bool {
    if wanted == read {
        return true;
    }
    let (a, b): (Vec<char>, Vec<char>) = (wanted.chars().collect(), read.chars().collect());
    a.len() >= 6 && a.len() == b.len() && a.iter().zip(&b).filter(|(x, y)| x != y).count() == 1
}

// ---- In one run -------------------------------------------------------------------------------------------------

type Values = Vec<(Value, Vec<usize>)>;

fn text<'a>(page: &'a Page, words: &[usize]) -> Vec<&'a str> {
    words.iter().map(|i| page.words[*i].text.as_str()).collect()
}

fn within(page: &Page, run: &Run, index: usize) -> Values {
    let found = &run.labels[index];
    let asks = found.label.asks;
    if asks == Asks::Money {
        let before = before(page, run, index);
        if !before.is_empty() {
            return before;
        }
    }
    let stop = run.labels.get(index + 1).map_or(run.words.len(), |next| next.start);
    let after = &run.words[found.end..stop];
    // Dots lead from a label to its value, whatever explains the label before them.
    let leader = text(page, after).iter().position(|w| w.len() > 3 && w.chars().all(|c| matches!(c, '.' | '_' | '…')));
    let after = leader.map_or(after, |dots| &after[dots + 1..]);
    let reach = &after[..after.len().min(if matches!(asks, Asks::Word(_)) { 14 } else { REACH })];
    let texts = text(page, reach);
    // Beyond the end of its sentence nothing belongs to a label.
    let end = texts.iter().position(|t| ends_sentence(t)).map_or(texts.len(), |i| i + 1);
    let mut values = Vec::new();
    if ends_sentence(&page.words[run.words[found.end - 1]].text)
        && !page.words[run.words[found.end - 1]].text.ends_with(':')
    {
        return values;
    }
    if asks == Asks::Money {
        // "£380 for physiotherapy, £1,116.20 for repairs": what follows a comma is the next one's.
        let label = &page.words[run.words[found.end - 1]].text;
        if leader.is_none() && label.ends_with([',', ';']) && !leads(page, run, found.start) {
            return values;
        }
        if let Some(found) = amount(&texts[..end]) {
            values.push((found.0, found.1.map(|i| reach[i]).collect()));
        }
        return values;
    }
    let Some((value, at)) = value::first(asks, &texts[..end], false) else { return values };
    let (next, from) = (texts[..end].get(at.end).copied().unwrap_or_default(), at.end + 1);
    // "6 to 9 months" is not six.
    if asks == Asks::Months && ["to", "or", "and", "-", "–"].contains(&next) {
        return values;
    }
    values.push((value, at.map(|i| reach[i]).collect()));
    // "31 March 2026 or 1 April 2026": both are offered.
    if asks == Asks::Date
        && ["or", "and"].contains(&next)
        && let Some((value, at)) = value::first(asks, &texts[from..end], false)
    {
        values.push((value, at.map(|i| reach[from + i]).collect()));
    }
    values
}

fn ends_sentence(word: &str) -> bool {
    word.ends_with(['.', '!', '?']) && word.chars().filter(|c| c.is_alphabetic()).count() > 3
}

/// The amount in what follows a label. Between the two may be how it comes about: "12 sessions at £35.00: £420.00".
fn amount(texts: &[&str]) -> Option<(Value, std::ops::Range<usize>)> {
    let (value, at) = value::first(Asks::Money, texts, false).or_else(|| counted(texts))?;
    // A rate is not the sum.
    let rate = at.start > 0 && ["at", "@", "x", "×", "per"].contains(&plain_or(texts[at.start - 1]).as_str());
    let per =
        texts.get(at.end).is_some_and(|w| ["per", "each", "a", "an", "p/w", "weekly"].contains(&plain_or(w).as_str()));
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
fn other(texts: &[&str]) -> Option<(Value, std::ops::Range<usize>)> {
    let end = texts.iter().position(|w| w.starts_with('(')).unwrap_or(texts.len());
    let (value, at) = value::first(Asks::Money, &texts[..end], true)?;
    let rate = at.start > 0 && ["at", "@", "x", "×", "per"].contains(&plain_or(texts[at.start - 1]).as_str());
    (!rate).then_some((value, at))
}

/// A sum behind its count: "(12 sessions) £420.00".
fn counted(texts: &[&str]) -> Option<(Value, std::ops::Range<usize>)> {
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
fn before(page: &Page, run: &Run, index: usize) -> Values {
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
    let rate = texts[at.end..].iter().any(|w| ["a", "per", "each", "an"].contains(&plain(w).as_str()));
    let close = texts.len() - at.end <= 3;
    (at.start == start && close && !rate).then(|| vec![(value, run.words[at].to_vec())])
}

/// What stands before an entry of a list: a dot, a dash, `1.`, `(a)`.
fn is_bullet(word: &str) -> bool {
    let inner = word.trim_matches(|c: char| matches!(c, '(' | ')' | '.'));
    ["•", "-", "–", "—", "*", "·", "o"].contains(&word)
        || (inner.len() < word.len()
            && inner.len() <= 2
            && !inner.is_empty()
            && inner.chars().all(char::is_alphanumeric))
}

/// Whether a run begins with this word, but for what numbers it.
fn leads(page: &Page, run: &Run, at: usize) -> bool {
    text(page, &run.words[..at]).iter().all(|w| is_bullet(w))
}

/// Whether nothing that counts follows the label in its run.
fn ends_run(page: &Page, run: &Run, index: usize) -> bool {
    let found = &run.labels[index];
    run.labels.len() == index + 1 && text(page, &run.words[found.end..]).iter().all(|w| value::is_filler(w))
}

// ---- In another segment -----------------------------------------------------------------------------------------

/// What stands in the next columns, or else below.
fn beside(page: &Page, lines: &[Vec<Segment>], (line, at): (usize, usize), found: &Found) -> Values {
    let asks = found.label.asks;
    let names = |segment: &Segment| {
        // Whatever ends with a colon is the name of something.
        !labels(page, &segment.words).is_empty()
            || segment.words.last().is_some_and(|i| page.words[*i].text.ends_with(':'))
    };
    if asks == Asks::YesNo {
        // Answers and their boxes may stand in columns of their own.
        let next = lines[line][at + 1..].iter().take_while(|s| !names(s)).flat_map(|s| s.words.clone());
        let words: Vec<usize> = next.collect();
        if let Some((value, at)) = value::first(asks, &text(page, &words), false) {
            return vec![(value, words[at].to_vec())];
        }
    }
    let mut values: Vec<(Value, &Segment)> = Vec::new();
    for segment in &lines[line][at + 1..] {
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
fn all_of(page: &Page, segment: &Segment, asks: Asks) -> Option<Value> {
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
    let heads: Option<Vec<&Segment>> = lines[..line].iter().rev().find_map(|line| {
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
    let segment = lines[line + 1..].iter().flatten().find(|s| s.overlaps(label))?;
    if segment.top - label.bottom > label.height() * BELOW {
        return None;
    }
    all_of(page, segment, asks).map(|value| (value, segment))
}
