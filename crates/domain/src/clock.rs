//! The clocks of a claim: by when something has to be done, by law or by the protocol.

use chrono::{Days, Months, NaiveDate};

use crate::calendar::{after_working_days, next_working_day};

/// A clock with its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The stored name.
    pub key: &'static str,
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
            key: "register",
            what: "Register with the Compensation Recovery Unit",
            source: "Social Security (Recovery of Benefits) Regulations 1997, reg. 3",
            due: next_working_day(due),
        }));
        all.push(Clock {
            key: "answer",
            what: "Answer on liability",
            source: "RTA small claims protocol: 30 working days from the claim",
            due: after_working_days(claim, 30),
        });
    }
    if let Some(due) = accident.and_then(|day| day.checked_add_months(Months::new(36))) {
        all.push(Clock {
            key: "limitation",
            what: "Limitation: proceedings must have begun",
            source: "Limitation Act 1980, s.11: three years from the accident or the date of knowledge",
            due,
        });
    }
    all.sort_by_key(|clock| clock.due);
    all
}

/// The day from which a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    FromAccident,
    FromClaim,
}

/// By clock: of which claims it has run out by a day, namely those whose day is this one or an earlier one.
pub fn run_out_by(day: NaiveDate) -> Vec<(&'static str, Runs, NaiveDate)> {
    let latest = |start: NaiveDate, due: &dyn Fn(NaiveDate) -> Option<NaiveDate>| {
        let mut anchor = start;
        // A clock never runs backwards, and never longer than some weeks beyond its start here.
        while due(anchor).is_some_and(|due| due > day) {
            anchor = anchor.pred_opt()?;
        }
        Some(anchor)
    };
    let of = |key: &'static str, runs: Runs, start: Option<NaiveDate>| {
        let due = move |anchor: NaiveDate| {
            let (accident, claim) = match runs {
                Runs::FromAccident => (Some(anchor), None),
                Runs::FromClaim => (None, Some(anchor)),
            };
            clocks(accident, claim).into_iter().find(|clock| clock.key == key).map(|clock| clock.due)
        };
        Some((key, runs, latest(start?, &due)?))
    };
    let years_ago = day.checked_sub_months(Months::new(36)).and_then(|d| d.checked_add_days(Days::new(3)));
    [
        of("register", Runs::FromClaim, Some(day)),
        of("answer", Runs::FromClaim, Some(day)),
        of("limitation", Runs::FromAccident, years_ago),
    ]
    .into_iter()
    .flatten()
    .collect()
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

    #[test]
    fn what_has_run_out_is_told_by_the_day_from_which_it_ran() {
        for today in ["2026-01-02", "2026-11-29", "2027-02-28", "2028-02-29"].map(day) {
            for (key, runs, latest) in run_out_by(today) {
                let due = |anchor: NaiveDate| {
                    let all = match runs {
                        Runs::FromAccident => clocks(Some(anchor), None),
                        Runs::FromClaim => clocks(None, Some(anchor)),
                    };
                    all.into_iter().find(|clock| clock.key == key).unwrap().due
                };
                assert!(due(latest) <= today && due(latest.succ_opt().unwrap()) > today, "{key} {today}");
            }
            assert_eq!(run_out_by(today).len(), 3);
        }
    }
}
