//! Statutory interest on late commercial debts (Late Payment of Commercial Debts (Interest) Act 1998): 8% above the
//! Bank of England's base rate, and a fixed sum for each debt.

use chrono::{Datelike, NaiveDate};
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::price::round_half_up;
use crate::span::Span;

/// The base rate from a date on, in basis points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseRate {
    pub from: NaiveDate,
    pub basis_points: i64,
}

/// Above the base rate, in basis points (SI 2002/1675).
pub const ABOVE_BASE: i64 = 800;

/// The day whose base rate holds for a day: 31 December for January to June, 30 June for July to December.
pub fn reference_day(day: NaiveDate) -> NaiveDate {
    let (year, month, of) = if day.month() <= 6 { (day.year() - 1, 12, 31) } else { (day.year(), 6, 30) };
    NaiveDate::from_ymd_opt(year, month, of).unwrap_or(day)
}

/// A debt over days on which neither it nor its rate changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub span: Span,
    pub principal: Money,
    /// Of a year, in basis points: base rate and 8%.
    pub rate: i64,
}

impl Stretch {
    /// `£1,000.00 at 12.5% for 50 days`.
    pub fn words(&self) -> String {
        let rate = format!("{}.{:02}", self.rate / 100, self.rate % 100);
        let rate = rate.trim_end_matches('0').trim_end_matches('.');
        format!(
            "{} at {rate}% a year for {} days from {}",
            self.principal,
            self.span.days(),
            self.span.from.format("%-d %B %Y")
        )
    }

    /// Pence × basis points × days: divided once at the end.
    fn weight(&self) -> i128 {
        i128::from(self.principal.pence()) * i128::from(self.rate) * i128::from(self.span.days())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no base rate is known on {0}: add it first")]
pub struct NoBaseRate(pub NaiveDate);

/// Interest on a debt: what it was made of, and the sum rounded once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interest {
    pub stretches: Vec<Stretch>,
    pub amount: Money,
}

/// Interest on what was open of a debt, on the days from `days.from` (the day after it was due, or where the last charge
/// ended) up to `days.until`. `payments`: dates and amounts that lowered it, by their date.
///
/// Days are counted as 1/365 of a year each, as the courts do.
pub fn accrued(
    debt: Money,
    payments: &[(NaiveDate, Money)],
    rates: &[BaseRate],
    days: Span,
) -> Result<Interest, NoBaseRate> {
    let halves = (days.from.year()..=days.until.year())
        .flat_map(|year| [NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 7, 1)])
        .flatten();
    let mut interest = Interest::default();
    let mut weight = 0;
    for span in days.cut(halves.chain(payments.iter().map(|p| p.0))) {
        let paid: i64 = payments.iter().filter(|p| p.0 <= span.from).map(|p| p.1.pence()).sum();
        let principal = Money::from_pence((debt.pence() - paid).max(0));
        if principal == Money::ZERO || span.is_empty() {
            continue;
        }
        let reference = reference_day(span.from);
        let base = rates.iter().filter(|r| r.from <= reference).max_by_key(|r| r.from).ok_or(NoBaseRate(reference))?;
        let stretch = Stretch { span, principal, rate: base.basis_points + ABOVE_BASE };
        weight += stretch.weight();
        interest.stretches.push(stretch);
    }
    // Pence × basis points × days, of 10,000 basis points and 365 days.
    interest.amount = round_half_up(weight, 3_650_000).unwrap_or_default();
    Ok(interest)
}

/// The fixed sum for a debt (s.5A): once a debt.
pub fn fixed_sum(debt: Money) -> Money {
    Money::from_pounds(match debt.pence() {
        ..100_000 => 40,
        100_000..1_000_000 => 70,
        1_000_000.. => 100,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn base(from: &str, basis_points: i64) -> BaseRate {
        BaseRate { from: date(from), basis_points }
    }

    /// The golden sums: gov.uk's example rounds each day and says £11.50.
    #[test]
    fn as_the_act_has_it() {
        let days = |from: &str, n: i64| Span::new(date(from), date(from) + chrono::Duration::days(n));
        let low = accrued(Money::from_pounds(1_000), &[], &[base("2020-01-01", 50)], days("2026-02-01", 50)).unwrap();
        assert_eq!((low.amount.pence(), fixed_sum(Money::from_pounds(1_000))), (1_164, Money::from_pounds(70)));
        let high =
            accrued(Money::from_pounds(10_000), &[], &[base("2020-01-01", 375)], days("2026-02-01", 60)).unwrap();
        assert_eq!((high.amount.pence(), fixed_sum(Money::from_pounds(10_000))), (19_315, Money::from_pounds(100)));
        assert_eq!(fixed_sum(Money::from_pence(99_999)), Money::from_pounds(40));
    }

    #[test]
    fn halves_of_the_year_and_payments_divide() {
        let rates = [base("2025-01-01", 500), base("2026-06-30", 400), base("2026-07-01", 100)];
        let paid = [(date("2026-07-11"), Money::from_pounds(400))];
        let days = Span::new(date("2026-06-21"), date("2026-07-21"));
        let interest = accrued(Money::from_pounds(1_000), &paid, &rates, days).unwrap();
        let stretches: Vec<_> =
            interest.stretches.iter().map(|s| (s.span.days(), s.rate, s.principal.pence())).collect();
        assert_eq!(stretches, [(10, 1_300, 100_000), (10, 1_200, 100_000), (10, 1_200, 60_000)]);
        // £1,000 × 13% × 10/365 + £1,000 × 12% × 10/365 + £600 × 12% × 10/365.
        assert_eq!(interest.amount.pence(), 882);
        assert_eq!(interest.stretches[0].words(), "£1,000.00 at 13% a year for 10 days from 21 June 2026");
        let before = Span::new(date("2024-06-21"), date("2024-06-22"));
        assert_eq!(accrued(Money::from_pounds(1), &[], &rates, before), Err(NoBaseRate(date("2023-12-31"))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Charged up to a day and on from there, it is the whole to a penny of rounding; more days never cost less.
        #[test]
        fn the_watermark_loses_nothing(debt in 0i64..10_000_000, first in 0i64..400, second in 0i64..400, paid in 0i64..10_000_000, on in 0i64..800) {
            let rates = [base("2020-01-01", 525), base("2026-03-01", 475)];
            let from = date("2026-01-20");
            let day = |n: i64| from + chrono::Duration::days(n);
            let payments = [(day(on), Money::from_pence(paid))];
            let of = |from, until| accrued(Money::from_pence(debt), &payments, &rates, Span::new(from, until)).unwrap().amount.pence();
            let (whole, parts) = (of(from, day(first + second)), of(from, day(first)) + of(day(first), day(first + second)));
            prop_assert!((whole - parts).abs() <= 1);
            prop_assert!(of(from, day(first)) <= whole);
        }
    }
}
