//! A finding of a fairness report, until it is closed: found → intervention (owner, due date) → retest → closed, or its risk
//! accepted until a day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Found,
    Intervention,
    Retest,
    Closed,
    Accepted,
}

impl State {
    pub const ALL: [State; 5] = [State::Found, State::Intervention, State::Retest, State::Closed, State::Accepted];

    pub const fn key(self) -> &'static str {
        match self {
            State::Found => "found",
            State::Intervention => "intervention",
            State::Retest => "retest",
            State::Closed => "closed",
            State::Accepted => "accepted",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            State::Found => "To be answered",
            State::Intervention => "Being mended",
            State::Retest => "To be tested again",
            State::Closed => "Closed",
            State::Accepted => "Risk accepted",
        }
    }

    pub fn from_key(key: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.key() == key)
    }

    /// What can follow.
    pub const fn may_become(self, next: State) -> bool {
        use State as S;
        matches!(
            (self, next),
            (S::Found, S::Intervention | S::Accepted)
                | (S::Intervention, S::Retest | S::Accepted)
                | (S::Accepted, S::Intervention)
        )
    }

    /// How it stands after another report: whether that found it again. What nobody has answered stays; what was to be
    /// tested again is closed by a clean report and comes back by another; a closed one that is found again is found, and so
    /// is one whose risk was accepted until a day that has passed. A clean report closes that one then.
    pub const fn after_report(self, again: bool, expired: bool) -> State {
        match (self, again) {
            (State::Retest, false) => State::Closed,
            (State::Retest | State::Closed, true) => State::Found,
            (State::Accepted, true) if expired => State::Found,
            (State::Accepted, false) if expired => State::Closed,
            (state, _) => state,
        }
    }
}

/// A difference of errors between groups that is a finding: beyond chance, and large enough to matter.
///
/// `p`: of the residuals' distributions, corrected for the number of groups. `gap`: the group's mean signed error less
/// that of the others, with its 95% interval, in pounds. `mean`: what claims settle for on average, in pounds.
pub fn is_finding(p: f64, (gap, low, high): (f64, f64, f64), mean: f64) -> bool {
    const SIGNIFICANT: f64 = 0.01;
    const POUNDS: f64 = 25.0;
    const SHARE: f64 = 0.05;
    p < SIGNIFICANT && gap.abs() >= POUNDS.max(SHARE * mean) && (low > 0.0 || high < 0.0)
}

/// Fewer rows are not shown, and fewer are not judged.
pub const SHOWN: usize = 10;
pub const JUDGED: usize = 50;

/// Whether a day until which a risk is accepted has passed.
pub fn has_expired(until: Option<NaiveDate>, today: NaiveDate) -> bool {
    until.is_some_and(|until| today > until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_beyond_chance_and_large_and_certain() {
        assert!(is_finding(0.001, (80.0, 30.0, 130.0), 1_000.0));
        assert!(!is_finding(0.02, (80.0, 30.0, 130.0), 1_000.0), "chance");
        assert!(!is_finding(0.001, (20.0, 10.0, 30.0), 300.0), "less than £25");
        assert!(!is_finding(0.001, (40.0, 10.0, 70.0), 1_000.0), "less than 5%");
        assert!(!is_finding(0.001, (80.0, -5.0, 160.0), 1_000.0), "it may be nil");
        assert!(is_finding(0.001, (-80.0, -130.0, -30.0), 1_000.0), "too little predicted counts as well");
    }

    #[test]
    fn findings_go_their_way_and_come_back() {
        use State::{Accepted, Closed, Found, Intervention, Retest};
        assert!(Found.may_become(Intervention) && Intervention.may_become(Retest) && Found.may_become(Accepted));
        assert!(!Found.may_become(Closed) && !Retest.may_become(Closed), "only a report closes one");
        assert_eq!(Retest.after_report(false, false), Closed);
        assert_eq!(Retest.after_report(true, false), Found);
        assert_eq!(Closed.after_report(true, false), Found);
        assert_eq!((Found.after_report(false, false), Intervention.after_report(true, false)), (Found, Intervention));
        assert_eq!(Accepted.after_report(true, false), Accepted);
        assert_eq!(
            (Accepted.after_report(true, true), Accepted.after_report(false, true)),
            (Found, Closed),
            "its day is over"
        );
    }
}
