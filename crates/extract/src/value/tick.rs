//! Answers of yes and no, by words or in boxes.

use std::ops::Range;

use super::{Value, is_filler};
use crate::label::plain;

/// What stands in a line of boxes.
#[derive(Clone, Copy, PartialEq)]
enum Tick {
    Answer(bool),
    Box(bool),
}

/// `Yes`, `No`, or both with one of them marked, before or behind: `[x] Yes [ ] No`, `Yes ☐ No ☒`.
pub(super) fn ticked(words: &[&str]) -> Option<(Value, Range<usize>)> {
    const MARKED: [&str; 10] = ["[x]", "(x)", "☒", "☑", "✓", "✔", "x", "[✓]", "[v]", "■"];
    const EMPTY: [&str; 5] = ["[]", "()", "☐", "□", "▢"];
    let mut found: Vec<(Tick, usize)> = Vec::new();
    let mut open = String::new();
    for (i, word) in words.iter().enumerate() {
        // An empty box of two halves, "[ ]", is two words.
        let lower = format!("{open}{}", word.to_lowercase());
        open.clear();
        // A box may stand right before its answer, "[x]Yes".
        let (head, rest) = lower.split_at(lower.find(['y', 'n']).unwrap_or(lower.len()));
        let is_box = head.is_empty() || MARKED.contains(&head) || EMPTY.contains(&head) || ["[", "("].contains(&head);
        let (head, rest) = if is_box { (head, rest) } else { ("", lower.as_str()) };
        if MARKED.contains(&head) || EMPTY.contains(&head) {
            found.push((Tick::Box(MARKED.contains(&head)), i));
        } else if ["[", "("].contains(&head) && rest.is_empty() {
            open = head.to_owned();
            continue;
        }
        match plain(rest).as_str() {
            "yes" | "y" => found.push((Tick::Answer(true), i)),
            "no" | "n" => found.push((Tick::Answer(false), i)),
            "" => {}
            _ if is_filler(rest) => {}
            _ => break,
        }
    }
    let answers: Vec<(bool, usize)> =
        found.iter().filter_map(|(t, i)| if let Tick::Answer(a) = t { Some((*a, *i)) } else { None }).collect();
    let (first, last) = (found.first()?.1, found.last()?.1);
    // A box between two answers may be the one's or the other's: where another was not readable, nobody can tell.
    let boxes: Vec<usize> = found.iter().filter(|(t, _)| matches!(t, Tick::Box(_))).map(|(_, i)| *i).collect();
    if let ([(_, one), .., (_, other)], true) = (answers.as_slice(), boxes.len() < answers.len())
        && boxes.iter().any(|at| one < at && at < other)
    {
        return None;
    }
    let boxes_first = matches!(found.first(), Some((Tick::Box(_), _)));
    let marked: Vec<bool> = found
        .windows(2)
        .filter_map(|pair| match (boxes_first, pair[0].0, pair[1].0) {
            (true, Tick::Box(true), Tick::Answer(answer)) | (false, Tick::Answer(answer), Tick::Box(true)) => {
                Some(answer)
            }
            _ => None,
        })
        .collect();
    match (answers.as_slice(), marked.as_slice()) {
        // One answer alone, without a box or with a marked one.
        ([(answer, _)], []) if found.len() == 1 => Some((Value::Flag(*answer), first..last + 1)),
        (_, [answer]) => Some((Value::Flag(*answer), first..last + 1)),
        _ => None,
    }
}
