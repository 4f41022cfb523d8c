//! Double entry: what is owed, earned and received is a projection of this journal.

use domain::Money;
use serde::{Deserialize, Serialize};

use crate::document::Totals;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// What companies owe.
    Debtors,
    Revenue,
    OutputVat,
    Bank,
    /// What companies paid, or were credited, and no invoice has taken yet: we owe it.
    OnAccount,
    /// Debts given up.
    BadDebt,
    /// Statutory interest and fixed sums: compensation, no revenue of a supply.
    LateCharges,
}

impl Account {
    pub const ALL: [Account; 7] = [
        Account::Debtors,
        Account::Revenue,
        Account::OutputVat,
        Account::Bank,
        Account::OnAccount,
        Account::BadDebt,
        Account::LateCharges,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            Account::Debtors => "debtors",
            Account::Revenue => "revenue",
            Account::OutputVat => "output_vat",
            Account::Bank => "bank",
            Account::OnAccount => "on_account",
            Account::BadDebt => "bad_debt",
            Account::LateCharges => "late_charges",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Account::Debtors => "Debtors",
            Account::Revenue => "Revenue",
            Account::OutputVat => "Output VAT",
            Account::Bank => "Bank",
            Account::OnAccount => "Payments on account",
            Account::BadDebt => "Bad debts",
            Account::LateCharges => "Late payment charges",
        }
    }

    pub fn from_key(key: &str) -> Option<Account> {
        Account::ALL.into_iter().find(|a| a.key() == key)
    }
}

/// A posting: debits positive, credits negative.
pub type Posting = (Account, Money);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Invoice,
    CreditNote,
    LateCharge,
    Payment,
    /// Money on account settles an invoice, or an invoice gives it back.
    Allocation,
    Refund,
    Reversal,
    WriteOff,
}

impl EntryKind {
    pub const ALL: [EntryKind; 8] = [
        EntryKind::Invoice,
        EntryKind::CreditNote,
        EntryKind::LateCharge,
        EntryKind::Payment,
        EntryKind::Allocation,
        EntryKind::Refund,
        EntryKind::Reversal,
        EntryKind::WriteOff,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            EntryKind::Invoice => "invoice",
            EntryKind::CreditNote => "credit_note",
            EntryKind::LateCharge => "late_charge",
            EntryKind::Payment => "payment",
            EntryKind::Allocation => "allocation",
            EntryKind::Refund => "refund",
            EntryKind::Reversal => "reversal",
            EntryKind::WriteOff => "write_off",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            EntryKind::Invoice => "Invoice",
            EntryKind::CreditNote => "Credit note",
            EntryKind::LateCharge => "Late payment charge",
            EntryKind::Payment => "Payment",
            EntryKind::Allocation => "Allocation",
            EntryKind::Refund => "Refund",
            EntryKind::Reversal => "Reversal",
            EntryKind::WriteOff => "Write-off",
        }
    }

    pub fn from_key(key: &str) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|k| k.key() == key)
    }
}

/// A transaction that balances: there is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    kind: EntryKind,
    postings: Vec<Posting>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    #[error("the postings do not sum to nothing")]
    Sum,
    #[error("the amount is too large to book")]
    TooLarge,
}

impl Entry {
    /// Postings of nothing are left out.
    pub fn new(kind: EntryKind, postings: Vec<Posting>) -> Result<Entry, Unbalanced> {
        match Money::sum(postings.iter().map(|p| p.1)) {
            Some(Money::ZERO) => {}
            Some(_) => return Err(Unbalanced::Sum),
            None => return Err(Unbalanced::TooLarge),
        }
        let postings = postings.into_iter().filter(|p| p.1 != Money::ZERO).collect();
        Ok(Entry { kind, postings })
    }

    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// From one account to another: the first is debited, the second credited.
    fn moved(kind: EntryKind, debit: Account, credit: Account, amount: Money) -> Result<Entry, Unbalanced> {
        Entry::new(kind, vec![(debit, amount), (credit, negative(amount)?)])
    }
}

fn negative(amount: Money) -> Result<Money, Unbalanced> {
    Money::ZERO.checked_sub(amount).ok_or(Unbalanced::TooLarge)
}

/// An invoice is issued: the company owes the gross, we have earned the net, the VAT is the Crown's.
pub fn issued(totals: &Totals) -> Result<Entry, Unbalanced> {
    let postings = vec![
        (Account::Debtors, totals.gross),
        (Account::Revenue, negative(totals.net)?),
        (Account::OutputVat, negative(totals.vat)?),
    ];
    Entry::new(EntryKind::Invoice, postings)
}

/// A credit note: revenue and VAT back; `to_invoice` is owed no more, the rest stands on account.
pub fn credited(totals: &Totals, to_invoice: Money) -> Result<Entry, Unbalanced> {
    let on_account = totals.gross.checked_sub(to_invoice).ok_or(Unbalanced::TooLarge)?;
    let postings = vec![
        (Account::Revenue, totals.net),
        (Account::OutputVat, totals.vat),
        (Account::Debtors, negative(to_invoice)?),
        (Account::OnAccount, negative(on_account)?),
    ];
    Entry::new(EntryKind::CreditNote, postings)
}

pub fn late_charge(amount: Money) -> Result<Entry, Unbalanced> {
    Entry::moved(EntryKind::LateCharge, Account::Debtors, Account::LateCharges, amount)
}

/// Money arrived; no invoice has taken it yet.
pub fn received(amount: Money) -> Result<Entry, Unbalanced> {
    Entry::moved(EntryKind::Payment, Account::Bank, Account::OnAccount, amount)
}

/// Money on account settles an invoice; a negative amount gives it back.
pub fn allocated(amount: Money) -> Result<Entry, Unbalanced> {
    Entry::moved(EntryKind::Allocation, Account::OnAccount, Account::Debtors, amount)
}

/// Money on account goes back to the company.
pub fn refunded(amount: Money) -> Result<Entry, Unbalanced> {
    Entry::moved(EntryKind::Refund, Account::OnAccount, Account::Bank, amount)
}

/// A payment did not hold: a bounced cheque, a returned debit.
pub fn reversed(amount: Money) -> Result<Entry, Unbalanced> {
    Entry::moved(EntryKind::Reversal, Account::OnAccount, Account::Bank, amount)
}

/// A debt is given up.
pub fn written_off(amount: Money) -> Result<Entry, Unbalanced> {
    Entry::moved(EntryKind::WriteOff, Account::BadDebt, Account::Debtors, amount)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_does_not_balance_is_no_entry() {
        let postings = vec![(Account::Bank, Money::from_pence(2)), (Account::Debtors, Money::from_pence(-1))];
        assert_eq!(Entry::new(EntryKind::Payment, postings), Err(Unbalanced::Sum));
        let far = vec![(Account::Bank, Money::from_pence(i64::MAX)), (Account::Debtors, Money::from_pence(1))];
        assert_eq!(Entry::new(EntryKind::Payment, far), Err(Unbalanced::TooLarge));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Invariant 3: every entry sums to zero; what is issued, part credited and paid leaves no debt and on account
        /// what was paid too much.
        #[test]
        fn entries_balance(net in 0i64..1_000_000_000, vat in 0i64..1_000_000_000, credit in 0i64..1_000_000, paid in 0i64..3_000_000_000) {
            let pence = Money::from_pence;
            let totals = Totals { net: pence(net), vat: pence(vat), gross: pence(net + vat), groups: Vec::new() };
            let credit = credit.min(net);
            let credited_totals = Totals { net: pence(credit), vat: Money::ZERO, gross: pence(credit), groups: Vec::new() };
            let open = net + vat - credit;
            let entries = [
                issued(&totals).unwrap(),
                credited(&credited_totals, pence(credit)).unwrap(),
                received(pence(paid)).unwrap(),
                allocated(pence(paid.min(open))).unwrap(),
            ];
            for entry in &entries {
                prop_assert_eq!(Money::sum(entry.postings().iter().map(|p| p.1)), Some(Money::ZERO));
            }
            let balance = |account| entries.iter().flat_map(|e| e.postings()).filter(|p| p.0 == account).map(|p| p.1.pence()).sum::<i64>();
            prop_assert_eq!(balance(Account::Debtors), open - paid.min(open));
            prop_assert_eq!(balance(Account::OnAccount), -(paid - paid.min(open)));
            prop_assert_eq!(balance(Account::Revenue), credit - net);
        }
    }
}
