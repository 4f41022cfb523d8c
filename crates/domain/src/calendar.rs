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

/// Holidays of England and Wales that were proclaimed for one year alone.
const PROCLAIMED: &[(i32, u32, u32)] = &[(2022, 6, 3), (2022, 9, 19), (2023, 5, 8)];

/// Whether a date is a bank holiday in England and Wales (Banking and Financial Dealings Act 1971, and the common-law
/// holidays with their days in lieu). A holiday that is proclaimed for one year is known once it stands here.
pub fn is_bank_holiday(date: NaiveDate) -> bool {
    let (year, month, day) = (date.year(), date.month(), date.day());
    if PROCLAIMED.contains(&(year, month, day)) {
        return true;
    }
    let of = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let in_lieu = |holiday: NaiveDate| match holiday.weekday() {
        Weekday::Sat => holiday + Days::new(2),
        Weekday::Sun => holiday + Days::new(1),
        _ => holiday,
    };
    let first_monday = |month| NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, 1);
    let last_monday =
        |month| (4..=5).rev().find_map(|n| NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, n));
    // Of Christmas and the day after the one that falls on a weekend moves behind the other.
    let christmas = of(12, 25).map(|day| match day.weekday() {
        Weekday::Sat | Weekday::Sun => day + Days::new(2),
        _ => day,
    });
    let boxing = of(12, 26).map(|day| match day.weekday() {
        Weekday::Sat | Weekday::Sun => day + Days::new(2),
        _ => day,
    });
    // In 2020 the early May holiday stood on VE day, in 2022 the spring holiday moved to June.
    let early_may = if year == 2020 { of(5, 8) } else { first_monday(5) };
    let spring = if year == 2022 { of(6, 2) } else { last_monday(5) };
    let easter = easter(year);
    [
        of(1, 1).map(in_lieu),
        easter.map(|sunday| sunday - Days::new(2)),
        easter.map(|sunday| sunday + Days::new(1)),
        early_may,
        spring,
        last_monday(8),
        christmas,
        boxing,
    ]
    .contains(&Some(date))
}

/// Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let (month, day) = ((h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1);
    NaiveDate::from_ymd_opt(year, month.try_into().ok()?, day.try_into().ok()?)
}

/// Whether courts and offices work on a date.
pub fn is_working_day(date: NaiveDate) -> bool {
    is_weekday(date) && !is_bank_holiday(date)
}

/// The date itself where it is a working day, or else the next that is.
pub fn next_working_day(from: NaiveDate) -> NaiveDate {
    let mut date = from;
    while !is_working_day(date) {
        let Some(next) = date.checked_add_days(Days::new(1)) else { return date };
        date = next;
    }
    date
}

/// The date after so many working days.
pub fn after_working_days(from: NaiveDate, days: u32) -> NaiveDate {
    let (mut date, mut left) = (from, days);
    while left > 0 {
        let Some(next) = date.checked_add_days(Days::new(1)) else { return date };
        date = next;
        left -= u32::from(is_working_day(date));
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

    /// As published under gov.uk/bank-holidays.
    #[test]
    fn bank_holidays_are_those_of_the_gazette() {
        for (year, days) in [
            (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
            (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
            (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
            (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
            (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
            (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
            (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
            (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        ] {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            let found: Vec<String> = first
                .iter_days()
                .take_while(|d| d.year() == year)
                .filter(|d| is_bank_holiday(*d))
                .map(|d| d.format("%m-%d").to_string())
                .collect();
            assert_eq!(found.join(" "), days, "{year}");
        }
    }

    #[test]
    fn weekdays_pass_over_the_weekend() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(after_weekdays(day("2026-11-27"), 1), day("2026-11-30"));
        assert_eq!(after_weekdays(day("2026-11-27"), 0), day("2026-11-27"));
        assert_eq!(week(day("2026-11-29")), day("2026-11-23"));
    }
}
