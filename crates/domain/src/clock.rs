//! The clocks of a claim: by when something has to be done, by law or by the protocol.

use chrono::{Days, Months, NaiveDate};

use crate::calendar::{after_working_days, next_working_day};

/// A clock with its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    pub what: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    pub due: NaiveDate,
}

/// The clocks that run from the dates of a claim, the soonest first. Dates that are not known start none.
pub fn clocks(accident: Option<NaiveDate>, claim: Option<NaiveDate>) -> Vec<Clock> {
    let mut all = Vec::new();
    if let Some(claim) = claim {
        // Compensators tell the Compensation Recovery Unit within 14 days of the claim.
        all.extend(claim.checked_add_days(Days::new(14)).map(|due| Clock {
            what: "Register with the Compensation Recovery Unit",
            source: "Social Security (Recovery of Benefits) Regulations 1997, reg. 3",
            due: next_working_day(due),
        }));
        all.push(Clock {
            what: "Answer on liability",
            source: "RTA small claims protocol: 30 working days from the claim",
            due: after_working_days(claim, 30),
        });
    }
    if let Some(due) = accident.and_then(|day| day.checked_add_months(Months::new(36))) {
        all.push(Clock {
            what: "Limitation: proceedings must have begun",
            source: "Limitation Act 1980, s.11: three years from the accident or the date of knowledge",
            due,
        });
    }
    all.sort_by_key(|clock| clock.due);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn clocks_run_from_the_accident_and_the_claim() {
        let all = clocks(Some(day("2024-02-29")), Some(day("2026-12-18")));
        let due: Vec<_> = all.iter().map(|c| c.due.to_string()).collect();
        // 1 January is a holiday and 2 January 2027 a Saturday; Christmas and New Year are no working days.
        assert_eq!(due, ["2027-01-04", "2027-02-03", "2027-02-28"].map(str::to_owned));
        assert!(clocks(None, None).is_empty());
    }
}
