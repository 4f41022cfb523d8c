//! Days as people in England and Wales count them.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Europe::London;

/// The date in London at an instant.
pub fn london_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&London).date_naive()
}

/// Midnight in London at the start of a date. London never skips midnight: its clocks change at one.
pub fn midnight(date: NaiveDate) -> DateTime<Utc> {
    let local = date.and_time(chrono::NaiveTime::MIN);
    London.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |t| t.with_timezone(&Utc))
}

/// The date and the time of day in London of an instant.
pub fn london_time(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&London).naive_local()
}

/// An instant as it is told to people: `24 Nov 2026, 14:05`, London's time.
pub fn words(instant: DateTime<Utc>) -> String {
    let local = london_time(instant);
    format!("{}, {:02}:{:02}", local.format("%-d %b %Y"), local.hour(), local.minute())
}

/// The Monday on which a date's week begins.
pub fn week(date: NaiveDate) -> NaiveDate {
    date.week(Weekday::Mon).first_day()
}

/// Whether banks and courts work on a date, as far as the weekday tells. Bank holidays are not known here.
pub fn is_weekday(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The date after so many weekdays.
pub fn after_weekdays(from: NaiveDate, weekdays: u32) -> NaiveDate {
    let (mut date, mut left) = (from, weekdays);
    while left > 0 {
        let Some(next) = date.checked_add_days(Days::new(1)) else { return date };
        date = next;
        left -= u32::from(is_weekday(date));
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_london_begins_an_hour_before_utc_s_in_summer() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(london_date(at("2026-07-01T23:30:00Z")).to_string(), "2026-07-02");
        assert_eq!(london_date(at("2026-12-01T23:30:00Z")).to_string(), "2026-12-01");
        assert_eq!(midnight("2026-07-02".parse().unwrap()), at("2026-07-01T23:00:00Z"));
        assert_eq!(words(at("2026-07-01T23:30:00Z")), "2 Jul 2026, 00:30");
    }

    #[test]
    fn weekdays_pass_over_the_weekend() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(after_weekdays(day("2026-11-27"), 1), day("2026-11-30"));
        assert_eq!(after_weekdays(day("2026-11-27"), 0), day("2026-11-27"));
        assert_eq!(week(day("2026-11-29")), day("2026-11-23"));
    }
}
