//! How much is under way at once in this process: of each caller, of each company, and in all. One company's callers
//! together leave room for others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contract::ErrorKind;

use crate::{Ctx, Error, Result};

/// Turns of one kind of work.
#[derive(Clone)]
pub struct Turns {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    /// As a refusal calls it: "uploads".
    what: &'static str,
    each: usize,
    company: usize,
    most: usize,
}

impl Turns {
    /// So many of each caller, of each company, and in all.
    pub fn new(what: &'static str, each: usize, company: usize, most: usize) -> Turns {
        Turns { taken: Arc::default(), what, each, company, most }
    }

    /// A place for whoever asks, until it is dropped.
    ///
    /// # Errors
    ///
    /// Where the caller, their company, or all together have as many as there are.
    pub fn take(&self, ctx: &Ctx) -> Result<Turn> {
        let company = ctx.caller.company.map(|id| id.to_string()).unwrap_or_default();
        self.take_for(ctx.caller.actor.name(), company)
    }

    fn take_for(&self, caller: String, company: String) -> Result<Turn> {
        let refused = |words: String| Err(Error::refused(ErrorKind::TooMany, words));
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |name: &str| taken.get(name).copied().unwrap_or_default();
        if of(&caller) >= self.each {
            return refused(format!(
                "{} {} of yours are under way: wait until one of them is done.",
                self.each, self.what
            ));
        }
        if of(&company) >= self.company || of(ALL) >= self.most {
            return refused(format!("Too many {} are under way just now: try again in a moment.", self.what));
        }
        let names = [caller, company, ALL.to_owned()];
        for name in &names {
            *taken.entry(name.clone()).or_default() += 1;
        }
        Ok(Turn { turns: self.clone(), names })
    }
}

/// The name under which all are counted; no id is called so.
const ALL: &str = "all";

/// One of them; it is over when this is dropped.
pub struct Turn {
    turns: Turns,
    names: [String; 3],
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        for name in &self.names {
            if let Some(count) = taken.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    taken.remove(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_free_again_when_it_is_over() {
        let turns = Turns::new("uploads", 2, 3, 4);
        let take = |caller: &str, company: &str| turns.take_for(caller.into(), company.into());
        let (first, second) = (take("a", "x").unwrap(), take("a", "x").unwrap());
        assert!(take("a", "x").is_err());
        let third = take("b", "x").unwrap();
        assert!(take("c", "x").is_err(), "a company has as many as it has");
        let fourth = take("d", "y").unwrap();
        assert!(take("e", "z").is_err(), "all together have as many as there are");
        drop((first, second, third, fourth));
        assert!(take("a", "x").is_ok() && take("c", "x").is_ok());
    }
}
