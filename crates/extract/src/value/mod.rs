//! Reading values: money, dates, months, yes or no, words.

mod date;
mod money;
mod tick;

pub(crate) use date::MONTHS;

use std::ops::Range;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use self::date::{date, months};
use self::money::money;
use self::tick::ticked;
use crate::label::{Asks, plain};

pub use self::date::is_number_word;

/// As the API takes it: pence and months are whole numbers, dates are ISO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Whole(i64),
    Date(NaiveDate),
    Text(String),
}

impl Value {
    pub fn pence(&self) -> Option<i64> {
        match self {
            Value::Whole(pence) => Some(*pence),
            Value::Flag(_) | Value::Date(_) | Value::Text(_) => None,
        }
    }
}

/// Words between a label and its value that say nothing.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "of", "at", "is", "was", "are", "were", "in", "the", "sum", "amount", "amounting", "amounts", "to", "totalling",
    "totals", "comes", "came", "being", "claimed", "claim", "a", "costs", "cost", "charges", "fees", "months",
    "pounds", "gbp", "occurred", "happened", "took", "place", "which", "on", "dated", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "and", "period", "approximately", "therefore", "also",
    "only", "suffered", "date", "ddmmyyyy", "dd/mm/yyyy", "month", "for", "within", "yes/no", "please", "tick",
    "incurred", "there", "total", "inc", "incl",
];

pub fn is_filler(word: &str) -> bool {
    let plain = plain(word);
    plain.is_empty() || FILLERS.contains(&plain.as_str())
}

/// The first value of this kind in these words, and which of them are it. Words before it may be [`FILLERS`] only,
/// unless `loose`.
pub fn first(asks: Asks, words: &[&str], loose: bool) -> Option<(Value, Range<usize>)> {
    if asks == Asks::YesNo {
        return ticked(words);
    }
    let mut start = 0;
    while start < words.len() {
        for length in (1..=longest(asks).min(words.len() - start)).rev() {
            if let Some(value) = whole(asks, &words[start..start + length]) {
                return Some((value, start..start + length));
            }
        }
        // What stands in brackets between the two explains the one or the other.
        let closes = || words[start..].iter().position(|w| w.trim_end_matches([':', ',', '.']).ends_with(')'));
        if let Some(length) = words[start].starts_with('(').then(closes).flatten() {
            start += length + 1;
            continue;
        }
        if !loose && !is_filler(words[start]) {
            return None;
        }
        start += 1;
    }
    None
}

fn longest(asks: Asks) -> usize {
    match asks {
        Asks::Word(_) => 14,
        Asks::Date | Asks::Money => 4,
        Asks::Months => 3,
        Asks::YesNo | Asks::Number(_) | Asks::Reference => 1,
    }
}

/// What these words are, all together.
pub fn whole(asks: Asks, words: &[&str]) -> Option<Value> {
    match asks {
        Asks::Money => money(words),
        Asks::Date => date(words).map(Value::Date),
        Asks::Months => months(words),
        Asks::YesNo => ticked(words).filter(|(_, at)| at.len() == words.len()).map(|(value, _)| value),
        Asks::Number(most) => match words {
            [word] => trimmed(word).parse().ok().filter(|n: &u16| *n <= most).map(|n| Value::Whole(n.into())),
            _ => None,
        },
        Asks::Reference => reference(words),
        Asks::Word(choices) => word(choices, words),
    }
}

/// Without the marks that sentences and tables put around a value.
fn trimmed(word: &str) -> &str {
    const MARKS: &str = ".,;:()[]|\"“”*_";
    word.trim_matches(|c: char| MARKS.contains(c))
}

fn reference(words: &[&str]) -> Option<Value> {
    let [word] = words else { return None };
    let text = trimmed(word);
    let fits = text.len() >= 3
        && text.len() <= 40
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_' | '.'))
        && text.chars().any(|c| c.is_ascii_digit())
        && date(words).is_none();
    fits.then(|| Value::Text(text.to_owned()))
}

/// One of the choices, letter for letter but for case; "Clt" may be written out.
fn word(choices: &[&'static str], words: &[&str]) -> Option<Value> {
    let said: Vec<String> = words.iter().map(|w| plain(w)).collect();
    let same = |choice: &&&str| {
        let of = |text: &str| text.split(' ').map(plain).filter(|w| !w.is_empty()).collect::<Vec<_>>();
        let said: Vec<String> = said.iter().filter(|w| !w.is_empty()).cloned().collect();
        of(choice) == said || of(&domain::claim::accident_in_words(choice)) == said
    };
    choices.iter().find(same).map(|choice| Value::Text((*choice).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(asks: Asks, text: &str) -> Option<Value> {
        whole(asks, &text.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn money_in_its_forms() {
        for (text, pence) in [
            ("£1,234", 123_400),
            ("£1,234.50", 123_450),
            ("1234.50 GBP", 123_450),
            ("GBP 1,234.50", 123_450),
            ("£ 420", 42_000),
            ("£420.00.", 42_000),
            ("(£310.50)", 31_050),
            ("nil", 0),
            ("£nil", 0),
            ("1,234.00", 123_400),
            ("£12 345.67", 1_234_567),
            ("420 pounds", 42_000),
        ] {
            assert_eq!(read(Asks::Money, text), Some(Value::Whole(pence)), "{text}");
        }
        for text in
            ["420", "£1,23", "12,3456", "£1.2.3", "2026", "£", "abc", "£12,34.50", "£99,999,999.00", "31.03.2026"]
        {
            assert_eq!(read(Asks::Money, text), None, "{text}");
        }
    }

    #[test]
    fn dates_have_the_day_first() {
        let march = Some(Value::Date(NaiveDate::from_ymd_opt(2026, 3, 31).unwrap()));
        for text in [
            "31/03/2026",
            "31.3.2026",
            "31-03-26",
            "2026-03-31",
            "31 March 2026",
            "31st March 2026",
            "31st of March 2026",
            "March 31, 2026",
            "31 Mar 2026.",
        ] {
            assert_eq!(read(Asks::Date, text), march, "{text}");
        }
        assert_eq!(read(Asks::Date, "03/04/2026"), Some(Value::Date(NaiveDate::from_ymd_opt(2026, 4, 3).unwrap())));
        for text in ["03/31/2026", "31/02/2026", "31 Foo 2026", "1/2", "£31.03", "31/03/1826"] {
            assert_eq!(read(Asks::Date, text), None, "{text}");
        }
    }

    #[test]
    fn months_boxes_and_words() {
        for text in ["7 months", "7", "seven months", "F. 7 months", "7-months"] {
            assert_eq!(read(Asks::Months, text), Some(Value::Whole(7)), "{text}");
        }
        for text in ["0 months", "99 months", "7 weeks", "several months"] {
            assert_eq!(read(Asks::Months, text), None, "{text}");
        }
        for (text, answer) in [
            ("Yes", Some(true)),
            ("No.", Some(false)),
            ("[x] Yes [ ] No", Some(true)),
            ("☐ Yes ☒ No", Some(false)),
            ("Yes No", None),
            ("[ ] Yes [ ] No", None),
        ] {
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(first(Asks::YesNo, &words, false).map(|f| f.0), answer.map(Value::Flag), "{text}");
        }
        let kinds = Asks::Word(domain::claim::ACCIDENT_TYPES);
        assert_eq!(
            read(kinds, "Other side turned across claimant's path"),
            Some(Value::Text("Other side turned across Clt's path".into()))
        );
    }
}
