//! Prices, usage, invoices, revenue.

use domain::Money;
use domain::id::{CompanyId, InvoiceId};
use serde::{Deserialize, Serialize};

use crate::table::Page;
use crate::when::{Day, Instant};

/// Terms as typed: what a company pays from a date on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TermsInput {
    #[serde(default)]
    pub company_id: String,
    /// Pounds a prediction, up to six decimal places.
    #[serde(default)]
    pub unit_price: String,
    /// Percent, up to two decimal places.
    #[serde(default)]
    pub tax_rate: String,
    /// Days to pay.
    #[serde(default)]
    pub payment_days: String,
    /// `monthly` or `quarterly`.
    #[serde(default)]
    pub cycle: String,
    #[serde(default)]
    pub effective_from: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoicesView {
    /// What became of the drafts that were ordered last, for whoever makes them.
    pub drafting: Option<DraftingView>,
    pub list: Page,
    /// Months whose drafts can be generated, newest first: `2026-10` and "October 2026".
    pub months: Vec<(String, String)>,
    pub may_manage: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceLineView {
    pub description: String,
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
    pub number: Option<String>,
    pub status: String,
    pub status_label: String,
    pub supplier: Vec<String>,
    pub customer: Vec<String>,
    pub period_from: Day,
    /// The last day, inclusive.
    pub period_to: Day,
    pub issued_on: Option<Day>,
    pub due_on: Option<Day>,
    pub paid_on: Option<Day>,
    pub lines: Vec<InvoiceLineView>,
    pub net: Money,
    pub vat: Money,
    pub gross: Money,
    pub prepared_by: String,
    pub prepared_at: Instant,
    pub approved_by: Option<String>,
    pub flags: Vec<String>,
    pub may_approve: bool,
    pub may_issue: bool,
    pub may_discard: bool,
    pub may_record_payment: bool,
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
