//! Credits against an issued invoice: how much may still be credited, and its VAT.

use domain::Money;

use crate::price::round_half_up;

/// Net and VAT of a document or of what has been credited against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    pub net: Money,
    pub vat: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    #[error("a credit is more than £0")]
    NotPositive,
    #[error("at most {0} net can still be credited")]
    TooMuch(Money),
}

/// The VAT that goes with crediting `net` of an invoice of which `before` has been credited. The
/// VAT follows the original's share; the credit that exhausts the net takes all the VAT that is left.
pub fn credit(original: Split, before: Split, net: Money) -> Result<Split, CreditError> {
    let left = original.net.checked_sub(before.net).unwrap_or_default();
    let vat_left = original.vat.checked_sub(before.vat).unwrap_or_default();
    if net <= Money::ZERO {
        return Err(CreditError::NotPositive);
    }
    if net > left {
        return Err(CreditError::TooMuch(left));
    }
    if net == left {
        return Ok(Split { net, vat: vat_left });
    }
    let share = i128::from(original.vat.pence()) * i128::from(net.pence());
    let vat = round_half_up(share, i128::from(original.net.pence())).unwrap_or_default().min(vat_left);
    Ok(Split { net, vat })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Invariant 6: credits never exceed the original; the last one takes the remainder.
        #[test]
        fn credits_use_the_invoice_up_exactly(net in 1i64..1_000_000, vat in 0i64..200_000, parts in proptest::collection::vec(1i64..400_000, 1..12)) {
            let original = Split { net: Money::from_pence(net), vat: Money::from_pence(vat) };
            let mut so_far = Split::default();
            let add = |so_far: &mut Split, credited: Split| {
                so_far.net = so_far.net.checked_add(credited.net).unwrap();
                so_far.vat = so_far.vat.checked_add(credited.vat).unwrap();
            };
            for part in parts {
                match credit(original, so_far, Money::from_pence(part)) {
                    Ok(credited) => add(&mut so_far, credited),
                    Err(error) => {
                        let left = Money::from_pence(net - so_far.net.pence());
                        prop_assert_eq!(error, CreditError::TooMuch(left));
                    }
                }
                prop_assert!(so_far.net <= original.net && so_far.vat <= original.vat);
            }
            let left = Money::from_pence(net - so_far.net.pence());
            if left > Money::ZERO {
                let credited = credit(original, so_far, left).unwrap();
                add(&mut so_far, credited);
            }
            prop_assert_eq!(so_far, original);
        }
    }
}
