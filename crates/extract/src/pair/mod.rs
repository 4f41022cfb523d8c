//! Which value belongs to which label.
//!
//! A label and its value stand in one of four ways: in one line of text (`Physiotherapy: £420`), in a sentence that
//! names the amount first (`£420 for physiotherapy`), in another column of the same line, or below. Whatever stands
//! between the two must say nothing: a value that could belong to something else is not proposed.

mod amount;
mod column;
mod run;

use self::amount::{amount, before};
use self::column::beside;
use self::run::{Run, leads, runs};
use crate::candidate::{Candidate, Place};
use crate::label::{Asks, Label};
use crate::layout::{Page, Word, lines};
use crate::value::{self, Value};

/// What is looked for beside a word in a sentence, in words.
const REACH: usize = 8;
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
    let mut of_field = found.iter_mut().filter(|c| c.field == new.field);
    if let Some(same) = of_field.find(|c| c.value == new.value) {
        same.confidence = same.confidence.max(new.confidence);
        return;
    }
    // More than a person looks through are none.
    if found.iter().filter(|c| c.field == new.field).count() < crate::portion::EACH {
        found.push(new);
    }
}

fn candidate(page: &Page, label: &Label, value: Value, words: &[usize], share: f32, extractor: &str) -> Candidate {
    let first = words.iter().copied().min().unwrap_or_default();
    let last = words.iter().copied().max().unwrap_or_default();
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
        before: joined(&page.words[first.saturating_sub(AROUND)..first]),
        after: joined(&page.words[last + 1..page.words.len().min(last + 1 + AROUND)]),
        page: page.number,
        place,
        confidence: share * least(|w| w.confidence),
        extractor: extractor.to_owned(),
    }
}

/// How many words around a value are told, on either side.
const AROUND: usize = 7;

fn joined(words: &[Word]) -> String {
    // Dots that lead the eye say nothing.
    let says = |text: &&str| text.len() < 4 || text.chars().any(char::is_alphanumeric);
    words.iter().map(|w| w.text.as_str()).filter(says).collect::<Vec<_>>().join(" ")
}

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

/// Whether nothing that counts follows the label in its run.
fn ends_run(page: &Page, run: &Run, index: usize) -> bool {
    let found = &run.labels[index];
    run.labels.len() == index + 1 && text(page, &run.words[found.end..]).iter().all(|w| value::is_filler(w))
}
