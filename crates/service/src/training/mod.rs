//! Retraining: what is known of claims is taken together, checked, learnt from, and compared with the model that serves.
//! What is better becomes a candidate, a version that waits for approval; it is never deployed by itself (story 25).

pub mod checks;
pub mod collect;
pub(crate) mod page;
pub mod plan;
pub mod run;

pub use plan::{NOW, PLAN, STOP, UNPLAN};

use domain::ClaimFacts;
use ml::families::Family;
use serde::{Deserialize, Serialize};

/// A claim to learn from, without names, references and free texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    pub facts: ClaimFacts,
    /// Pence.
    pub settlement: i64,
    /// Audited for fairness, never learnt from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver_age: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
}

/// What to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    pub family: Family,
    pub name: String,
    pub author: String,
    pub notes: String,
    /// RFC 3339.
    pub created: String,
    /// SHA-256 of what is learnt from, in hexadecimal.
    pub data: String,
    pub seed: u64,
}

impl Wanted {
    /// Trains here, in this process and on this thread and as many others as there are cores.
    ///
    /// # Errors
    ///
    /// In words, where there is too little to learn from or the fit fails.
    pub fn train(&self, examples: &[Example], progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Vec<u8>, String> {
        let rows = examples.iter().enumerate().map(|(i, e)| ml::data::ParsedRow {
            line: i as u64 + 1,
            facts: e.facts.clone(),
            protected: ml::data::Protected { driver_age: e.driver_age, gender: e.gender.clone() },
            settlement: Some(domain::Money::from_pence(e.settlement)),
        });
        let file = ml::data::ParsedFile { rows: rows.collect(), problems: Vec::new() };
        let sample = ml::train::Sample::of(&file);
        drop(file);
        let order = ml::train::Order {
            family: self.family,
            explanation: ml::explain::Game::default(),
            method: ml::interval::Method::default(),
            name: self.name.clone(),
            author: self.author.clone(),
            release_notes: self.notes.clone(),
            created: self.created.clone(),
            data_sha256: self.data.clone(),
            seed: self.seed,
        };
        ml::train::train(&sample, &order, progress).map(|trained| trained.bundle).map_err(|e| e.to_string())
    }
}
