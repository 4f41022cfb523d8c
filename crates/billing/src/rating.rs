//! From quantity to net amount, with every step in words.
//!
//! Order: free allowance → tiers → discount → cap → minimum. VAT and credits follow on the invoice.

use domain::Money;

use crate::price::{Rate, UnitPrice};

/// How a quantity is priced after the allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceModel {
    /// Every unit costs the same.
    Unit(UnitPrice),
    /// Each unit costs what its tier says: (units in this tier, price); past the last, the last price.
    Graduated { tiers: Vec<(u64, UnitPrice)>, beyond: UnitPrice },
}

/// What a company has agreed to for one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    pub free_units: u64,
    pub model: PriceModel,
    pub discount: Rate,
    pub cap: Option<Money>,
    pub minimum: Option<Money>,
}

impl Tariff {
    /// A plain price a unit.
    pub fn per_unit(price: UnitPrice) -> Tariff {
        Tariff { free_units: 0, model: PriceModel::Unit(price), discount: Rate::ZERO, cap: None, minimum: None }
    }
}

/// The amount and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    pub quantity: u64,
    pub free: u64,
    pub billed: u64,
    pub net: Money,
    /// A sentence a step, in the order in which they were taken.
    pub steps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the amount is too large to invoice")]
pub struct TooLarge;

/// Rates a quantity.
pub fn rate(tariff: &Tariff, quantity: u64) -> Result<Rated, TooLarge> {
    let free = quantity.min(tariff.free_units);
    let billed = quantity - free;
    let mut steps = Vec::new();
    if tariff.free_units > 0 {
        steps.push(format!("{free} of {quantity} within the free allowance of {}", tariff.free_units));
    }
    let mut net = tiers(&tariff.model, billed, &mut steps)?;
    if tariff.discount > Rate::ZERO {
        let off = tariff.discount.of(net).ok_or(TooLarge)?;
        net = net.checked_sub(off).ok_or(TooLarge)?;
        steps.push(format!("less {} discount: −{off}", tariff.discount));
    }
    if let Some(cap) = tariff.cap.filter(|cap| net > *cap) {
        steps.push(format!("capped at {cap}"));
        net = cap;
    }
    if let Some(minimum) = tariff.minimum.filter(|minimum| net < *minimum) {
        steps.push(format!("raised to the minimum of {minimum}"));
        net = minimum;
    }
    Ok(Rated { quantity, free, billed, net, steps })
}

fn tiers(model: &PriceModel, billed: u64, steps: &mut Vec<String>) -> Result<Money, TooLarge> {
    let mut charge = |units: u64, price: UnitPrice| {
        let amount = price.times(units).ok_or(TooLarge)?;
        steps.push(format!("{units} × {price} = {amount}"));
        Ok(amount)
    };
    match model {
        PriceModel::Unit(price) => charge(billed, *price),
        PriceModel::Graduated { tiers, beyond } => {
            let mut left = billed;
            let mut net = Money::ZERO;
            for (size, price) in tiers.iter().copied().chain([(u64::MAX, *beyond)]) {
                let units = left.min(size);
                if units > 0 {
                    net = net.checked_add(charge(units, price)?).ok_or(TooLarge)?;
                }
                left -= units;
            }
            Ok(net)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(text: &str) -> UnitPrice {
        UnitPrice::parse(text).unwrap()
    }

    /// Invariant 7, by example: each step sees the result of the one before.
    #[test]
    fn the_steps_come_in_their_order() {
        let tariff = Tariff {
            free_units: 10,
            model: PriceModel::Graduated { tiers: vec![(100, price("2"))], beyond: price("1") },
            discount: Rate::parse("10").unwrap(),
            cap: Some(Money::from_pounds(250)),
            minimum: Some(Money::from_pounds(50)),
        };
        // 10 free, 100 × £2 + 40 × £1 = £240, less 10% = £216.
        let rated = rate(&tariff, 150).unwrap();
        assert_eq!((rated.free, rated.billed, rated.net), (10, 140, Money::from_pounds(216)));
        assert_eq!(rated.steps.len(), 4, "{:?}", rated.steps);
        // The cap applies after the discount: £200 + £190 = £390, less 10% = £351, capped.
        assert_eq!(rate(&tariff, 300).unwrap().net, Money::from_pounds(250));
        // Nothing used: the minimum.
        assert_eq!(rate(&tariff, 0).unwrap().net, Money::from_pounds(50));
    }

    proptest! {
        /// Invariant 5, within a line: billed + free = metered. Invariant 7: cap and minimum hold
        /// after the discount, and the same inputs give the same result (10).
        #[test]
        fn nothing_is_lost_and_bounds_hold(
            quantity in 0u64..100_000, free in 0u64..2_000, first in 0u64..5_000,
            a in 0i64..5_000_000, b in 0i64..5_000_000, discount in 0i64..=10_000,
            minimum in 0i64..100_000, span in 0i64..10_000_000,
        ) {
            let tariff = Tariff {
                free_units: free,
                model: PriceModel::Graduated {
                    tiers: vec![(first, UnitPrice::from_micro(a).unwrap())],
                    beyond: UnitPrice::from_micro(b).unwrap(),
                },
                discount: Rate::from_basis_points(discount).unwrap(),
                cap: Some(Money::from_pence(minimum + span)),
                minimum: Some(Money::from_pence(minimum)),
            };
            let rated = rate(&tariff, quantity).unwrap();
            prop_assert_eq!(rated.billed + rated.free, quantity);
            prop_assert!(rated.net.pence() >= minimum && rated.net.pence() <= minimum + span);
            prop_assert_eq!(&rated, &rate(&tariff, quantity).unwrap());
            prop_assert!(rated.net <= rate(&tariff, quantity + 1).unwrap().net);
        }
    }
}
