//! When a signal of drift becomes an alert, and when it ends: not judged → ok → watch → open → acknowledged → resolved, or
//! muted until a day. One window that looks odd alerts nobody; two in a row do, or one that is far off.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// What a window of claims says of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Too few claims.
    NotJudged,
    Clean,
    /// Beyond chance, and far enough to matter.
    Odd,
    /// So far that one window is enough.
    Severe,
}

/// The population stability index from which a difference beyond chance is watched, and from which it alerts at once.
pub const WATCHED: f64 = 0.1;
pub const SEVERE: f64 = 0.25;
/// The share of false alarms among all alarms.
pub const ALPHA: f64 = 0.05;

/// `adjusted`: the p-value over all signals of the window; `index`: the population stability index.
pub fn judge(adjusted: f64, index: f64) -> Judgement {
    if adjusted > ALPHA || index < WATCHED {
        Judgement::Clean
    } else if index >= SEVERE {
        Judgement::Severe
    } else {
        Judgement::Odd
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ok,
    Watch,
    Open,
    Acknowledged,
    Resolved,
    Muted,
}

impl State {
    pub const ALL: [State; 6] =
        [State::Ok, State::Watch, State::Open, State::Acknowledged, State::Resolved, State::Muted];

    pub const fn key(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Watch => "watch",
            State::Open => "open",
            State::Acknowledged => "acknowledged",
            State::Resolved => "resolved",
            State::Muted => "muted",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            State::Ok => "OK",
            State::Watch => "Watched",
            State::Open => "Open",
            State::Acknowledged => "Acknowledged",
            State::Resolved => "Resolved",
            State::Muted => "Muted",
        }
    }

    pub fn from_key(key: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.key() == key)
    }

    /// Whether somebody has to do something about it, or has said that they do.
    pub const fn stands(self) -> bool {
        matches!(self, State::Open | State::Acknowledged | State::Muted)
    }
}

/// A signal of one model at one company, over its windows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub state: State,
    /// Windows that said so since it opened.
    pub count: u32,
    /// Clean windows in a row since it opened.
    pub clean: u32,
    /// The furthest off that was seen since it opened.
    pub worst: f64,
    /// The furthest off that was told.
    pub told: f64,
    pub told_on: Option<NaiveDate>,
    /// The last day on which nothing is said of it.
    pub muted_until: Option<NaiveDate>,
}

impl Default for Standing {
    fn default() -> Standing {
        Standing { state: State::Ok, count: 0, clean: 0, worst: 0.0, told: 0.0, told_on: None, muted_until: None }
    }
}

/// Windows in a row that end an alert.
const CLEAN: u32 = 2;
/// How much further off it must be to be told again.
const WORSE: f64 = 1.5;
/// Days after which one that still stands is told again.
const AGAIN: u64 = 14;

/// What is told, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    Nothing,
    Opened,
    Worse,
    Still,
}

impl Standing {
    /// How it stands after another window, and what is told of it. `size`: how far off the window was.
    pub fn after(self, judgement: Judgement, size: f64, day: NaiveDate) -> (Standing, Tell) {
        let mut now = self;
        if now.state == State::Muted && now.muted_until.is_none_or(|until| day > until) {
            // What it says from here on is told as of any other.
            (now.state, now.muted_until) = (State::Open, None);
        }
        match (now.state, judgement) {
            (_, Judgement::NotJudged) => {}
            (State::Ok | State::Watch, Judgement::Clean) => now = Standing::default(),
            (State::Resolved, Judgement::Clean) => {}
            (State::Ok | State::Resolved, Judgement::Odd) => {
                now = Standing { state: State::Watch, count: 1, worst: size, ..Standing::default() };
            }
            (State::Watch, Judgement::Odd) | (State::Ok | State::Watch | State::Resolved, Judgement::Severe) => {
                let count = if now.state == State::Watch { now.count + 1 } else { 1 };
                let worst = if now.state == State::Watch { now.worst.max(size) } else { size };
                now = Standing { state: State::Open, count, worst, ..Standing::default() };
            }
            (State::Open | State::Acknowledged | State::Muted, Judgement::Odd | Judgement::Severe) => {
                (now.count, now.clean, now.worst) = (now.count + 1, 0, now.worst.max(size));
            }
            (State::Open | State::Acknowledged | State::Muted, Judgement::Clean) => {
                now.clean += 1;
                if now.clean >= CLEAN {
                    (now.state, now.muted_until) = (State::Resolved, None);
                }
            }
        }
        let tell = now.tells(day);
        if tell != Tell::Nothing {
            (now.told, now.told_on) = (now.worst, Some(day));
        }
        (now, tell)
    }

    fn tells(&self, day: NaiveDate) -> Tell {
        match (self.state, self.told_on) {
            (State::Open, None) => Tell::Opened,
            (State::Open | State::Acknowledged, Some(_)) if self.worst > self.told * WORSE => Tell::Worse,
            // Who has acknowledged it knows.
            (State::Open, Some(on)) if day >= on + Days::new(AGAIN) && self.clean == 0 => Tell::Still,
            _ => Tell::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Judgement::{Clean, NotJudged, Odd, Severe};

    /// Weeks one after another, from a Monday on: each state, and what was told.
    fn weeks(all: &[(Judgement, f64)]) -> Vec<(State, Tell)> {
        let mut standing = Standing::default();
        let monday = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let step = |(i, (judgement, size)): (usize, &(Judgement, f64))| {
            let (next, tell) = standing.after(*judgement, *size, monday + Days::new(7 * i as u64));
            standing = next;
            (next.state, tell)
        };
        all.iter().enumerate().map(step).collect()
    }

    fn states(all: &[Judgement]) -> Vec<State> {
        weeks(&all.iter().map(|j| (*j, 0.15)).collect::<Vec<_>>()).into_iter().map(|(state, _)| state).collect()
    }

    #[test]
    fn one_odd_window_is_watched_two_alert_and_a_severe_one_alerts_at_once() {
        use State::{Ok, Open, Watch};
        assert_eq!(states(&[Clean, Odd, Clean, Odd, Clean]), [Ok, Watch, Ok, Watch, Ok]);
        assert_eq!(states(&[Odd, Odd]), [Watch, Open]);
        assert_eq!(states(&[Severe]), [Open]);
        assert_eq!(states(&[Odd, NotJudged, Odd]), [Watch, Watch, Open], "a thin week says nothing");
    }

    #[test]
    fn a_flapping_signal_is_one_alert_that_is_told_each_fortnight() {
        let told = |all: &[(State, Tell)]| all.iter().filter(|(_, tell)| *tell != Tell::Nothing).count();
        let flapping = weeks(&[(Odd, 0.15), (Odd, 0.15), (Clean, 0.0), (Odd, 0.15), (Clean, 0.0), (Odd, 0.15)]);
        assert!(flapping[1..].iter().all(|(state, _)| *state == State::Open));
        // Opened, and again after each fourteen days in which it still stands.
        assert_eq!(told(&flapping), 3, "{flapping:?}");
        assert_eq!([flapping[1].1, flapping[3].1, flapping[5].1], [Tell::Opened, Tell::Still, Tell::Still]);
    }

    #[test]
    fn two_clean_windows_resolve_it_and_it_may_open_again() {
        use State::{Open, Resolved, Watch};
        assert_eq!(states(&[Severe, Clean, Clean, Clean, Odd, Odd]), [Open, Open, Resolved, Resolved, Watch, Open]);
    }

    #[test]
    fn what_gets_worse_is_told_again_also_to_who_acknowledged_it() {
        let day = |n: u64| NaiveDate::from_ymd_opt(2026, 3, 2).unwrap() + Days::new(n);
        let (opened, tell) = Standing::default().after(Severe, 0.3, day(0));
        assert_eq!(tell, Tell::Opened);
        let known = Standing { state: State::Acknowledged, ..opened };
        assert_eq!(known.after(Severe, 0.4, day(7)).1, Tell::Nothing, "not so much worse");
        let (worse, tell) = known.after(Severe, 0.5, day(7));
        assert_eq!((tell, worse.state), (Tell::Worse, State::Acknowledged));
        assert_eq!(worse.after(Severe, 0.5, day(60)).1, Tell::Nothing, "who acknowledged it knows");
    }

    #[test]
    fn nothing_is_said_of_what_is_muted_until_its_day_is_over() {
        let day = |n: u64| NaiveDate::from_ymd_opt(2026, 3, 2).unwrap() + Days::new(n);
        let (opened, _) = Standing::default().after(Severe, 0.3, day(0));
        let muted = Standing { state: State::Muted, muted_until: Some(day(14)), ..opened };
        let (still, tell) = muted.after(Severe, 0.9, day(14));
        assert_eq!((still.state, tell), (State::Muted, Tell::Nothing));
        let (again, tell) = still.after(Severe, 0.9, day(21));
        assert_eq!((again.state, tell), (State::Open, Tell::Worse));
        assert_eq!(muted.after(Clean, 0.0, day(7)).0.after(Clean, 0.0, day(14)).0.state, State::Resolved);
    }

    #[test]
    fn what_is_beyond_chance_and_small_is_nothing() {
        assert_eq!(judge(0.001, 0.05), Clean);
        assert_eq!(judge(0.2, 0.4), Clean);
        assert_eq!(judge(0.05, 0.1), Odd);
        assert_eq!(judge(0.01, 0.25), Severe);
    }
}
