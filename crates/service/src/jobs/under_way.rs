//! What the hands of this process are at: slow work leaves a hand free for the rest, and companies take turns.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::CompanyId;

use super::Kind;

/// The jobs under way, by kind, and for which company the last was begun.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    running: HashMap<&'static str, usize>,
    served: String,
}

/// A job that is being done; it is over when this is dropped.
pub struct Begun {
    work: UnderWay,
    kind: &'static str,
}

impl UnderWay {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process does as many of a kind as it does at once.
    pub fn is_full(&self, kind: &Kind) -> bool {
        kind.slow && self.state().running.get(kind.key).is_some_and(|count| *count > 0)
    }

    /// The company for which the last job was begun; empty where that was for none.
    pub fn served(&self) -> String {
        self.state().served.clone()
    }

    pub fn begun(&self, kind: &Kind, company: Option<CompanyId>) -> Begun {
        let mut state = self.state();
        *state.running.entry(kind.key).or_default() += 1;
        state.served = company.map(|id| id.to_string()).unwrap_or_default();
        Begun { work: self.clone(), kind: kind.key }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(count) = self.work.state().running.get_mut(self.kind) {
            *count = count.saturating_sub(1);
        }
    }
}
