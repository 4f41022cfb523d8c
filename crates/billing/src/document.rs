//! Documents: invoices, credit notes, late charges. Their states, totals and numbers.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::rating::TooLarge;
use crate::tax::{Tax, TaxGroup};

/// What a document is. Each series of numbers is contiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// The invoice of a billing period, drafted from its usage.
    Periodic,
    /// An invoice that a person wrote: a service beside the usage, or what an earlier invoice left out.
    Manual,
    /// Corrects an issued invoice.
    CreditNote,
    /// Statutory interest and the fixed sum on what was paid late. No VAT.
    LateCharge,
}

impl DocumentKind {
    pub const ALL: [DocumentKind; 4] =
        [DocumentKind::Periodic, DocumentKind::Manual, DocumentKind::CreditNote, DocumentKind::LateCharge];

    pub const fn key(self) -> &'static str {
        match self {
            DocumentKind::Periodic => "periodic",
            DocumentKind::Manual => "manual",
            DocumentKind::CreditNote => "credit_note",
            DocumentKind::LateCharge => "late_charge",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            DocumentKind::Periodic | DocumentKind::Manual => "Invoice",
            DocumentKind::CreditNote => "Credit note",
            DocumentKind::LateCharge => "Late payment charge",
        }
    }

    pub fn from_key(key: &str) -> Option<DocumentKind> {
        DocumentKind::ALL.into_iter().find(|k| k.key() == key)
    }

    /// The series its number is taken from.
    pub const fn series(self) -> &'static str {
        match self {
            DocumentKind::Periodic | DocumentKind::Manual => "invoice",
            DocumentKind::CreditNote => "credit_note",
            DocumentKind::LateCharge => "late_charge",
        }
    }

    /// `SOL-000042`, `SOL-CN-000042`, `SOL-LC-000042`.
    pub fn number(self, counter: i64) -> String {
        match self {
            DocumentKind::Periodic | DocumentKind::Manual => format!("SOL-{counter:06}"),
            DocumentKind::CreditNote => format!("SOL-CN-{counter:06}"),
            DocumentKind::LateCharge => format!("SOL-LC-{counter:06}"),
        }
    }

    /// Whether the client owes what it says.
    pub const fn is_owed(self) -> bool {
        !matches!(self, DocumentKind::CreditNote)
    }
}

/// Where a document stands. What became of its amount is derived from what was allocated to it, never stored as a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    InReview,
    Approved,
    Issued,
}

impl Status {
    pub const ALL: [Status; 4] = [Status::Draft, Status::InReview, Status::Approved, Status::Issued];

    pub const fn key(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::InReview => "in_review",
            Status::Approved => "approved",
            Status::Issued => "issued",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Status::Draft => "Draft",
            Status::InReview => "In review",
            Status::Approved => "Approved",
            Status::Issued => "Issued",
        }
    }

    pub fn from_key(key: &str) -> Option<Status> {
        // Replicas of the version before wrote what was paid as a state.
        let key = if key == "paid" { "issued" } else { key };
        Status::ALL.into_iter().find(|s| s.key() == key)
    }

    /// An issued document is immutable: it has a number and a copy of what it says.
    pub const fn is_final(self) -> bool {
        matches!(self, Status::Issued)
    }
}

/// What may be done with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Asks somebody else to look at a draft.
    Submit,
    Approve,
    /// Sends it back with a reason.
    Reject,
    Issue,
    /// Throws a draft away; its usage can be invoiced again.
    Discard,
}

impl Step {
    pub const ALL: [Step; 5] = [Step::Submit, Step::Approve, Step::Reject, Step::Issue, Step::Discard];
}

/// Why a step is refused, in words for the person who tried it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    #[error("only a draft can be sent for review")]
    NotADraft,
    #[error("only what is in review can be approved or sent back: send it for review first")]
    NotInReview,
    #[error("only an approved document can be issued: have it approved first")]
    NotApproved,
    #[error("an issued document cannot be changed: correct it with a credit note")]
    Immutable,
    #[error("whoever prepared it cannot approve it: ask a colleague")]
    OwnWork,
}

/// The state after a step; `None` where the document ceases to be.
pub fn step(status: Status, step: Step) -> Result<Option<Status>, StepError> {
    use Status as S;
    match (step, status) {
        (Step::Submit | Step::Approve | Step::Reject | Step::Issue | Step::Discard, S::Issued) => {
            Err(StepError::Immutable)
        }
        (Step::Submit, S::Draft) => Ok(Some(S::InReview)),
        (Step::Submit, S::InReview | S::Approved) => Err(StepError::NotADraft),
        (Step::Approve, S::InReview) => Ok(Some(S::Approved)),
        (Step::Approve, S::Draft | S::Approved) => Err(StepError::NotInReview),
        (Step::Reject, S::InReview | S::Approved) => Ok(Some(S::Draft)),
        (Step::Reject, S::Draft) => Err(StepError::NotInReview),
        (Step::Issue, S::Approved) => Ok(Some(S::Issued)),
        (Step::Issue, S::Draft | S::InReview) => Err(StepError::NotApproved),
        (Step::Discard, S::Draft | S::InReview | S::Approved) => Ok(None),
    }
}

/// Whether a person may approve what others prepared.
pub fn may_approve(preparer: &str, submitter: Option<&str>, approver: &str) -> Result<(), StepError> {
    if preparer == approver || submitter == Some(approver) { Err(StepError::OwnWork) } else { Ok(()) }
}

/// Sums of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    pub net: Money,
    pub vat: Money,
    pub gross: Money,
    /// Net and VAT of each category and rate.
    pub groups: Vec<TaxGroup>,
}

/// Adds lines up: VAT is computed once on the net sum of each category and rate, not line by line.
pub fn totals(lines: impl IntoIterator<Item = (Money, Tax)>) -> Result<Totals, TooLarge> {
    let mut nets: BTreeMap<Tax, Money> = BTreeMap::new();
    for (net, tax) in lines {
        let sum = nets.entry(tax).or_default();
        *sum = sum.checked_add(net).ok_or(TooLarge)?;
    }
    let mut groups = Vec::with_capacity(nets.len());
    for (tax, net) in nets {
        groups.push(TaxGroup { tax, net, vat: tax.rate.of(net).ok_or(TooLarge)? });
    }
    sums(groups)
}

/// The totals of groups whose VAT is known.
pub fn sums(groups: Vec<TaxGroup>) -> Result<Totals, TooLarge> {
    let net = Money::sum(groups.iter().map(|g| g.net)).ok_or(TooLarge)?;
    let vat = Money::sum(groups.iter().map(|g| g.vat)).ok_or(TooLarge)?;
    Ok(Totals { net, vat, gross: net.checked_add(vat).ok_or(TooLarge)?, groups })
}

pub fn due_date(issued: NaiveDate, payment_days: u32) -> NaiveDate {
    issued.checked_add_days(Days::new(payment_days.into())).unwrap_or(issued)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::price::Rate;
    use crate::tax::TaxCategory;

    #[test]
    fn an_issued_document_never_goes_back() {
        for status in Status::ALL {
            for action in Step::ALL {
                if let Ok(next) = step(status, action) {
                    assert!(!status.is_final(), "{status:?} {action:?} {next:?}");
                }
            }
        }
        assert_eq!(step(Status::InReview, Step::Issue), Err(StepError::NotApproved));
        assert_eq!(step(Status::Issued, Step::Discard), Err(StepError::Immutable));
        assert_eq!(step(Status::Approved, Step::Reject), Ok(Some(Status::Draft)));
        assert_eq!(may_approve("anna", Some("ben"), "ben"), Err(StepError::OwnWork));
        assert_eq!(may_approve("anna", None, "ben"), Ok(()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Invariant 6: VAT once per category and rate: within half a penny of the exact sum of each, and the same
        /// however the net is divided into lines.
        #[test]
        fn vat_is_computed_once_per_rate(lines in proptest::collection::vec((-100_000i64..1_000_000, 0usize..4), 1..30)) {
            let kinds = [(TaxCategory::Zero, 0), (TaxCategory::Standard, 500), (TaxCategory::Standard, 2_000), (TaxCategory::OutOfScope, 0)];
            let tax = |i: usize| Tax { category: kinds[i].0, rate: Rate::from_basis_points(kinds[i].1).unwrap() };
            let all = totals(lines.iter().map(|&(p, i)| (Money::from_pence(p), tax(i)))).unwrap();
            let merged: Vec<_> = (0..4)
                .map(|i| (Money::from_pence(lines.iter().filter(|l| l.1 == i).map(|l| l.0).sum()), tax(i)))
                .collect();
            prop_assert_eq!(totals(merged).unwrap().vat, all.vat);
            prop_assert_eq!(all.gross.pence(), all.net.pence() + all.vat.pence());
            for group in all.groups {
                prop_assert!((group.vat.pence() * 10_000 - group.net.pence() * group.tax.rate.basis_points()).abs() <= 5_000);
            }
        }
    }
}
