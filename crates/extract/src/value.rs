//! Reading values: money, dates, months, yes or no, words.

use std::ops::Range;

use chrono::NaiveDate;
use domain::Money;
use domain::claim::{LARGEST_AMOUNT, LONGEST_PROGNOSIS};
use serde::{Deserialize, Serialize};

use crate::label::{Asks, plain};

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
const FILLERS: &[&str] = &[
    "of",
    "at",
    "is",
    "was",
    "are",
    "were",
    "in",
    "the",
    "sum",
    "amount",
    "amounting",
    "amounts",
    "to",
    "totalling",
    "totals",
    "comes",
    "came",
    "being",
    "claimed",
    "claim",
    "a",
    "costs",
    "cost",
    "charges",
    "fees",
    "months",
    "pounds",
    "gbp",
    "occurred",
    "happened",
    "took",
    "place",
    "which",
    "on",
    "dated",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "and",
    "period",
    "approximately",
    "therefore",
    "also",
    "only",
    "suffered",
    "date",
    "ddmmyyyy",
    "dd/mm/yyyy",
    "month",
    "for",
    "within",
    "yes/no",
    "please",
    "tick",
    "incurred",
    "there",
    "total",
    "inc",
    "incl",
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

/// `£1,234`, `1234.50 GBP`, `GBP 1,234.50`, `£ 420`, `nil`. A bare number is money only with pence or thousands.
fn money(words: &[&str]) -> Option<Value> {
    let joined = words.iter().map(|w| trimmed(w)).collect::<Vec<_>>().join(" ");
    let lower = joined.to_lowercase();
    if ["nil", "£nil", "none", "£ nil"].contains(&lower.as_str()) {
        return Some(Value::Whole(0));
    }
    let mut digits = lower.as_str();
    let mut signs = 0;
    for sign in ["£", "gbp", "pounds"] {
        if let Some(rest) = digits.strip_prefix(sign) {
            (digits, signs) = (rest.trim_start(), signs + 1);
        }
        if let Some(rest) = digits.strip_suffix(sign) {
            (digits, signs) = (rest.trim_end(), signs + 1);
        }
    }
    if signs > 1 || !well_formed(digits, signs == 1) {
        return None;
    }
    let amount = Money::parse_pounds(digits).ok()?;
    (amount <= LARGEST_AMOUNT && amount.pence() >= 0).then(|| Value::Whole(amount.pence()))
}

/// Digits with thousands in threes and at most two of pence.
fn well_formed(digits: &str, signed: bool) -> bool {
    let (pounds, pence) = match digits.split_once('.') {
        Some((pounds, pence)) => (pounds, Some(pence)),
        None => (digits, None),
    };
    let all = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let groups: Vec<&str> = pounds.split([',', ' ']).collect();
    let (first, rest) = (groups[0], &groups[1..]);
    let thousands = !rest.is_empty();
    all(first)
        && (!thousands || first.len() <= 3)
        && rest.iter().all(|group| group.len() == 3 && all(group))
        && pence.is_none_or(|p| p.len() == 2 && all(p))
        && (signed || thousands || pence.is_some())
}

const MONTHS: [&str; 12] = [
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
fn date(words: &[&str]) -> Option<NaiveDate> {
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
fn months(words: &[&str]) -> Option<Value> {
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

/// What stands in a line of boxes.
#[derive(Clone, Copy, PartialEq)]
enum Tick {
    Answer(bool),
    Box(bool),
}

/// `Yes`, `No`, or both with one of them marked, before or behind: `[x] Yes [ ] No`, `Yes ☐ No ☒`.
fn ticked(words: &[&str]) -> Option<(Value, Range<usize>)> {
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
