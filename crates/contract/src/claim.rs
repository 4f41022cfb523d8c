//! Claims, predictions, decisions.

use std::collections::BTreeMap;

use domain::Money;
use domain::id::{ClaimId, DecisionId, PredictionId, SavedViewId};
use domain::policy::Role;
use domain::settlement::{ClaimStatus, DecisionKind};
use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::page::{Form, Part};
use crate::table::Table;
use crate::when::Instant;

/// A claim as it is typed: texts by field name, so that nothing typed is lost when it is wrong.
/// Field names are those of the API; heads carry pounds under their key, such as `special_therapy`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimInput {
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// What the form was given when it was opened: sent twice, it is one claim.
    #[serde(default)]
    pub token: String,
}

impl ClaimInput {
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |v| v.trim())
    }
}

/// Filters of the claims list, as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimFilter {
    #[serde(default)]
    pub search: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub accident_type: String,
    /// ISO dates, both inclusive.
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    /// Only claims decided on this day or later.
    #[serde(default)]
    pub decided_from: String,
    /// `true`: only claims the caller entered; `decided`: only those they decided.
    #[serde(default)]
    pub whose: String,
    #[serde(default)]
    pub sort: String,
    #[serde(default)]
    pub page: u64,
}

impl ClaimFilter {
    /// As an address says it; `read` gives the parameter of a name, empty where there is none.
    pub fn read(read: impl Fn(&str) -> String) -> ClaimFilter {
        ClaimFilter {
            search: read("search"),
            status: read("status"),
            accident_type: read("accident_type"),
            from: read("from"),
            to: read("to"),
            decided_from: read("decided_from"),
            whose: read("mine"),
            sort: read("sort"),
            page: read("page").parse().unwrap_or(1),
        }
    }
}

/// A claim as the list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    pub id: ClaimId,
    pub number: String,
    pub reference: Option<String>,
    pub accident: Option<String>,
    pub prognosis_months: Option<u8>,
    pub claimed: Money,
    pub predicted: Option<Money>,
    pub settled: Option<Money>,
    pub status: ClaimStatus,
    pub entered_at: Instant,
}

/// A page of the claims list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimsPage {
    pub rows: Vec<ClaimRow>,
    /// Past [`crate::table::MOST_LISTED`] it says no more than "over" so many.
    pub total: u64,
    /// First page is 1.
    pub page: u64,
    pub pages: u64,
    pub may_flag: bool,
    pub may_enter: bool,
}

/// A view of the claims list that a person saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: SavedViewId,
    pub name: String,
    /// The list's address behind its `?`.
    pub query: String,
}

/// A claim that a few letters name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundClaim {
    /// What was asked: an answer that comes late is told from the one that is waited for.
    pub asked: String,
    pub number: String,
    pub href: String,
    /// Reference, amount and standing.
    pub words: String,
}

/// A bar of the waterfall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContributionView {
    pub feature: String,
    pub label: String,
    pub amount: Money,
}

/// A prediction as shown: amount, range, explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictionView {
    /// `None` for a what-if, which is not stored.
    pub id: Option<PredictionId>,
    pub amount: Money,
    pub lower: Money,
    pub upper: Money,
    /// Share of similar claims that settle within the range, in percent.
    pub level_percent: u8,
    /// On which side the other claims settled, in a sentence; `None` where the model does not know.
    pub outside: Option<String>,
    pub base: Money,
    pub contributions: Vec<ContributionView>,
    pub tariff: TariffView,
    pub model_name: String,
    pub model_version: i32,
    pub at: Instant,
    /// The waterfall drawn by plotters, as SVG text.
    pub waterfall_svg: String,
}

/// What the law gives for the injury alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffView {
    pub amount: Option<Money>,
    /// A sentence that says which table applies, or why none does.
    pub words: String,
    /// Said where another sum is claimed as the tariff than the law gives.
    pub remark: Option<String>,
}

/// Settled claims that resemble the one shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SimilarClaims {
    /// Those whose true outcome is known first, then the most similar.
    pub claims: Table,
    /// What they settled for, and what the others are, in words.
    pub spread: Option<String>,
}

/// The claim with one thing otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlternativeView {
    /// Ends a sentence that begins with the amount.
    pub change: String,
    pub amount: Money,
    /// Less the prediction as it is.
    pub difference: Money,
    pub lower: Money,
    pub upper: Money,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionView {
    pub id: DecisionId,
    pub kind: DecisionKind,
    pub amount: Money,
    pub reason: String,
    pub note: String,
    pub by: String,
    pub at: Instant,
    /// Seconds in which the viewer may still undo it.
    pub undo_seconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewView {
    pub reason: String,
    pub flagged_by: String,
    pub flagged_at: Instant,
    /// What the manager answered, by whom and when.
    pub answer: Option<(String, String, Instant)>,
}

/// A step in the life of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    pub at: Instant,
    pub who: String,
    pub what: String,
}

/// One fact in words; an empty value where it is not stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactView {
    pub label: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadView {
    pub key: String,
    pub label: String,
    pub general: bool,
    pub claimed: Option<Money>,
}

/// The claim page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimView {
    pub id: ClaimId,
    pub number: String,
    pub reference: String,
    pub status: ClaimStatus,
    /// `None` where nobody has said.
    pub whiplash: Option<bool>,
    pub medical_report: bool,
    pub facts: Vec<FactView>,
    pub heads: Vec<HeadView>,
    pub total: Money,
    pub prognosis_months: Option<u8>,
    pub psychological: Option<bool>,
    pub exceptional: Option<bool>,
    pub prediction: Option<PredictionView>,
    /// Why there is no prediction, when there is none.
    pub no_prediction: Option<String>,
    pub similar: SimilarClaims,
    /// What would change the prediction, by the model that made it; the largest difference first.
    pub alternatives: Vec<AlternativeView>,
    /// What is to be known before the amount is taken: the claim is unlike any the model has seen, less is claimed or asked.
    pub remarks: Vec<String>,
    pub decision: Option<DecisionView>,
    /// What it finally settled for, where that is known.
    pub outcome: Option<Money>,
    pub review: Option<ReviewView>,
    pub timeline: Vec<TimelineEntry>,
    /// What stands beside the prediction: offers, the diary, assessed heads, a bookmark, a contest.
    pub parts: Vec<Part>,
    /// In the place of the prediction: one's own estimate is asked for first.
    pub estimate: Option<Form>,
    /// Where else one goes from here: label and address.
    pub links: Vec<(String, String)>,
    /// Its documents, the oldest first.
    pub documents: Table,
    /// Whether the one who looks may add a document.
    pub may_add: bool,
    pub entered_by: String,
    pub entered_at: Instant,
    /// Whether the one who looks may decide now.
    pub may_decide: bool,
    pub may_flag: bool,
    /// Managers who may be asked for a review in particular: ids and names.
    pub reviewers: Vec<(String, String)>,
    pub viewer_role: Option<Role>,
    /// Number and address of the claim to decide next.
    pub next: Option<(String, String)>,
}

/// A changed head or prognosis, to see what the model would say. Nothing is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    pub claim_id: String,
    /// Field name to text, as in [`ClaimInput`]; only what was changed.
    #[serde(default)]
    pub changes: BTreeMap<String, String>,
}

/// What a draft comes to as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSums {
    /// The heads that can be read.
    pub total: Money,
    /// The law's amount for the injury, in words; empty until date and prognosis are there.
    pub tariff: String,
    /// Said where another sum is claimed as the tariff.
    pub remark: Option<String>,
}

/// A saved draft.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftView {
    pub input: ClaimInput,
    pub saved_at: Option<Instant>,
    pub errors: Vec<FieldError>,
    /// For [`ClaimInput::token`].
    pub token: String,
    pub sums: DraftSums,
    /// What came before the claim; saved with it.
    pub documents: Table,
}
