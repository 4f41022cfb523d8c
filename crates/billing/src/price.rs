//! Unit prices and rates.

use std::fmt;

use domain::Money;
use serde::{Deserialize, Serialize};

/// A price for one unit in millionths of a pound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitPrice(i64);

/// Why a text is not a price or a rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("write a price in pounds, such as 1.85, with at most six decimal places")]
    Price,
    #[error("a price of more than £1,000,000 is a slip: check it")]
    Large,
    #[error("write a percentage from 0 to 100, such as 20 or 17.5, with at most two decimal places")]
    Rate,
}

impl UnitPrice {
    /// `None` if negative.
    pub fn from_micro(micro: i64) -> Option<Self> {
        (micro >= 0).then_some(UnitPrice(micro))
    }

    pub const fn micro(self) -> i64 {
        self.0
    }

    /// What nobody charges for one of anything is a slip, in millionths of a pound.
    const LARGEST: i64 = 1_000_000 * 1_000_000;

    /// Pounds with up to six decimal places: `1.85`; at most a million.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let micro = decimal(text.trim().trim_start_matches('£'), 6).ok_or(PriceError::Price)?;
        if micro > UnitPrice::LARGEST {
            return Err(PriceError::Large);
        }
        UnitPrice::from_micro(micro).ok_or(PriceError::Price)
    }

    /// An amount of whole pence as a price; `None` for negative amounts and those that cannot be held.
    pub fn of_money(amount: Money) -> Option<Self> {
        amount.pence().checked_mul(10_000).and_then(UnitPrice::from_micro)
    }

    /// Pounds with up to six decimal places, as they are typed: `1.85`.
    pub fn plain(self) -> String {
        self.to_string().trim_start_matches('£').to_owned()
    }

    /// Quantity × price, rounded half-up to the penny once; `None` if it cannot be held.
    pub fn times(self, quantity: u64) -> Option<Money> {
        round_half_up(i128::from(self.0) * i128::from(quantity), 10_000)
    }
}

impl fmt::Display for UnitPrice {
    /// `£1.85`, `£0.0125`: at least two decimal places, no trailing zeros past them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:06}", self.0 % 1_000_000);
        let kept = decimals.trim_end_matches('0').len().max(2);
        write!(f, "£{}.{}", self.0 / 1_000_000, &decimals[..kept])
    }
}

/// A share in basis points: 2,000 is 20%.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(u16);

impl Rate {
    pub const ZERO: Rate = Rate(0);

    /// `None` above 100%.
    pub fn from_basis_points(bp: i64) -> Option<Self> {
        u16::try_from(bp).ok().filter(|bp| *bp <= 10_000).map(Rate)
    }

    pub const fn basis_points(self) -> i64 {
        self.0 as i64
    }

    /// Percent with up to two decimal places: `20`, `17.5`.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        decimal(text.trim().trim_end_matches('%').trim_end(), 2)
            .and_then(Rate::from_basis_points)
            .ok_or(PriceError::Rate)
    }

    /// Percent with up to two decimal places, as it is typed: `17.5`.
    pub fn plain(self) -> String {
        self.to_string().trim_end_matches('%').to_owned()
    }

    /// The share of an amount, rounded half-up to the penny (away from zero for negative amounts).
    pub fn of(self, amount: Money) -> Option<Money> {
        round_half_up(i128::from(amount.pence()) * i128::from(self.0), 10_000)
    }
}

impl fmt::Display for Rate {
    /// `20%`, `17.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:02}", self.0 % 100);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{}%", self.0 / 100),
            some => write!(f, "{}.{some}%", self.0 / 100),
        }
    }
}

/// `value / divisor` as pence, halves away from zero.
pub(crate) fn round_half_up(value: i128, divisor: i128) -> Option<Money> {
    let half = if value < 0 { -divisor / 2 } else { divisor / 2 };
    i64::try_from((value + half) / divisor).ok().map(Money::from_pence)
}

/// A non-negative decimal text as a whole number of its `places`-th decimal.
fn decimal(text: &str, places: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > places || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_and_rates_read_and_show() {
        for (text, shown) in [("1.85", "£1.85"), ("£2", "£2.00"), ("0.012500", "£0.0125"), ("0", "£0.00")] {
            assert_eq!(UnitPrice::parse(text).map(|p| p.to_string()).as_deref(), Ok(shown));
        }
        for wrong in ["", "-1", "1.1234567", "1,5", "abc", "1."] {
            assert_eq!(UnitPrice::parse(wrong).is_err(), wrong != "1.", "{wrong}");
        }
        for (text, shown) in [("20", "20%"), ("17.5%", "17.5%"), ("0.05", "0.05%"), ("100", "100%")] {
            assert_eq!(Rate::parse(text).map(|r| r.to_string()).as_deref(), Ok(shown));
        }
        assert!(Rate::parse("100.01").is_err());
    }

    #[test]
    fn halves_round_up() {
        // £0.005 and £0.015 a unit.
        assert_eq!(UnitPrice(5_000).times(1), Some(Money::from_pence(1)));
        assert_eq!(UnitPrice(15_000).times(1), Some(Money::from_pence(2)));
        assert_eq!(UnitPrice(i64::MAX).times(u64::MAX), None);
    }

    proptest! {
        /// Invariant 6: one rounding, so the error is at most half a penny whatever the quantity.
        #[test]
        fn a_line_is_quantity_times_price(micro in 0i64..100_000_000, quantity in 0u64..10_000_000) {
            let exact = i128::from(micro) * i128::from(quantity);
            let pence = i128::from(UnitPrice(micro).times(quantity).unwrap().pence());
            prop_assert!((pence * 10_000 - exact).abs() <= 5_000);
        }

        /// Invariant 8: more use never costs less.
        #[test]
        fn rating_is_monotonic(micro in 0i64..100_000_000, quantity in 0u64..10_000_000) {
            prop_assert!(UnitPrice(micro).times(quantity) <= UnitPrice(micro).times(quantity + 1));
        }
    }
}
