//! Work that is put off, as administrators see it.

use domain::id::JobId;
use serde::{Deserialize, Serialize};

use crate::table::Tone;
use crate::when::Instant;

/// Which jobs, as it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsFilter {
    /// `waiting`, `running`, `failed`, `done`, `cancelled`; empty for all.
    #[serde(default)]
    pub state: String,
    /// The last job of the page before.
    #[serde(default)]
    pub after: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobsView {
    pub jobs: Vec<JobView>,
    /// How many there are of each state.
    pub counts: Vec<(String, u64)>,
    /// What runs by itself; only our own administrators see it.
    pub schedules: Vec<ScheduleView>,
    /// The last job of this page, where there are more.
    pub older: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    pub id: JobId,
    pub label: String,
    /// A company's name; empty for what concerns the installation.
    pub about: String,
    pub asked_by: String,
    pub asked_at: Instant,
    /// When it runs next.
    pub due_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    pub attempt: u32,
    pub attempts: u32,
    pub standing: String,
    pub tone: Tone,
    /// How much is done, and of how much.
    pub progress: Option<(u64, u64)>,
    /// What came of it, or why it failed.
    pub words: String,
    pub may_cancel: bool,
    pub may_run_again: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleView {
    pub label: String,
    /// When it runs, in words.
    pub times: String,
    pub next_at: Instant,
    pub last_at: Option<Instant>,
    /// Why the last tick was left out; empty where it was not.
    pub skipped: String,
}
