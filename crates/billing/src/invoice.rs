//! Invoices: states, totals, numbers.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::price::Rate;
use crate::rating::TooLarge;

/// Where an invoice stands. Overdue is derived from the due date, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    Draft,
    Approved,
    Issued,
    Paid,
}

impl InvoiceStatus {
    pub const ALL: [InvoiceStatus; 4] =
        [InvoiceStatus::Draft, InvoiceStatus::Approved, InvoiceStatus::Issued, InvoiceStatus::Paid];

    pub const fn key(self) -> &'static str {
        match self {
            InvoiceStatus::Draft => "draft",
            InvoiceStatus::Approved => "approved",
            InvoiceStatus::Issued => "issued",
            InvoiceStatus::Paid => "paid",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            InvoiceStatus::Draft => "Draft",
            InvoiceStatus::Approved => "Approved",
            InvoiceStatus::Issued => "Issued",
            InvoiceStatus::Paid => "Paid",
        }
    }

    pub fn from_key(key: &str) -> Option<InvoiceStatus> {
        InvoiceStatus::ALL.into_iter().find(|s| s.key() == key)
    }

    /// An issued document is immutable: it has a number and a copy of what it says.
    pub const fn is_final(self) -> bool {
        matches!(self, InvoiceStatus::Issued | InvoiceStatus::Paid)
    }
}

/// What may be done with an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Approve,
    Issue,
    /// Throws a draft away; its usage can be invoiced again.
    Discard,
    RecordPayment,
}

/// Why a step is refused, in words for the person who tried it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    #[error("only a draft can be approved")]
    NotADraft,
    #[error("only an approved invoice can be issued: review and approve it first")]
    NotApproved,
    #[error("an issued invoice cannot be changed: correct it with a credit note")]
    Immutable,
    #[error("only an issued invoice that is not yet paid can be paid")]
    NotPayable,
}

/// The state after a step; `None` where the invoice ceases to be.
pub fn step(status: InvoiceStatus, step: Step) -> Result<Option<InvoiceStatus>, StepError> {
    use InvoiceStatus as S;
    match (step, status) {
        (Step::Approve, S::Draft) => Ok(Some(S::Approved)),
        (Step::Approve, S::Approved | S::Issued | S::Paid) => Err(StepError::NotADraft),
        (Step::Issue, S::Approved) => Ok(Some(S::Issued)),
        (Step::Issue, S::Draft) => Err(StepError::NotApproved),
        (Step::Issue | Step::Discard, S::Issued | S::Paid) => Err(StepError::Immutable),
        (Step::Discard, S::Draft | S::Approved) => Ok(None),
        (Step::RecordPayment, S::Issued) => Ok(Some(S::Paid)),
        (Step::RecordPayment, S::Draft | S::Approved | S::Paid) => Err(StepError::NotPayable),
    }
}

/// Sums of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    pub net: Money,
    pub vat: Money,
    pub gross: Money,
    /// Net and VAT of each rate.
    pub by_rate: Vec<(Rate, Money, Money)>,
}

/// Adds lines up: VAT is computed once on the net sum of each rate, not line by line.
pub fn totals(lines: impl IntoIterator<Item = (Money, Rate)>) -> Result<Totals, TooLarge> {
    let mut nets: BTreeMap<Rate, Money> = BTreeMap::new();
    for (net, rate) in lines {
        let sum = nets.entry(rate).or_default();
        *sum = sum.checked_add(net).ok_or(TooLarge)?;
    }
    let mut totals = Totals { net: Money::ZERO, vat: Money::ZERO, gross: Money::ZERO, by_rate: Vec::new() };
    for (rate, net) in nets {
        let vat = rate.of(net).ok_or(TooLarge)?;
        totals.net = totals.net.checked_add(net).ok_or(TooLarge)?;
        totals.vat = totals.vat.checked_add(vat).ok_or(TooLarge)?;
        totals.by_rate.push((rate, net, vat));
    }
    totals.gross = totals.net.checked_add(totals.vat).ok_or(TooLarge)?;
    Ok(totals)
}

/// The invoice series and its numbers: `SOL-000042`.
pub const SERIES: &str = "invoice";

pub fn number(counter: i64) -> String {
    format!("SOL-{counter:06}")
}

pub fn due_date(issued: NaiveDate, payment_days: u32) -> NaiveDate {
    issued.checked_add_days(Days::new(payment_days.into())).unwrap_or(issued)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_issued_invoice_never_goes_back() {
        use InvoiceStatus as S;
        for status in S::ALL {
            for action in [Step::Approve, Step::Issue, Step::Discard, Step::RecordPayment] {
                if let Ok(next) = step(status, action) {
                    assert!(!status.is_final() || next.is_some_and(S::is_final), "{status:?} {action:?}");
                }
            }
        }
        assert_eq!(step(S::Draft, Step::Issue), Err(StepError::NotApproved));
        assert_eq!(step(S::Issued, Step::Discard), Err(StepError::Immutable));
    }

    proptest! {
        /// Invariant 6: VAT once per rate: within half a penny of the exact sum for each rate, and
        /// the same however the net is divided into lines.
        #[test]
        fn vat_is_computed_once_per_rate(lines in proptest::collection::vec((0i64..1_000_000, 0usize..3), 1..30)) {
            let rates = [0i64, 500, 2_000];
            let rate = |i: usize| Rate::from_basis_points(rates[i]).unwrap();
            let all = totals(lines.iter().map(|&(p, i)| (Money::from_pence(p), rate(i)))).unwrap();
            let merged: Vec<_> = (0..3)
                .map(|i| (Money::from_pence(lines.iter().filter(|l| l.1 == i).map(|l| l.0).sum()), rate(i)))
                .collect();
            prop_assert_eq!(totals(merged).unwrap().vat, all.vat);
            prop_assert_eq!(all.gross.pence(), all.net.pence() + all.vat.pence());
            for (rate, net, vat) in all.by_rate {
                prop_assert!((vat.pence() * 10_000 - net.pence() * rate.basis_points()).abs() <= 5_000);
            }
        }
    }
}
