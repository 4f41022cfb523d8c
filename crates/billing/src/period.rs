//! Billing periods: calendar months and quarters of Europe/London, half-open.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeZone, Utc};
use chrono_tz::Europe::London;

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

    /// `October 2026`.
    pub fn words(self) -> String {
        self.first.format("%B %Y").to_string()
    }
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

/// The date in London at an instant.
pub fn london_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&London).date_naive()
}

/// Midnight in London at the start of a date. London never skips midnight: its clocks change at one.
pub fn midnight(date: NaiveDate) -> DateTime<Utc> {
    let local = date.and_time(chrono::NaiveTime::MIN);
    London.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |t| t.with_timezone(&Utc))
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
    }
}
