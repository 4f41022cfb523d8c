//! Reading one cell: the value, or the remedy in words.

use chrono::NaiveDate;
use domain::claim::{self, LARGEST_AMOUNT, LONGEST_TEXT, LONGEST_WORD};
use domain::{Money, money::MoneyError};

type Cell<T> = Result<Option<T>, String>;

/// Whether a cell says nothing. Spreadsheets and data frames write it in several ways.
pub fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || ["nan", "na", "n/a", "null", "#n/a"].iter().any(|b| text.eq_ignore_ascii_case(b))
}

/// Reads a cell with `read` unless it is blank.
pub fn value<T>(text: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Cell<T> {
    if is_blank(text) { Ok(None) } else { read(text.trim()).map(Some) }
}

/// An amount in pounds. Data frames write sums as `688.4300000000001`: what is finer than a penny is
/// rounded to the nearest.
pub fn amount(text: &str) -> Result<Money, String> {
    let rounded = |e: MoneyError| match e {
        MoneyError::TooPrecise => text.parse().ok().and_then(Money::from_model_pounds).ok_or(e),
        _ => Err(e),
    };
    let amount = Money::parse_pounds(text).or_else(rounded).map_err(|e| e.to_string())?;
    if amount < Money::ZERO {
        return Err("write the amount claimed without a minus sign".into());
    }
    if amount > LARGEST_AMOUNT {
        return Err(format!("amounts above {LARGEST_AMOUNT} are not taken"));
    }
    Ok(amount)
}

pub fn yes_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "1" => Ok(true),
        "no" | "n" | "false" | "0" => Ok(false),
        _ => Err("write Yes or No".into()),
    }
}

/// A calendar day; a time of day after it is read over.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    let shaped = day.len() == 10 && day.bytes().filter(u8::is_ascii_digit).count() == 8;
    let parsed = if shaped { day.parse().ok() } else { None };
    parsed.ok_or_else(|| "write a date that exists as year-month-day, such as 2024-03-31".into())
}

/// A small whole number; data frames write it as `4.0`.
pub fn count(text: &str, greatest: u8) -> Result<u8, String> {
    let whole = text.split_once('.').filter(|(_, f)| f.bytes().all(|b| b == b'0')).map_or(text, |(w, _)| w);
    whole.parse().ok().filter(|&n| n <= greatest).ok_or_else(|| format!("write a whole number from 0 to {greatest}"))
}

pub fn prognosis(text: &str) -> Result<u8, String> {
    claim::parse_prognosis(text).ok_or_else(|| {
        format!("write the months to recovery, 1 to {}, such as 6 or F. 6 months", claim::LONGEST_PROGNOSIS)
    })
}

/// A free text.
pub fn text(text: &str) -> Result<String, String> {
    within(text, LONGEST_TEXT)
}

/// A fact that is chosen or named, such as the kind of accident.
pub fn word(text: &str) -> Result<String, String> {
    within(text, LONGEST_WORD)
}

fn within(text: &str, longest: usize) -> Result<String, String> {
    if text.chars().count() > longest {
        return Err(format!("shorten the text to {longest} characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_unknown_and_not_nil() {
        for text in ["", "  ", "NaN", "NA", "null"] {
            assert_eq!(value(text, amount), Ok(None), "{text:?}");
        }
        assert_eq!(value("0.0", amount), Ok(Some(Money::ZERO)));
    }

    #[test]
    fn amounts_outside_reason_are_refused() {
        assert!(amount("-1").is_err());
        assert!(amount("10000001").is_err());
        assert!(amount("1e5").is_err());
        assert_eq!(amount("1,038.45"), Ok(Money::from_pence(103_845)));
        assert_eq!(amount("688.4300000000001"), Ok(Money::from_pence(68_843)));
        assert_eq!(amount("682.0699999999999"), Ok(Money::from_pence(68_207)));
        assert!(amount("0.0000000000001").is_ok());
    }

    #[test]
    fn dates_must_exist() {
        assert_eq!(date("2023-06-25 00:55:01.140228"), Ok(NaiveDate::from_ymd_opt(2023, 6, 25).unwrap()));
        assert_eq!(date("2024-02-29T10:00:00Z"), Ok(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()));
        for bad in ["2023-02-29", "25/06/2023", "2023-6-5", "tomorrow", "+02023-06-25"] {
            assert!(date(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count("4.0", 10), Ok(4));
        for bad in ["4.5", "-1", "11", "999", "four"] {
            assert!(count(bad, 10).is_err(), "{bad}");
        }
    }
}
