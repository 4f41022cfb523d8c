//! Claims that say the same: copies are no independent evidence, and an interval counts them once.

use std::collections::BTreeMap;

/// The number of what is the same, counted from nil as it comes.
#[derive(Debug)]
pub(crate) struct Copies<K>(BTreeMap<K, i64>);

impl<K: Ord> Copies<K> {
    pub fn new() -> Copies<K> {
        Copies(BTreeMap::new())
    }

    pub fn of(&mut self, key: K) -> i64 {
        let next = self.0.len() as i64;
        *self.0.entry(key).or_insert(next)
    }
}

/// The group of each of these.
pub(crate) fn groups<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<i64> {
    let mut copies = Copies::new();
    keys.map(|key| copies.of(key)).collect()
}
