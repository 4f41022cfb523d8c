//! What became of a document's amount: derived from what was allocated to it.

use chrono::NaiveDate;
use domain::Money;

/// Amounts against a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Against {
    pub paid: Money,
    pub credited: Money,
    pub written_off: Money,
}

impl Against {
    /// What is still owed of a gross amount.
    pub fn open(self, gross: Money) -> Option<Money> {
        gross.checked_sub(Money::sum([self.paid, self.credited, self.written_off])?)
    }
}

/// How an issued document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    Overdue,
    PartPaid,
    Paid,
    Credited,
    WrittenOff,
}

impl Standing {
    pub const fn label(self) -> &'static str {
        match self {
            Standing::Open => "Issued",
            Standing::Overdue => "Overdue",
            Standing::PartPaid => "Part paid",
            Standing::Paid => "Paid",
            Standing::Credited => "Credited",
            Standing::WrittenOff => "Written off",
        }
    }
}

/// How a document stands on a day. Overdue goes before part paid: it is what has to be acted on.
pub fn standing(gross: Money, against: Against, due: Option<NaiveDate>, today: NaiveDate) -> Standing {
    let open = against.open(gross).unwrap_or(gross);
    if open <= Money::ZERO {
        return match (against.paid > Money::ZERO, against.credited > Money::ZERO, against.written_off > Money::ZERO) {
            (_, _, true) => Standing::WrittenOff,
            (false, true, false) => Standing::Credited,
            (_, _, false) => Standing::Paid,
        };
    }
    if due.is_some_and(|due| due < today) {
        return Standing::Overdue;
    }
    if against == Against::default() { Standing::Open } else { Standing::PartPaid }
}

/// How much of what is on account an invoice may take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    #[error("an amount is more than £0")]
    NotPositive,
    #[error("{0} are left of this payment")]
    MoreThanLeft(Money),
    #[error("{0} are open of this document")]
    MoreThanOpen(Money),
}

pub fn check(amount: Money, left: Money, open: Money) -> Result<(), AllocationError> {
    if amount <= Money::ZERO {
        Err(AllocationError::NotPositive)
    } else if amount > left {
        Err(AllocationError::MoreThanLeft(left))
    } else if amount > open {
        Err(AllocationError::MoreThanOpen(open))
    } else {
        Ok(())
    }
}

/// Spreads money over open documents in the order given, oldest due first as a rule: what each takes.
pub fn spread<T: Copy>(left: Money, open: impl IntoIterator<Item = (T, Money)>) -> Vec<(T, Money)> {
    let mut left = left.pence();
    let mut taken = Vec::new();
    for (document, open) in open {
        let part = left.min(open.pence());
        if part > 0 {
            taken.push((document, Money::from_pence(part)));
            left -= part;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn standings_are_derived() {
        let pence = Money::from_pence;
        let (gross, today) = (pence(100), "2026-10-10".parse().unwrap());
        let stands = |paid, credited, written_off, due: &str| {
            let against = Against { paid: pence(paid), credited: pence(credited), written_off: pence(written_off) };
            standing(gross, against, Some(due.parse().unwrap()), today)
        };
        assert_eq!(stands(0, 0, 0, "2026-10-10"), Standing::Open);
        assert_eq!(stands(40, 0, 0, "2026-10-10"), Standing::PartPaid);
        assert_eq!(stands(40, 0, 0, "2026-10-09"), Standing::Overdue);
        assert_eq!(stands(40, 60, 0, "2026-10-09"), Standing::Paid);
        assert_eq!(stands(0, 100, 0, "2026-10-09"), Standing::Credited);
        assert_eq!(stands(50, 0, 50, "2026-10-09"), Standing::WrittenOff);
        assert_eq!(check(pence(5), pence(4), pence(9)), Err(AllocationError::MoreThanLeft(pence(4))));
        assert_eq!(check(pence(5), pence(9), pence(4)), Err(AllocationError::MoreThanOpen(pence(4))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Nothing is allocated twice: never more than there is, nor than is open.
        #[test]
        fn spreading_never_takes_too_much(left in 0i64..1_000_000, open in proptest::collection::vec(0i64..200_000, 0..20)) {
            let documents = open.iter().enumerate().map(|(i, o)| (i, Money::from_pence(*o)));
            let taken = spread(Money::from_pence(left), documents);
            let sum: i64 = taken.iter().map(|t| t.1.pence()).sum();
            prop_assert_eq!(sum, left.min(open.iter().sum()));
            for (i, part) in taken {
                prop_assert!(part.pence() > 0 && part.pence() <= open[i]);
            }
        }
    }
}
