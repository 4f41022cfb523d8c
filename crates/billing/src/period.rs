//! Billing periods: calendar months and quarters of Europe/London, half-open.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use domain::calendar::{london_date, midnight};

/// A calendar month. Displays and parses as `2026-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a month as 2026-10")]
pub struct MonthError;

impl Month {
    /// The month of a date.
    pub fn of(date: NaiveDate) -> Month {
        Month { first: date.with_day(1).unwrap_or(date) }
    }

    /// The month that an instant falls in, in London.
    pub fn at(instant: DateTime<Utc>) -> Month {
        Month::of(london_date(instant))
    }

    pub fn next(self) -> Month {
        Month { first: self.first.checked_add_months(Months::new(1)).unwrap_or(self.first) }
    }

    pub fn previous(self) -> Month {
        Month { first: self.first.checked_sub_months(Months::new(1)).unwrap_or(self.first) }
    }

    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The last day, inclusive.
    pub fn last_day(self) -> NaiveDate {
        self.next().first.checked_sub_days(Days::new(1)).unwrap_or(self.first)
    }

    /// First instant, inclusive.
    pub fn from(self) -> DateTime<Utc> {
        midnight(self.first)
    }

    /// First instant of the next month: exclusive.
    pub fn until(self) -> DateTime<Utc> {
        midnight(self.next().first)
    }

    pub fn contains(self, instant: DateTime<Utc>) -> bool {
        self.from() <= instant && instant < self.until()
    }

    fn starts_quarter(self) -> bool {
        self.first.month0().is_multiple_of(3)
    }

    /// `October 2026`.
    pub fn words(self) -> String {
        self.first.format("%B %Y").to_string()
    }
}

/// How often a company is invoiced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cycle {
    #[default]
    Monthly,
    /// By calendar quarter: from 1 January, April, July, October.
    Quarterly,
}

impl Cycle {
    pub const ALL: [Cycle; 2] = [Cycle::Monthly, Cycle::Quarterly];

    pub fn key(self) -> &'static str {
        match self {
            Cycle::Monthly => "monthly",
            Cycle::Quarterly => "quarterly",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Cycle::Monthly => "Monthly",
            Cycle::Quarterly => "Quarterly",
        }
    }

    /// `None` for a key that is none.
    pub fn from_key(key: &str) -> Option<Cycle> {
        Cycle::ALL.into_iter().find(|c| c.key() == key)
    }

    /// The billing period in which a month lies.
    pub fn period(self, month: Month) -> Period {
        match self {
            Cycle::Monthly => Period { first: month, last: month },
            Cycle::Quarterly => {
                let mut first = month;
                while !first.starts_quarter() {
                    first = first.previous();
                }
                Period { first, last: first.next().next() }
            }
        }
    }
}

/// Whole months that are invoiced together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub first: Month,
    /// Inclusive.
    pub last: Month,
}

impl Period {
    /// The period of an invoice, from its first day and the first day after it.
    pub fn between(first_day: NaiveDate, until: NaiveDate) -> Period {
        Period { first: Month::of(first_day), last: Month::of(until).previous() }
    }

    /// First instant, inclusive.
    pub fn from(self) -> DateTime<Utc> {
        self.first.from()
    }

    /// First instant after it: exclusive.
    pub fn until(self) -> DateTime<Utc> {
        self.last.until()
    }

    /// Its days.
    pub fn span(self) -> crate::span::Span {
        crate::span::Span::new(self.first.first_day(), self.last.next().first_day())
    }

    /// The period before this one.
    pub fn previous(self, cycle: Cycle) -> Period {
        cycle.period(self.first.previous())
    }

    /// `October 2026`, `July to September 2026`.
    pub fn words(self) -> String {
        if self.first == self.last {
            return self.first.words();
        }
        format!("{} to {}", self.first.first_day().format("%B"), self.last.words())
    }
}

/// Whether terms that change the cycle may begin on a date: only where a quarter begins, or a month
/// would be invoiced twice or never.
pub fn cycle_may_change_on(date: NaiveDate) -> bool {
    date.day() == 1 && Month::of(date).starts_quarter()
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let date = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map_err(|_| MonthError)?;
        if (1..=9999).contains(&date.year()) { Ok(Month { first: date }) } else { Err(MonthError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn daylight_saving_and_leap_days() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        // In British Summer Time the month starts at 23:00 UTC the day before.
        assert_eq!(month("2026-07").from(), instant("2026-06-30T23:00:00Z"));
        assert_eq!(month("2026-12").from(), instant("2026-12-01T00:00:00Z"));
        assert_eq!(Month::at(instant("2026-06-30T23:30:00Z")), month("2026-07"));
        assert_eq!(Month::at(instant("2026-12-31T23:59:59Z")), month("2026-12"));
        assert_eq!(month("2028-02").last_day().to_string(), "2028-02-29");
        assert_eq!(month("2026-02").last_day().to_string(), "2026-02-28");
        // October has one hour more.
        assert_eq!((month("2026-10").until() - month("2026-10").from()).num_hours(), 31 * 24 + 1);
        assert!("2026-13".parse::<Month>().is_err() && "x".parse::<Month>().is_err());
        let quarter = Cycle::Quarterly.period(month("2026-08"));
        assert_eq!((quarter.words().as_str(), quarter.last), ("July to September 2026", month("2026-09")));
        assert_eq!(Cycle::Monthly.period(month("2026-08")).words(), "August 2026");
    }

    proptest! {
        /// Invariant 9: every instant lies in exactly one month, and months leave no gap.
        #[test]
        fn months_are_half_open_and_adjoin(seconds in 0i64..4_000_000_000) {
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            let month = Month::at(instant);
            prop_assert!(month.contains(instant));
            prop_assert!(!month.next().contains(instant) && !month.previous().contains(instant));
            prop_assert_eq!(month.until(), month.next().from());
            prop_assert_eq!(month.to_string().parse::<Month>(), Ok(month));
        }

        /// The same for every cycle: a month lies in one period, and its periods adjoin.
        #[test]
        fn periods_adjoin(seconds in 0i64..4_000_000_000) {
            let month = Month::at(DateTime::from_timestamp(seconds, 0).unwrap());
            for cycle in Cycle::ALL {
                let period = cycle.period(month);
                prop_assert!(period.first <= month && month <= period.last);
                prop_assert_eq!(cycle.period(period.first), period);
                prop_assert_eq!(cycle.period(period.last), period);
                let next = cycle.period(period.last.next());
                prop_assert_eq!(next.from(), period.until());
                prop_assert_eq!(next.previous(cycle), period);
                prop_assert_eq!(Period::between(period.first.first_day(), next.first.first_day()), period);
            }
            let start = Cycle::Quarterly.period(month).first.first_day();
            prop_assert!(cycle_may_change_on(start));
            prop_assert!(!cycle_may_change_on(start.succ_opt().unwrap()));
        }
    }
}
