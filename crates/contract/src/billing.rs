//! Prices, usage, invoices, revenue.

use domain::Money;
use domain::id::{CompanyId, InvoiceId};
use serde::{Deserialize, Serialize};

use crate::page::Part;
use crate::table::Tone;
use crate::when::{Day, Instant};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceLineView {
    /// Why it is charged.
    pub kind: String,
    pub description: String,
    /// `1 to 31 October 2026`.
    pub days: String,
    pub quantity: i64,
    pub unit_price: String,
    pub net: Money,
    pub tax_rate: String,
    /// How the amount came about, a sentence a step.
    pub explanation: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceView {
    pub id: InvoiceId,
    pub company_id: CompanyId,
    /// `Invoice`, `Credit note`, `Late payment charge`.
    pub kind: String,
    pub number: Option<String>,
    pub status: String,
    pub status_label: String,
    pub status_tone: Tone,
    pub supplier: Vec<String>,
    pub customer: Vec<String>,
    /// `October 2026`, or the days.
    pub period_words: String,
    pub period_from: Day,
    /// The last day, inclusive.
    pub period_to: Day,
    pub issued_on: Option<Day>,
    pub due_on: Option<Day>,
    /// Since when nothing of it is owed.
    pub settled_on: Option<Day>,
    /// What it corrects: number and address.
    pub corrects: Option<(String, String)>,
    pub reason: String,
    pub po_number: String,
    pub lines: Vec<InvoiceLineView>,
    pub net: Money,
    pub vat: Money,
    pub gross: Money,
    /// What is still owed; nothing of what is not owed.
    pub open: Option<Money>,
    pub prepared_by: String,
    pub prepared_at: Instant,
    pub approved_by: Option<String>,
    pub flags: Vec<String>,
    pub may_submit: bool,
    pub may_approve: bool,
    pub may_issue: bool,
    pub may_discard: bool,
    /// What was paid and credited, and what may be done about it.
    pub parts: Vec<Part>,
}

/// What became of a month's drafts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftingView {
    /// `October 2026`.
    pub month: String,
    pub under_way: u64,
    pub done: u64,
    /// Company and what to mend.
    pub failed: Vec<(String, String)>,
}
