//! How many uploads or downloads are under way at once in this process, of each caller and in all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contract::ErrorKind;

use crate::{Error, Result};

/// Turns of one kind of work.
#[derive(Clone)]
pub struct Turns {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    /// As a refusal calls it: "uploads".
    what: &'static str,
    each: usize,
    most: usize,
}

impl Turns {
    pub fn new(what: &'static str, each: usize, most: usize) -> Turns {
        Turns { taken: Arc::default(), what, each, most }
    }

    /// A place among those of whoever asks, until it is dropped.
    ///
    /// # Errors
    ///
    /// Where the caller, or all callers together, have as many as there are.
    pub fn take(&self, name: &str) -> Result<Turn> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(name).copied().unwrap_or_default();
        if own >= self.each {
            let words = format!("{} {} of yours are under way: wait until one of them is done.", self.each, self.what);
            return Err(Error::refused(ErrorKind::TooMany, words));
        }
        if taken.values().sum::<usize>() >= self.most {
            let words = format!("Too many {} are under way just now: try again in a moment.", self.what);
            return Err(Error::refused(ErrorKind::TooMany, words));
        }
        taken.insert(name.to_owned(), own + 1);
        Ok(Turn { turns: self.clone(), name: name.to_owned() })
    }
}

/// One of them; it is over when this is dropped.
pub struct Turn {
    turns: Turns,
    name: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.name) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_free_again_when_it_is_over() {
        let turns = Turns::new("uploads", 2, 3);
        let (first, _second) = (turns.take("a").unwrap(), turns.take("a").unwrap());
        assert!(turns.take("a").is_err());
        let third = turns.take("b").unwrap();
        assert!(turns.take("c").is_err(), "all together have as many as there are");
        drop((first, third));
        assert!(turns.take("a").is_ok() && turns.take("c").is_ok());
    }
}
