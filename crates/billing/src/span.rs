//! Days from one date up to another, and the share of an amount that falls on them.

use chrono::{Days, NaiveDate};
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::price::round_half_up;

/// London days, half-open: `until` is the first that is not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

impl Span {
    pub fn new(from: NaiveDate, until: NaiveDate) -> Span {
        Span { from, until: until.max(from) }
    }

    pub fn days(self) -> i64 {
        (self.until - self.from).num_days()
    }

    /// The last day, inclusive.
    pub fn last(self) -> NaiveDate {
        self.until.checked_sub_days(Days::new(1)).unwrap_or(self.from).max(self.from)
    }

    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day < self.until
    }

    pub fn is_empty(self) -> bool {
        self.until <= self.from
    }

    /// Cut at the dates that lie strictly inside, in order: the parts adjoin and together are the whole.
    pub fn cut(self, dates: impl IntoIterator<Item = NaiveDate>) -> Vec<Span> {
        let mut cuts: Vec<NaiveDate> = dates.into_iter().filter(|d| self.from < *d && *d < self.until).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut from = self.from;
        let mut parts = Vec::with_capacity(cuts.len() + 1);
        for cut in cuts.into_iter().chain([self.until]) {
            parts.push(Span { from, until: cut });
            from = cut;
        }
        parts
    }

    /// `1 to 31 October 2026`; the years and months are said where they differ.
    pub fn words(self) -> String {
        let (first, last) = (self.from, self.last());
        let day = |date: NaiveDate, format: &str| date.format(format).to_string();
        if first == last {
            day(first, "%-d %B %Y")
        } else if day(first, "%B %Y") == day(last, "%B %Y") {
            format!("{} to {}", day(first, "%-d"), day(last, "%-d %B %Y"))
        } else if day(first, "%Y") == day(last, "%Y") {
            format!("{} to {}", day(first, "%-d %B"), day(last, "%-d %B %Y"))
        } else {
            format!("{} to {}", day(first, "%-d %B %Y"), day(last, "%-d %B %Y"))
        }
    }
}

/// Which days of a whole an amount is charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub part: Span,
    pub whole: Span,
}

impl Share {
    pub fn all(whole: Span) -> Share {
        Share { part: whole, whole }
    }

    pub fn is_whole(self) -> bool {
        self.part == self.whole
    }

    /// The amount for these days: what is due by the part's end less what is due by its beginning, so that parts that
    /// adjoin give the whole to the penny.
    pub fn of(self, amount: Money) -> Option<Money> {
        let days = self.whole.days();
        if days <= 0 {
            return Some(Money::ZERO);
        }
        let due_by = |day: NaiveDate| {
            let gone = (day - self.whole.from).num_days().clamp(0, days);
            round_half_up(i128::from(amount.pence()) * i128::from(gone), i128::from(days))
        };
        due_by(self.part.until)?.checked_sub(due_by(self.part.from)?)
    }

    /// `for 12 of 31 days`, where it is not the whole.
    pub fn words(self) -> String {
        match self.is_whole() {
            true => String::new(),
            false => format!(" for {} of {} days", self.part.days(), self.whole.days()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        let words = |from, until| Span::new(date(from), date(until)).words();
        assert_eq!(words("2026-10-01", "2026-11-01"), "1 to 31 October 2026");
        assert_eq!(words("2026-10-14", "2026-12-01"), "14 October to 30 November 2026");
        assert_eq!(words("2026-12-14", "2027-01-02"), "14 December 2026 to 1 January 2027");
        assert_eq!(words("2028-02-29", "2028-03-01"), "29 February 2028");
    }

    #[test]
    fn a_leap_day_counts_as_a_day() {
        let year = Span::new(date("2028-01-01"), date("2029-01-01"));
        assert_eq!(year.days(), 366);
        let february = Span::new(date("2028-02-01"), date("2028-03-01"));
        let share = Share { part: Span::new(date("2028-02-29"), date("2028-03-01")), whole: february };
        assert_eq!(share.of(Money::from_pounds(29)), Some(Money::from_pounds(1)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// However a whole is cut, its parts adjoin and their amounts are the whole's to the penny.
        #[test]
        fn parts_make_the_whole(start in 0i64..20_000, days in 1i64..400, cuts in proptest::collection::vec(0i64..400, 0..6), pence in -1_000_000i64..1_000_000_000) {
            let from = date("2000-01-01") + chrono::Duration::days(start);
            let whole = Span::new(from, from + chrono::Duration::days(days));
            let parts = whole.cut(cuts.iter().map(|c| from + chrono::Duration::days(*c)));
            prop_assert_eq!((parts[0].from, parts[parts.len() - 1].until), (whole.from, whole.until));
            prop_assert!(parts.windows(2).all(|w| w[0].until == w[1].from));
            let amount = Money::from_pence(pence);
            let shares = parts.iter().map(|part| Share { part: *part, whole }.of(amount).unwrap());
            prop_assert_eq!(Money::sum(shares), Some(amount));
        }
    }
}
