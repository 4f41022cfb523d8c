//! Double entry: what is owed and earned is a projection of this journal.

use domain::Money;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// What companies owe.
    Debtors,
    Revenue,
    OutputVat,
    Bank,
}

impl Account {
    pub const ALL: [Account; 4] = [Account::Debtors, Account::Revenue, Account::OutputVat, Account::Bank];

    pub const fn key(self) -> &'static str {
        match self {
            Account::Debtors => "debtors",
            Account::Revenue => "revenue",
            Account::OutputVat => "output_vat",
            Account::Bank => "bank",
        }
    }

    pub fn from_key(key: &str) -> Option<Account> {
        Account::ALL.into_iter().find(|a| a.key() == key)
    }
}

/// A posting: debits positive, credits negative.
pub type Posting = (Account, Money);

/// An invoice is issued: the company owes the gross, we have earned the net, the VAT is the Crown's.
pub fn issued(net: Money, vat: Money) -> Option<Vec<Posting>> {
    let gross = net.checked_add(vat)?;
    balanced(vec![(Account::Debtors, gross), (Account::Revenue, negative(net)?), (Account::OutputVat, negative(vat)?)])
}

/// An invoice is paid in full.
pub fn paid(gross: Money) -> Option<Vec<Posting>> {
    balanced(vec![(Account::Bank, gross), (Account::Debtors, negative(gross)?)])
}

fn negative(amount: Money) -> Option<Money> {
    Money::ZERO.checked_sub(amount)
}

/// Only what sums to nothing may be booked.
fn balanced(postings: Vec<Posting>) -> Option<Vec<Posting>> {
    (Money::sum(postings.iter().map(|p| p.1)) == Some(Money::ZERO)).then_some(postings)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Invariant 3: every transaction sums to zero, and what is issued and paid leaves no debt.
        #[test]
        fn transactions_balance(net in 0i64..1_000_000_000, vat in 0i64..1_000_000_000) {
            let (net, vat) = (Money::from_pence(net), Money::from_pence(vat));
            let issued = issued(net, vat).unwrap();
            let paid = paid(net.checked_add(vat).unwrap()).unwrap();
            for postings in [&issued, &paid] {
                prop_assert_eq!(Money::sum(postings.iter().map(|p| p.1)), Some(Money::ZERO));
            }
            let debtors = issued.iter().chain(&paid).filter(|p| p.0 == Account::Debtors).map(|p| p.1);
            prop_assert_eq!(Money::sum(debtors), Some(Money::ZERO));
        }
    }
}
