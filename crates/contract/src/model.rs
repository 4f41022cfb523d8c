//! Model versions, validation, deployment.

use domain::id::ModelId;
use serde::{Deserialize, Serialize};

use crate::page::Chart;
use crate::table::Table;
use crate::when::Instant;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckView {
    pub name: String,
    pub passed: bool,
    /// It was not run, because an earlier one failed.
    #[serde(default)]
    pub not_run: bool,
    pub detail: String,
}

/// A metric with the words that say what it is and how it was obtained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricView {
    pub name: String,
    pub value: String,
    pub hint: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelView {
    pub id: ModelId,
    pub name: String,
    pub version: i32,
    pub family: String,
    /// How its predictions are explained.
    pub explained: String,
    /// The crates that read it; empty for this release itself.
    pub library: String,
    pub author: String,
    pub notes: String,
    pub bundle_hash: String,
    pub size_bytes: i64,
    pub uploaded_by: String,
    pub uploaded_at: Instant,
    /// Whose predictions it makes now: `all companies`, an insurer's name, or nobody's.
    pub serving: Vec<String>,
    pub checks: Vec<CheckView>,
    pub metrics: Vec<MetricView>,
    /// On how many claims the figures rest, in words.
    pub measured_on: String,
    pub features: Vec<String>,
    /// Pictures of how good it is, each with the table of the same figures.
    pub report: Vec<Chart>,
    /// The same figures by groups of people.
    pub fairness: Vec<Chart>,
    /// Deployments of this version, newest first.
    pub history: Table,
    pub may_deploy: bool,
}

/// The registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelsView {
    pub table: Table,
    /// What serves now, in words.
    pub serving: Option<String>,
    /// The version a roll-back would return to.
    pub previous: Option<(ModelId, String)>,
    pub choices: Vec<(ModelId, String)>,
    pub may_upload: bool,
}

/// Two versions side by side on the same claims.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub left: String,
    pub right: String,
    pub metrics: Table,
    pub claims: Table,
    pub words: String,
    /// Said where the figures of training rest on different claims.
    pub measured_on: Option<String>,
}

/// What an upload brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadOutcome {
    pub model_id: Option<ModelId>,
    pub checks: Vec<CheckView>,
    pub message: String,
}
