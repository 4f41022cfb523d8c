//! Credits against an issued invoice: how much may still be credited, its VAT, and where the money goes.

use domain::Money;

use crate::document::{self, Totals};
use crate::price::round_half_up;
use crate::tax::{Tax, TaxGroup};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    #[error("a credit is more than £0")]
    NotPositive,
    #[error("at most {0} net can still be credited")]
    TooMuch(Money),
    #[error("the invoice has nothing at {0}")]
    NoSuchRate(String),
    #[error("the amount is too large")]
    TooLarge,
}

/// What of each category and rate can still be credited.
pub fn left(original: &[TaxGroup], before: &[TaxGroup]) -> Vec<TaxGroup> {
    let credited = |tax: Tax, of: fn(&TaxGroup) -> Money| -> i64 {
        before.iter().filter(|g| g.tax == tax).map(|g| of(g).pence()).sum()
    };
    let left = |g: &TaxGroup| TaxGroup {
        tax: g.tax,
        net: Money::from_pence(g.net.pence() - credited(g.tax, |g| g.net)),
        vat: Money::from_pence(g.vat.pence() - credited(g.tax, |g| g.vat)),
    };
    original.iter().map(left).collect()
}

/// The credit of net amounts of an invoice of which `before` has been credited. The VAT of each category and rate is the
/// original's share; what exhausts a net takes all the VAT that is left of it.
pub fn credit(original: &[TaxGroup], before: &[TaxGroup], nets: &[(Tax, Money)]) -> Result<Totals, CreditError> {
    let rest = left(original, before);
    let mut groups = Vec::with_capacity(nets.len());
    for (tax, net) in nets {
        let named = || format!("{} {}", tax.category.label(), tax.rate);
        let whole = original.iter().find(|g| g.tax == *tax).ok_or_else(|| CreditError::NoSuchRate(named()))?;
        let left = rest.iter().find(|g| g.tax == *tax).ok_or_else(|| CreditError::NoSuchRate(named()))?;
        if *net <= Money::ZERO {
            return Err(CreditError::NotPositive);
        }
        if *net > left.net {
            return Err(CreditError::TooMuch(left.net));
        }
        let vat = if *net == left.net {
            left.vat
        } else {
            let share = i128::from(whole.vat.pence()) * i128::from(net.pence());
            round_half_up(share, i128::from(whole.net.pence())).ok_or(CreditError::TooLarge)?.min(left.vat)
        };
        groups.push(TaxGroup { tax: *tax, net: *net, vat });
    }
    document::sums(groups).map_err(|_| CreditError::TooLarge)
}

/// A net amount spread over what is left of each category and rate, the largest first; for whoever credits a sum.
pub fn spread(rest: &[TaxGroup], net: Money) -> Result<Vec<(Tax, Money)>, CreditError> {
    if net <= Money::ZERO {
        return Err(CreditError::NotPositive);
    }
    let all = Money::sum(rest.iter().map(|g| g.net)).ok_or(CreditError::TooLarge)?;
    if net > all {
        return Err(CreditError::TooMuch(all));
    }
    let mut rest: Vec<&TaxGroup> = rest.iter().filter(|g| g.net > Money::ZERO).collect();
    rest.sort_by_key(|g| std::cmp::Reverse(g.net));
    let mut wanted = net.pence();
    let mut nets = Vec::new();
    for group in rest {
        let part = wanted.min(group.net.pence());
        if part > 0 {
            nets.push((group.tax, Money::from_pence(part)));
        }
        wanted -= part;
    }
    Ok(nets)
}

/// Where a credit goes: first to what is still open of the invoice, the rest to the client's account.
pub fn apply(gross: Money, open: Money) -> (Money, Money) {
    let to_invoice = gross.min(open.max(Money::ZERO));
    (to_invoice, Money::from_pence(gross.pence() - to_invoice.pence()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::price::Rate;
    use crate::tax::TaxCategory;

    fn tax(bp: i64) -> Tax {
        Tax { category: TaxCategory::Standard, rate: Rate::from_basis_points(bp).unwrap() }
    }

    fn sum(groups: &[TaxGroup], of: fn(&TaxGroup) -> Money) -> i64 {
        groups.iter().map(|g| of(g).pence()).sum()
    }

    /// A mixed-rate credit carries each rate's own VAT.
    #[test]
    fn rates_are_not_mixed() {
        let group = |bp, net, vat| TaxGroup { tax: tax(bp), net: Money::from_pence(net), vat: Money::from_pence(vat) };
        let original = [group(500, 10_000, 500), group(2_000, 10_000, 2_000)];
        let credited = credit(&original, &[], &[(tax(500), Money::from_pence(5_000))]).unwrap();
        assert_eq!((credited.net.pence(), credited.vat.pence()), (5_000, 250));
        assert!(matches!(
            credit(&original, &[], &[(tax(1_750), Money::from_pence(1))]),
            Err(CreditError::NoSuchRate(_))
        ));
        let spread = spread(&left(&original, &credited.groups), Money::from_pence(12_000)).unwrap();
        assert_eq!(spread, [(tax(2_000), Money::from_pence(10_000)), (tax(500), Money::from_pence(2_000))]);
        assert_eq!(
            apply(Money::from_pence(700), Money::from_pence(500)),
            (Money::from_pence(500), Money::from_pence(200))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Invariant 6: credits never exceed the original's net or VAT at any rate; the last one takes the remainder.
        #[test]
        fn credits_use_the_invoice_up_exactly(nets in proptest::collection::vec(1i64..1_000_000, 2), parts in proptest::collection::vec((0usize..2, 1i64..400_000), 1..12)) {
            let rates = [500, 2_000];
            let lines = nets.iter().zip(rates).map(|(net, bp)| (Money::from_pence(*net), tax(bp)));
            let original = document::totals(lines).unwrap();
            let mut before: Vec<TaxGroup> = Vec::new();
            for (which, part) in parts {
                let wanted = (tax(rates[which]), Money::from_pence(part));
                let rest = left(&original.groups, &before)[which].net;
                match credit(&original.groups, &before, &[wanted]) {
                    Ok(credited) => before.extend(credited.groups),
                    Err(error) => prop_assert_eq!(error, CreditError::TooMuch(rest)),
                }
                for group in left(&original.groups, &before) {
                    prop_assert!(group.net >= Money::ZERO && group.vat >= Money::ZERO);
                }
            }
            let rest = left(&original.groups, &before);
            if let Ok(all) = spread(&rest, Money::from_pence(sum(&rest, |g| g.net))) {
                before.extend(credit(&original.groups, &before, &all).unwrap().groups);
            }
            prop_assert_eq!((sum(&before, |g| g.net), sum(&before, |g| g.vat)), (original.net.pence(), original.vat.pence()));
        }
    }
}
