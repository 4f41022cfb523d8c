//! Numbers as people say them, written as figures: "three hundred and ten pounds fifty" is £310.50, "the twelfth of March
//! two thousand and twenty six" is 12 March 2026.

use super::Spoken;
use crate::value::MONTHS;

/// A word as it is written, or several that make one figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    /// Empty for a pause.
    pub text: String,
    pub from: f32,
    pub to: f32,
    pub sure: f32,
}

const UNITS: [&str; 20] = [
    "zero",
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
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 20] = [
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
/// How sure each word of an amount must be at least.
const SURE: f32 = 0.5;

pub(super) fn written(words: &[Spoken]) -> Vec<Written> {
    let mut all = Vec::new();
    let mut i = 0;
    while i < words.len() {
        let made = date(words, i).or_else(|| amount(words, i)).or_else(|| plain_number(words, i));
        let (text, taken) = made.unwrap_or_else(|| (words[i].text.clone(), 1));
        let of = &words[i..i + taken];
        let sure = of.iter().map(|w| w.sure).fold(1.0, f32::min);
        all.push(Written { text, from: of[0].from, to: of[taken - 1].to, sure });
        i += taken;
    }
    all
}

fn text(words: &[Spoken], i: usize) -> &str {
    words.get(i).map_or("", |w| w.text.as_str())
}

/// Below a hundred: how much, and how many words it took.
fn small(words: &[Spoken], i: usize) -> Option<(u64, usize)> {
    let word = text(words, i);
    if let Some(ten) = TENS.iter().position(|t| !t.is_empty() && *t == word) {
        let unit = UNITS[1..10].iter().position(|u| *u == text(words, i + 1));
        return Some((ten as u64 * 10 + unit.map_or(0, |u| u as u64 + 1), 1 + usize::from(unit.is_some())));
    }
    UNITS.iter().position(|u| *u == word).map(|u| (u as u64, 1))
}

/// Below a thousand.
fn hundreds(words: &[Spoken], i: usize) -> Option<(u64, usize)> {
    let (mut sum, mut at) = match (text(words, i), text(words, i + 1)) {
        ("a", "hundred") => (100, i + 2),
        _ => {
            let (n, taken) = small(words, i)?;
            if text(words, i + taken) != "hundred" || n > 99 {
                return Some((n, taken));
            }
            (n * 100, i + taken + 1)
        }
    };
    let and = usize::from(text(words, at) == "and");
    if let Some((n, taken)) = small(words, at + and) {
        (sum, at) = (sum + n, at + and + taken);
    }
    Some((sum, at - i))
}

fn number(words: &[Spoken], i: usize) -> Option<(u64, usize)> {
    let (mut sum, mut at) = match (text(words, i), text(words, i + 1)) {
        ("a", "thousand") => (1, i + 1),
        _ => {
            let (n, taken) = hundreds(words, i)?;
            (n, i + taken)
        }
    };
    if text(words, at) != "thousand" {
        return Some((sum, at - i));
    }
    (sum, at) = (sum * 1_000, at + 1);
    let and = usize::from(text(words, at) == "and");
    if let Some((n, taken)) = hundreds(words, at + and) {
        (sum, at) = (sum + n, at + and + taken);
    }
    Some((sum, at - i))
}

/// `310 pounds`, `310 pounds fifty`, `310 pounds and 5 pence`. A number behind the pounds that could begin something
/// else makes the whole amount doubtful: it is left in words.
fn amount(words: &[Spoken], i: usize) -> Option<(String, usize)> {
    // "… hundred pounds" after a word that was not understood would be another amount.
    if i > 0 && is_part(text(words, i - 1)) {
        return None;
    }
    let (pounds, taken) = number(words, i)?;
    let mut at = i + taken;
    if !matches!(text(words, at), "pounds" | "pound" | "quid") {
        return None;
    }
    at += 1;
    let mut pence = 0;
    let and = usize::from(text(words, at) == "and");
    if let Some((n, taken)) = small(words, at + and) {
        let end = at + and + taken;
        let says_pence = matches!(text(words, end), "pence" | "penny" | "p");
        // A pause, or the end: an empty word stands there.
        let pauses = text(words, end).is_empty();
        match (says_pence, pauses && and == 0) {
            (true, _) => (pence, at) = (n, end + 1),
            (false, true) => (pence, at) = (n, end),
            (false, false) => return None,
        }
    }
    let sure = words[i..at].iter().all(|w| w.sure >= SURE);
    // "Six pounds" is what is left of many a longer amount.
    (sure && pence < 100 && pounds >= 20).then(|| (format!("£{pounds}.{pence:02}"), at - i))
}

/// Whether a word belongs to a number.
fn is_part(word: &str) -> bool {
    word == "hundred" || word == "thousand" || UNITS.contains(&word) || (!word.is_empty() && TENS.contains(&word))
}

fn ordinal(words: &[Spoken], i: usize) -> Option<(u64, usize)> {
    let word = text(words, i);
    match word {
        "twentieth" => return Some((20, 1)),
        "thirtieth" => return Some((30, 1)),
        _ => {}
    }
    let of = |word: &str| ORDINALS.iter().position(|o| !o.is_empty() && *o == word).map(|n| n as u64);
    if let Some(ten) = ["twenty", "thirty"].iter().position(|t| *t == word) {
        let unit = of(text(words, i + 1)).filter(|n| *n < 10)?;
        return Some((20 + 10 * ten as u64 + unit, 2));
    }
    of(word).map(|n| (n, 1))
}

/// `twelfth of March two thousand and twenty six`, `twelfth March twenty twenty six`.
fn date(words: &[Spoken], i: usize) -> Option<(String, usize)> {
    let (day, taken) = ordinal(words, i)?;
    let mut at = i + taken;
    at += usize::from(text(words, at) == "of");
    let month = MONTHS.iter().position(|m| *m == text(words, at))?;
    at += 1;
    let (year, taken) = match (small(words, at), text(words, at)) {
        // "twenty twenty six"
        (Some((20, 1)), _) => {
            let (rest, taken) = small(words, at + 1)?;
            (2_000 + rest, taken + 1)
        }
        _ => number(words, at)?,
    };
    if !(2_000..2_100).contains(&year) {
        return None;
    }
    let name = MONTHS[month];
    let name = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    Some((format!("{day} {name} {year}"), at + taken - i))
}

/// A number that counts months.
fn plain_number(words: &[Spoken], i: usize) -> Option<(String, usize)> {
    if i > 0 && is_part(text(words, i - 1)) {
        return None;
    }
    let (n, taken) = number(words, i)?;
    matches!(text(words, i + taken), "months" | "month").then(|| (n.to_string(), taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `/` is a pause.
    fn of(said: &str) -> String {
        let words: Vec<Spoken> = said
            .split(' ')
            .enumerate()
            .map(|(i, word)| Spoken {
                text: if word == "/" { String::new() } else { word.to_owned() },
                from: i as f32,
                to: i as f32 + 0.9,
                sure: 0.9,
            })
            .collect();
        written(&words).into_iter().map(|w| w.text).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn spoken_numbers_become_figures() {
        for (said, written) in [
            ("earnings three hundred and ten pounds fifty /", "earnings £310.50"),
            ("four hundred and twenty pounds /", "£420.00"),
            ("one thousand two hundred and forty pounds and five pence", "£1240.05"),
            ("a hundred pounds", "£100.00"),
            ("two thousand and twelve pounds /", "£2012.00"),
            ("the twelfth of march two thousand and twenty six", "the 12 March 2026"),
            ("on the twenty first july twenty twenty five", "on the 21 July 2025"),
            ("recovery in seven months", "recovery in 7 months"),
            ("nobody said anything", "nobody said anything"),
        ] {
            assert_eq!(of(said), written);
        }
    }

    #[test]
    fn what_is_doubtful_stays_in_words() {
        for said in ["forty pounds six months later", "hundred pounds", "twelve hundred hundred pounds"] {
            assert!(!of(said).contains('£'), "{said}: {}", of(said));
        }
    }
}
