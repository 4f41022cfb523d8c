//! Working of the output tax of a VAT period: boxes 1 and 6, and the supplies they are made of. Not a return: input tax is
//! not known here.

use domain::Money;

use crate::document::DocumentKind;
use crate::rating::TooLarge;
use crate::tax::{Tax, TaxCategory, TaxGroup};

/// A supply as records are kept of it (Notice 700/22 §4.3): its tax point is the document's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supply {
    pub kind: DocumentKind,
    pub group: TaxGroup,
}

impl Supply {
    /// Net and VAT with their sign: a credit note takes back.
    pub fn signed(&self) -> (i64, i64) {
        let sign = if self.kind.is_owed() { 1 } else { -1 };
        (sign * self.group.net.pence(), sign * self.group.vat.pence())
    }
}

/// What the boxes of a return would say of sales.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Working {
    /// Box 1: VAT due on sales, in pence.
    pub output_tax: Money,
    /// Box 6: net value of sales, whole pounds, pence left out. What is outside the scope of VAT is not in it.
    pub sales: Money,
    /// Net and VAT of each category and rate.
    pub groups: Vec<TaxGroup>,
}

pub fn working(supplies: &[Supply]) -> Result<Working, TooLarge> {
    let mut groups: std::collections::BTreeMap<Tax, (i64, i64)> = std::collections::BTreeMap::new();
    for supply in supplies {
        let (net, vat) = supply.signed();
        let sums = groups.entry(supply.group.tax).or_default();
        sums.0 = sums.0.checked_add(net).ok_or(TooLarge)?;
        sums.1 = sums.1.checked_add(vat).ok_or(TooLarge)?;
    }
    let mut working = Working::default();
    let mut net_of_sales = 0i64;
    for (tax, (net, vat)) in groups {
        working.output_tax = working.output_tax.checked_add(Money::from_pence(vat)).ok_or(TooLarge)?;
        if tax.category != TaxCategory::OutOfScope {
            net_of_sales = net_of_sales.checked_add(net).ok_or(TooLarge)?;
        }
        working.groups.push(TaxGroup { tax, net: Money::from_pence(net), vat: Money::from_pence(vat) });
    }
    working.sales = Money::from_pence(net_of_sales / 100 * 100);
    Ok(working)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::price::Rate;

    fn supply(kind: DocumentKind, category: TaxCategory, bp: i64, net: i64, vat: i64) -> Supply {
        let tax = Tax { category, rate: Rate::from_basis_points(bp).unwrap() };
        Supply { kind, group: TaxGroup { tax, net: Money::from_pence(net), vat: Money::from_pence(vat) } }
    }

    /// Golden: a quarter with an old rate, a credit and a late charge.
    #[test]
    fn the_boxes_are_as_the_notice_has_them() {
        use DocumentKind as D;
        use TaxCategory as T;
        let supplies = [
            supply(D::Periodic, T::Standard, 2_000, 123_499, 24_700),
            supply(D::Manual, T::Standard, 1_750, 10_000, 1_750),
            supply(D::CreditNote, T::Standard, 2_000, 5_000, 1_000),
            supply(D::Periodic, T::ReverseCharge, 0, 20_000, 0),
            supply(D::LateCharge, T::OutOfScope, 0, 7_000, 0),
        ];
        let working = working(&supplies).unwrap();
        assert_eq!((working.output_tax.pence(), working.sales.pence()), (25_450, 148_400));
        assert_eq!(working.groups.len(), 4);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// The groups add up to the boxes to the penny.
        #[test]
        fn the_groups_make_the_boxes(all in proptest::collection::vec((0usize..3, 0i64..1_000_000, 0i64..200_000), 0..20)) {
            let kinds = [DocumentKind::Periodic, DocumentKind::CreditNote, DocumentKind::Manual];
            let supplies: Vec<_> = all.iter().map(|(k, net, vat)| supply(kinds[*k], TaxCategory::Standard, 2_000, *net, *vat)).collect();
            let working = working(&supplies).unwrap();
            prop_assert_eq!(Money::sum(working.groups.iter().map(|g| g.vat)), Some(working.output_tax));
            let net: i64 = working.groups.iter().map(|g| g.net.pence()).sum();
            prop_assert!((net - working.sales.pence()).abs() < 100);
            prop_assert_eq!(working.sales.pence() % 100, 0);
        }
    }
}
