//! What the hands of this process are at: slow work leaves a hand free for the rest, and companies take turns.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::CompanyId;

/// Whether slow work is under way, and for which companies the last jobs were begun.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    slow: bool,
    /// The last one at the end; each once.
    served: VecDeque<String>,
}

/// So many companies are remembered; who waits longer than that was served longest ago all the same.
const REMEMBERED: usize = 50;

/// The place of slow work: free again when this is dropped.
pub struct Slow(UnderWay);

impl UnderWay {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of slow work, of which there is one in a process; `None` where it is taken.
    pub fn take_slow(&self) -> Option<Slow> {
        let mut state = self.state();
        (!std::mem::replace(&mut state.slow, true)).then(|| Slow(self.clone()))
    }

    /// The companies for which jobs were begun lately, the last one at the end.
    pub fn served(&self) -> Vec<String> {
        self.state().served.iter().cloned().collect()
    }

    pub fn serves(&self, company: Option<CompanyId>) {
        let Some(company) = company.map(|id| id.to_string()) else { return };
        let mut state = self.state();
        state.served.retain(|other| *other != company);
        state.served.push_back(company);
        if state.served.len() > REMEMBERED {
            state.served.pop_front();
        }
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.0.state().slow = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hand_at_a_time_does_slow_work() {
        let work = UnderWay::default();
        let place = work.take_slow();
        assert!(place.is_some() && work.take_slow().is_none());
        drop(place);
        assert!(work.take_slow().is_some());
    }

    #[test]
    fn who_was_served_last_stands_at_the_end() {
        let work = UnderWay::default();
        let company = |n: u8| format!("com_019a969e49327bae9ed3b3141951359{n}").parse::<CompanyId>().unwrap();
        for n in [1, 2, 3, 1] {
            work.serves(Some(company(n)));
        }
        work.serves(None);
        assert_eq!(work.served(), [2, 3, 1].map(|n| company(n).to_string()));
    }
}
