//! Which open document a line of the bank's file pays: suggestions for a person, ranked. Nothing is posted by itself.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::Money;

/// A document that is still owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open<T> {
    pub id: T,
    /// `SOL-000042`.
    pub number: String,
    /// The client's name.
    pub payer: String,
    pub open: Money,
    pub due: NaiveDate,
}

/// Why a document is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The line names its number and the amount is what is open.
    NumberAndAmount,
    /// The line names its number, the amount is another.
    Number,
    /// The amount is what is open, and the line names the client.
    AmountAndPayer,
    /// The amount is what is open of this document alone.
    OnlyAmount,
}

impl Reason {
    pub const fn words(self) -> &'static str {
        match self {
            Reason::NumberAndAmount => "number and amount",
            Reason::Number => "number; the amount differs",
            Reason::AmountAndPayer => "amount and payer",
            Reason::OnlyAmount => "amount alone",
        }
    }
}

/// A document that a line may pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion<'a, T> {
    pub document: &'a Open<T>,
    pub reason: Reason,
}

/// Suggestions of a line, at most: what a person compares.
const MOST: usize = 5;

/// Open documents, found by number and by amount: a file of ten thousand lines asks each once.
pub struct Matcher<T> {
    open: Vec<Open<T>>,
    by_number: HashMap<String, usize>,
    by_amount: HashMap<i64, Vec<usize>>,
    /// The client's telling words, folded.
    payers: Vec<Vec<String>>,
}

impl<T> Matcher<T> {
    /// Documents in the order in which they fall due.
    pub fn new(mut open: Vec<Open<T>>) -> Matcher<T> {
        open.sort_by(|a, b| (a.due, &a.number).cmp(&(b.due, &b.number)));
        let mut by_amount: HashMap<i64, Vec<usize>> = HashMap::new();
        for (i, document) in open.iter().enumerate() {
            by_amount.entry(document.open.pence()).or_default().push(i);
        }
        let by_number = open.iter().enumerate().map(|(i, o)| (folded(&o.number), i)).collect();
        let payers = open.iter().map(|o| telling(&o.payer)).collect();
        Matcher { open, by_number, by_amount, payers }
    }

    /// The documents that a payment may be for, best first.
    pub fn suggest(&self, description: &str, amount: Money) -> Vec<Suggestion<'_, T>> {
        let mut found: Vec<(Reason, usize)> = Vec::new();
        for i in numbers(description).into_iter().filter_map(|n| self.by_number.get(&n).copied()) {
            let reason = if self.open[i].open == amount { Reason::NumberAndAmount } else { Reason::Number };
            found.push((reason, i));
        }
        let same = self.by_amount.get(&amount.pence()).map(Vec::as_slice).unwrap_or_default();
        let words = telling(description);
        for i in same {
            if self.payers[*i].iter().any(|w| words.contains(w)) {
                found.push((Reason::AmountAndPayer, *i));
            }
        }
        if let [only] = same {
            found.push((Reason::OnlyAmount, *only));
        }
        found.sort_unstable();
        let mut seen = Vec::new();
        found.retain(|(_, i)| {
            let new = !seen.contains(i);
            seen.push(*i);
            new
        });
        found.truncate(MOST);
        found.into_iter().map(|(reason, i)| Suggestion { document: &self.open[i], reason }).collect()
    }
}

/// Letters and digits alone, in capitals: banks drop hyphens and spaces.
fn folded(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Everything in a description that may be a number of ours: `SOL`, two letters or none, and digits, whatever stands
/// between them; zeros at the front may be missing.
fn numbers(description: &str) -> Vec<String> {
    let text = folded(description);
    let mut found = Vec::new();
    for (at, _) in text.match_indices("SOL") {
        let rest = &text[at + 3..];
        for series in ["", "CN", "LC"] {
            let Some(rest) = rest.strip_prefix(series) else { continue };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).take(12).collect();
            if digits.is_empty() {
                continue;
            }
            let bare = digits.trim_start_matches('0');
            found.push(format!("SOL{series}{bare:0>6}"));
            // The bank may have run a date into it.
            if digits.len() > 6 {
                found.push(format!("SOL{series}{}", &digits[..6]));
            }
        }
    }
    found
}

/// Words of a name that tell it from others.
fn telling(name: &str) -> Vec<String> {
    const COMMON: [&str; 14] = [
        "LTD",
        "LIMITED",
        "PLC",
        "LLP",
        "INSURANCE",
        "MUTUAL",
        "THE",
        "AND",
        "GROUP",
        "UK",
        "BACS",
        "FPI",
        "PAYMENT",
        "INV",
    ];
    let words = name.split(|c: char| !c.is_alphanumeric()).map(folded);
    words.filter(|w| w.len() >= 3 && !COMMON.contains(&w.as_str()) && !w.bytes().all(|b| b.is_ascii_digit())).collect()
}

/// What a bank says, without what its programs add between words.
pub fn folded_words(description: &str) -> String {
    description.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What tells a line of the bank's file from every other: the bank's own id, else what it says and the how-manieth of the
/// same kind on that day it is. The same file twice has no effect, and two equal payments of a day are two.
pub fn line_key(account: &str, day: NaiveDate, description: &str, amount: Money, nth: u32) -> String {
    let description = folded_words(description);
    format!("{account}|{day}|{}|{description}|{nth}", amount.pence())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(number: &str, payer: &str, pence: i64) -> Open<String> {
        let due = "2026-10-31".parse().unwrap();
        Open { id: number.into(), number: number.into(), payer: payer.into(), open: Money::from_pence(pence), due }
    }

    fn found(description: &str, pence: i64) -> Vec<(String, Reason)> {
        let matcher = Matcher::new(vec![
            open("SOL-000041", "Northgate Insurance plc", 120_000),
            open("SOL-000042", "Harbour Mutual", 120_000),
            open("SOL-000043", "Pennine Motor Ltd", 99_900),
        ]);
        matcher
            .suggest(description, Money::from_pence(pence))
            .into_iter()
            .map(|s| (s.document.id.clone(), s.reason))
            .collect()
    }

    #[test]
    fn the_number_goes_before_the_amount_before_the_payer() {
        use Reason as R;
        let of = |number: &str, reason| (number.to_owned(), reason);
        assert_eq!(found("BACS HARBOUR SOL-000042", 120_000), [of("SOL-000042", R::NumberAndAmount)]);
        assert_eq!(found("sol 42 part payment", 5_000), [of("SOL-000042", R::Number)]);
        assert_eq!(found("FPI NORTHGATE INS 99123", 120_000), [of("SOL-000041", R::AmountAndPayer)]);
        assert_eq!(found("UNKNOWN", 99_900), [of("SOL-000043", R::OnlyAmount)]);
        assert_eq!(found("UNKNOWN", 120_000), []);
        assert_eq!(found("INSURANCE PAYMENT", 77), []);
        assert_eq!(found("SOL00004220261031", 120_000)[0], of("SOL-000042", R::NumberAndAmount));
        assert_eq!(found("PARASOL 43", 1), [of("SOL-000043", R::Number)]);
    }

    #[test]
    fn equal_lines_of_a_day_are_told_apart() {
        let day = "2026-10-31".parse().unwrap();
        let key = |text, nth| line_key("main", day, text, Money::from_pence(500), nth);
        assert_eq!(key("A  B", 1), key("A B ", 1));
        assert_ne!(key("A B", 1), key("A B", 2));
    }
}
