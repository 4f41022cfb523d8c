//! Trying a version beside the one that serves: first in the shadow, where nobody sees what it says, then with a share of
//! the claims. Whatever is done by itself takes exposure away; more of it is a person's act.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is asked after the answer is given; what it says is kept apart.
    Shadow,
    /// It answers a share of the claims.
    Canary,
}

impl Stage {
    pub const fn key(self) -> &'static str {
        match self {
            Stage::Shadow => "shadow",
            Stage::Canary => "canary",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Stage::Shadow => "In the shadow",
            Stage::Canary => "Canary",
        }
    }

    pub fn from_key(key: &str) -> Option<Stage> {
        [Stage::Shadow, Stage::Canary].into_iter().find(|s| s.key() == key)
    }
}

/// The shares of a canary in basis points, each only after the one before.
pub const SHARES: [i32; 3] = [500, 2_500, 5_000];

/// The share that may follow; `None` after the last.
pub fn next_share(stage: Stage, share: i32) -> Option<i32> {
    match stage {
        Stage::Shadow => Some(SHARES[0]),
        Stage::Canary => SHARES.into_iter().find(|s| *s > share),
    }
}

/// Places that claims fall into, evenly: below the share, the version on trial answers.
pub const PLACES: u16 = 10_000;

/// The numbers of paired outcomes at which a trial is looked at: a gain of 5% is seen by one of the two. Each look has half
/// of the error, so that both together have 5%.
pub const LOOKS: [usize; 2] = [530, 1_600];
/// The share of bootstrap draws that the interval of a look holds.
pub const LOOK_LEVEL: f64 = 0.975;

/// The look that is due with so many pairs, where so many looks were taken.
pub fn look_due(pairs: usize, taken: usize) -> Option<usize> {
    LOOKS.get(taken).copied().filter(|n| pairs >= *n)
}

/// A trial that has said nothing by then is ended.
pub const LONGEST: Duration = Duration::days(90);

pub fn is_over(started: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - started >= LONGEST
}

/// What an arm of a canary came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Arm {
    /// Claims that it was asked of, and those that it could not answer.
    pub asked: u64,
    pub failed: u64,
    /// Microseconds, of the slowest of twenty.
    pub p95: f64,
    pub decided: u64,
    pub overridden: u64,
}

/// Fewer say nothing.
const FEWEST: u64 = 200;
const FEWEST_DECIDED: u64 = 100;

/// Why a canary is ended at once: it fails, it is slow, or people do not take what it says. How near it is comes too late to
/// guard anybody.
pub fn breach(champion: Arm, canary: Arm) -> Option<String> {
    let share = |part: u64, of: u64| part as f64 / of.max(1) as f64;
    let failing = share(canary.failed, canary.asked);
    if canary.asked >= FEWEST && failing > 0.005 {
        return Some(format!("it could not answer {:.1}% of {} claims", 100.0 * failing, canary.asked));
    }
    if canary.asked >= FEWEST && champion.asked >= FEWEST && canary.p95 > 2.0 * champion.p95 && canary.p95 > 5_000.0 {
        return Some(format!(
            "it is slow: {:.1} ms against {:.1} ms for one claim in twenty",
            canary.p95 / 1_000.0,
            champion.p95 / 1_000.0
        ));
    }
    let (own, other) = (share(canary.overridden, canary.decided), share(champion.overridden, champion.decided));
    if canary.decided >= FEWEST_DECIDED && champion.decided >= FEWEST_DECIDED {
        let all = share(canary.overridden + champion.overridden, canary.decided + champion.decided);
        let deviation =
            (all * (1.0 - all) * (1.0 / canary.decided as f64 + 1.0 / champion.decided as f64)).sqrt().max(1e-9);
        if own - other > 0.05 && (own - other) / deviation > 3.0 {
            return Some(format!(
                "people override {:.0}% of what it says, and {:.0}% of what the other says",
                100.0 * own,
                100.0 * other
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_grows_in_steps() {
        assert_eq!(next_share(Stage::Shadow, 0), Some(500));
        assert_eq!(next_share(Stage::Canary, 500), Some(2_500));
        assert_eq!(next_share(Stage::Canary, 2_500), Some(5_000));
        assert_eq!(next_share(Stage::Canary, 5_000), None);
    }

    #[test]
    fn looks_come_at_their_numbers_and_once() {
        assert_eq!(look_due(529, 0), None);
        assert_eq!(look_due(530, 0), Some(530));
        assert_eq!(look_due(1_599, 1), None);
        assert_eq!(look_due(5_000, 1), Some(1_600));
        assert_eq!(look_due(9_999, 2), None);
    }

    #[test]
    fn what_fails_or_is_slow_or_is_not_taken_is_ended() {
        let fine = Arm { asked: 1_000, failed: 0, p95: 900.0, decided: 500, overridden: 100 };
        assert_eq!(breach(fine, fine), None);
        assert!(breach(fine, Arm { failed: 6, ..fine }).unwrap().contains("could not answer"));
        assert_eq!(breach(fine, Arm { failed: 5, ..fine }), None);
        assert_eq!(breach(fine, Arm { asked: 50, failed: 25, ..Arm::default() }), None, "too few");
        assert!(breach(Arm { p95: 4_000.0, ..fine }, Arm { p95: 9_000.0, ..fine }).unwrap().contains("slow"));
        assert_eq!(breach(fine, Arm { p95: 2_000.0, ..fine }), None, "two milliseconds harm nobody");
        assert!(breach(fine, Arm { overridden: 200, ..fine }).unwrap().contains("override"));
        assert_eq!(breach(fine, Arm { overridden: 120, ..fine }), None);
    }
}
