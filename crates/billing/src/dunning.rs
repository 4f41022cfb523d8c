//! Reminders of overdue documents: which step is due, and what stands against it.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// A reminder of the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    pub name: String,
    /// Days after the due date from which on it is sent.
    pub after_days: u32,
}

/// What is sent where nothing else is set.
pub fn usual() -> Vec<Reminder> {
    let step = |name: &str, after_days| Reminder { name: name.into(), after_days };
    vec![step("Reminder", 7), step("Second reminder", 21), step("Final notice", 35)]
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give at least one reminder, each later than the one before, at most a year after the due date")]
pub struct ScheduleError;

/// Whether reminders are in their order.
pub fn check(schedule: &[Reminder]) -> Result<(), ScheduleError> {
    let ordered = schedule.windows(2).all(|w| w[0].after_days < w[1].after_days);
    let named = schedule.iter().all(|r| !r.name.trim().is_empty() && (1..=365).contains(&r.after_days));
    if ordered && named && !schedule.is_empty() { Ok(()) } else { Err(ScheduleError) }
}

/// The reminder to send today: the last that is due, later in the schedule than what was sent (its days after the due date).
/// After a pause the steps between are left out, never caught up.
pub fn due(schedule: &[Reminder], due_on: NaiveDate, today: NaiveDate, sent: Option<u32>) -> Option<&Reminder> {
    let is_due =
        |r: &&Reminder| due_on.checked_add_days(Days::new(r.after_days.into())).is_some_and(|day| day <= today);
    schedule.iter().rfind(is_due).filter(|r| sent.is_none_or(|days| r.after_days > days))
}

/// The next of the schedule after what was sent.
pub fn next(schedule: &[Reminder], sent: Option<u32>) -> Option<&Reminder> {
    schedule.iter().find(|r| sent.is_none_or(|days| r.after_days > days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_due_step_once() {
        let schedule = usual();
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let step = |today, sent| due(&schedule, date("2026-10-01"), date(today), sent).map(|d| d.after_days);
        assert_eq!((step("2026-10-07", None), step("2026-10-08", None)), (None, Some(7)));
        assert_eq!((step("2026-10-20", Some(7)), step("2026-10-22", Some(7))), (None, Some(21)));
        // After a pause: the last one alone.
        assert_eq!((step("2026-12-24", None), step("2026-12-24", Some(35))), (Some(35), None));
        assert_eq!(next(&schedule, Some(7)).map(|r| r.after_days), Some(21));
        assert!(check(&schedule).is_ok() && check(&[]).is_err());
        assert!(check(&schedule.into_iter().rev().collect::<Vec<_>>()).is_err());
    }
}
