//! Instants and dates as people are told them. They are put into words on the server, which knows London's clocks;
//! the browser needs no calendar of its own.

use chrono::{DateTime, NaiveDate, Utc};
use domain::calendar::{london_time, words};
use serde::{Deserialize, Serialize};

/// An instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instant {
    /// Such as `2026-11-24T14:05:09.120Z`.
    pub iso: String,
    /// Such as `24 Nov 2026, 14:05`, London's time.
    pub words: String,
    /// The same to the second, which says whose time it is.
    pub exact: String,
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Instant {
        Instant {
            iso: at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            words: words(at),
            exact: format!("{} in London", london_time(at).format("%-d %B %Y, %H:%M:%S")),
        }
    }
}

impl Instant {
    /// The date alone, such as `24 Nov 2026`.
    pub fn day(&self) -> &str {
        self.words.split(',').next().unwrap_or_default()
    }
}

/// A date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Such as `2026-11-24`.
    pub iso: String,
    /// Such as `24 Nov 2026`.
    pub words: String,
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Day {
        Day { iso: date.to_string(), words: date.format("%-d %b %Y").to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_by_londons_clocks() {
        let at: DateTime<Utc> = "2026-07-01T23:30:05Z".parse().unwrap();
        let told = Instant::from(at);
        assert_eq!((told.iso.as_str(), told.words.as_str()), ("2026-07-01T23:30:05.000Z", "2 Jul 2026, 00:30"));
        assert_eq!((told.exact.as_str(), told.day()), ("2 July 2026, 00:30:05 in London", "2 Jul 2026"));
        assert_eq!(Day::from(at.date_naive()).words, "1 Jul 2026");
    }
}
