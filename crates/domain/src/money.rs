//! Sterling amounts as whole pence.
//!
//! There is one currency because there is one jurisdiction: a second one would be a second type,
//! so that adding pounds to anything else cannot compile.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of pounds sterling in whole pence. Serialises as the number of pence.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("write an amount in pounds, such as 1240 or 1240.50")]
    NotAnAmount,
    #[error("pounds have at most two decimal places")]
    TooPrecise,
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    pub const ZERO: Money = Money(0);

    /// From whole pence.
    pub const fn from_pence(pence: i64) -> Self {
        Money(pence)
    }

    /// From whole pounds.
    pub const fn from_pounds(pounds: i64) -> Self {
        Money(pounds * 100)
    }

    /// From a model's output in pounds, rounded half away from zero to the penny. The one place
    /// where a float becomes money. `None` when the value is not finite or cannot be held.
    pub fn from_model_pounds(pounds: f64) -> Option<Self> {
        let pence = (pounds * 100.0).round();
        (pence.is_finite() && pence.abs() < 9.0e15).then_some(Money(pence as i64))
    }

    /// Whole pence.
    pub const fn pence(self) -> i64 {
        self.0
    }

    /// Pounds as a float, for a model's input or a chart's axis; never for arithmetic on money.
    pub fn as_pounds(self) -> f64 {
        self.0 as f64 / 100.0
    }

    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }

    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).map(Money)
    }

    /// The sum, or `None` on overflow.
    pub fn sum(amounts: impl IntoIterator<Item = Money>) -> Option<Money> {
        amounts.into_iter().try_fold(Money::ZERO, Money::checked_add)
    }

    /// Reads what a person types: `1240`, `1,240.5`, `£1 240.50`, `-12`.
    ///
    /// A comma divides thousands: before anything else than three digits it is a slip, or the decimal comma of other
    /// countries, and a hundred times as much would be read.
    pub fn parse_pounds(text: &str) -> Result<Money, MoneyError> {
        let whole = text.split('.').next().unwrap_or_default();
        let groups = whole.split(',').skip(1);
        if text.split_once('.').is_some_and(|(_, pence)| pence.contains(','))
            || groups.clone().any(|group| group.trim().len() != 3)
        {
            return Err(MoneyError::NotAnAmount);
        }
        let cleaned: String = text.trim().chars().filter(|c| !matches!(c, '£' | ',' | ' ' | '\u{a0}')).collect();
        let (negative, digits) = match cleaned.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, cleaned.as_str()),
        };
        let (pounds, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if pounds.is_empty() || !all_digits(pounds) || !all_digits(fraction) {
            return Err(MoneyError::NotAnAmount);
        }
        // Spreadsheets export 890.0 and 890.000: zeros past the penny say nothing.
        let significant = fraction.trim_end_matches('0');
        if significant.len() > 2 {
            return Err(MoneyError::TooPrecise);
        }
        let pounds: i64 = pounds.parse().map_err(|_| MoneyError::TooLarge)?;
        let pence: i64 = format!("{significant:0<2}").parse().map_err(|_| MoneyError::NotAnAmount)?;
        let total = pounds.checked_mul(100).and_then(|p| p.checked_add(pence)).ok_or(MoneyError::TooLarge)?;
        Ok(Money(if negative { -total } else { total }))
    }

    /// Without the currency sign and separators, for input fields and CSV: `1240.50`.
    pub fn plain(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }

    /// With an explicit sign, for contributions: `+£322.00`, `−£41.50`.
    pub fn signed(self) -> String {
        if self.0 < 0 { self.to_string() } else { format!("+{self}") }
    }
}

impl fmt::Display for Money {
    /// `£1,240.50`; negative amounts carry a true minus sign.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "\u{2212}" } else { "" };
        let pence = self.0.unsigned_abs();
        write!(f, "{sign}£{}.{:02}", grouped(pence / 100), pence % 100)
    }
}

/// A measured figure of pounds to the pound: `£1,240`, `−£3`, `–` where there is none.
pub fn whole_pounds(pounds: f64) -> String {
    if !pounds.is_finite() {
        return "–".to_owned();
    }
    let rounded = pounds.round();
    format!("{}£{}", if rounded < 0.0 { "\u{2212}" } else { "" }, grouped(rounded.abs() as u64))
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_type() {
        for (text, expected) in [
            ("1240", Ok(124_000)),
            ("£1,240.5", Ok(124_050)),
            ("890.0", Ok(89_000)),
            ("0.000", Ok(0)),
            ("-12.34", Ok(-1_234)),
            ("1240,5", Err(MoneyError::NotAnAmount)),
            ("1240,50", Err(MoneyError::NotAnAmount)),
            ("1,24", Err(MoneyError::NotAnAmount)),
            ("1.2,4", Err(MoneyError::NotAnAmount)),
            ("1,234,567", Ok(123_456_700)),
            ("", Err(MoneyError::NotAnAmount)),
            ("twelve", Err(MoneyError::NotAnAmount)),
            (".5", Err(MoneyError::NotAnAmount)),
            ("1e3", Err(MoneyError::NotAnAmount)),
            ("1.005", Err(MoneyError::TooPrecise)),
            ("99999999999999999999", Err(MoneyError::TooLarge)),
            ("92233720368547758.08", Err(MoneyError::TooLarge)),
        ] {
            assert_eq!(Money::parse_pounds(text).map(Money::pence), expected, "{text}");
        }
    }

    #[test]
    fn shows_pounds_with_separators() {
        assert_eq!(Money(123_456_789).to_string(), "£1,234,567.89");
        assert_eq!(Money(-5).to_string(), "\u{2212}£0.05");
        assert_eq!(Money(32_200).signed(), "+£322.00");
        assert_eq!(Money::from_model_pounds(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn plain_text_reads_back(pence in -1_000_000_000_000i64..1_000_000_000_000) {
            prop_assert_eq!(Money::parse_pounds(&Money(pence).plain()), Ok(Money(pence)));
        }
    }

    #[test]
    fn measured_pounds_are_grouped_and_signed() {
        assert_eq!(
            [0.4, -0.4, 999.6, -1_234.0, 1_234_567.0, f64::NAN].map(whole_pounds),
            ["£0", "£0", "£1,000", "−£1,234", "£1,234,567", "–"]
        );
    }
}
