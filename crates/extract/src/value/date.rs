//! Days and months as people write them.

use chrono::NaiveDate;
use domain::claim::LONGEST_PROGNOSIS;

use super::{Value, trimmed};
use crate::label::plain;

pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `31/03/2026`, `31.3.2026`, `31-03-26`, `2026-03-31`, `31 March 2026`, `31st of March 2026`, `March 31, 2026`. The day
/// comes before the month.
pub(super) fn date(words: &[&str]) -> Option<NaiveDate> {
    let parts: Vec<String> = match words {
        [one] => trimmed(one).split(['/', '.', '-']).map(str::to_owned).collect(),
        many => many.iter().map(|w| trimmed(w).to_lowercase()).filter(|w| w != "of").collect(),
    };
    let [a, b, c] = parts.as_slice() else { return None };
    let month_of = |text: &str| {
        let text = text.to_lowercase();
        let found = MONTHS.iter().position(|m| {
            *m == text || (text.len() >= 3 && m.starts_with(&text)) || text == "sept" && *m == "september"
        });
        found.map(|i| i as u32 + 1)
    };
    let number = |text: &str| {
        let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
        let ending = &text[digits.len()..];
        (ending.is_empty() || ["st", "nd", "rd", "th"].contains(&ending)).then(|| digits.parse::<u32>().ok()).flatten()
    };
    let year = |text: &str| match text.len() {
        4 => text.parse::<i32>().ok(),
        2 => text.parse::<i32>().ok().map(|y| 2000 + y),
        _ => None,
    };
    if a.len() == 4 && words.len() == 1 {
        return NaiveDate::from_ymd_opt(year(a)?, number(b)?, number(c)?);
    }
    let (day, month) = match (month_of(a), month_of(b)) {
        (None, Some(month)) => (number(a)?, month),
        (Some(month), None) => (number(b)?, month),
        (None, None) if words.len() == 1 => (number(a)?, number(b)?),
        _ => return None,
    };
    let found = NaiveDate::from_ymd_opt(year(c)?, month, day)?;
    (1990..=2100).contains(&chrono::Datelike::year(&found)).then_some(found)
}

const NUMBERS: [&str; 25] = [
    "nought",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "twenty-one",
    "twenty-two",
    "twenty-three",
    "twenty-four",
];

/// Whether a word counts, up to twenty-four.
pub fn is_number_word(word: &str) -> bool {
    NUMBERS.contains(&word)
}

/// `7 months`, `7-month`, `seven months`, `7`, the data set's `F. 7 months`. A span such as `6 to 9 months` is no value.
pub(super) fn months(words: &[&str]) -> Option<Value> {
    let first = trimmed(words[0]).to_lowercase();
    let (count, rest) = match (first.as_str(), words) {
        // The letter of the data set's bands.
        (letter, [_, number, ..])
            if letter.len() == 1 && letter.chars().all(|c| c.is_ascii_uppercase() || c.is_alphabetic()) =>
        {
            (trimmed(number).to_lowercase(), &words[2..])
        }
        _ => (first, &words[1..]),
    };
    let count = count.trim_end_matches("-months").trim_end_matches("-month").to_owned();
    let unit = match rest {
        [] => true,
        [unit] => ["month", "months", "mo", "mths", "mth"].contains(&plain(unit).as_str()),
        _ => false,
    };
    let number = count
        .parse::<u8>()
        .ok()
        .or_else(|| NUMBERS.iter().position(|n| *n == count).and_then(|i| u8::try_from(i).ok()));
    let number = number.filter(|n| unit && (1..=LONGEST_PROGNOSIS).contains(n))?;
    Some(Value::Whole(number.into()))
}
