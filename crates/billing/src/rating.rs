//! From quantity to components, with every step in words.
//!
//! Order: free allowance → tiers → discount → cap → minimum. VAT and credits follow on the document.

use domain::Money;

use crate::card::{Item, PriceModel, Tier};
use crate::component::{self, Component, ComponentKind};
use crate::price::UnitPrice;
use crate::span::Share;
use crate::tax::TaxCategory;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the amount is too large to invoice")]
pub struct TooLarge;

/// What is rated: an item, the units that came before in the period, the days it is charged for.
#[derive(Debug, Clone, Copy)]
pub struct Rating<'a> {
    pub item: &'a Item,
    /// Which lines belong together.
    pub group: u32,
    /// Units of the same item that were rated earlier in the period and whose place on the ladder counts.
    pub before: u64,
    pub share: Share,
    pub tax: TaxCategory,
}

impl Rating<'_> {
    /// The components of a quantity, in the order in which they were reckoned.
    pub fn of(&self, quantity: u64) -> Result<Vec<Component>, TooLarge> {
        let mut lines = self.unbounded(quantity)?;
        let net = component::net(&lines).ok_or(TooLarge)?;
        lines.extend(self.bound(net)?);
        Ok(lines)
    }

    /// The same before cap and minimum.
    pub(crate) fn unbounded(&self, quantity: u64) -> Result<Vec<Component>, TooLarge> {
        let mut lines = Vec::new();
        if let PriceModel::Flat(fee) = &self.item.model {
            let fee = self.share.of(*fee).ok_or(TooLarge)?;
            let words = format!("{}{}", self.item.name, self.share.words());
            lines.push(self.once(ComponentKind::Fee, fee, words)?);
        }
        let charged = self.free(quantity, &mut lines)?;
        self.ladder(charged, &mut lines)?;
        self.discount(&mut lines)?;
        Ok(lines)
    }

    fn once(&self, kind: ComponentKind, net: Money, words: String) -> Result<Component, TooLarge> {
        Component::once(kind, self.group, self.share.part, self.tax, net, words).ok_or(TooLarge)
    }

    fn line(
        &self,
        kind: ComponentKind,
        quantity: u64,
        price: UnitPrice,
        units: u64,
        words: String,
    ) -> Result<Component, TooLarge> {
        Ok(Component {
            kind,
            group: self.group,
            description: words,
            quantity: i64::try_from(quantity).map_err(|_| TooLarge)?,
            unit_price: price,
            net: price.times(quantity).ok_or(TooLarge)?,
            units,
            span: self.share.part,
            tax: self.tax,
            steps: Vec::new(),
        })
    }

    /// Shows the units that cost nothing; which of the charged units these are: from, up to.
    fn free(&self, quantity: u64, lines: &mut Vec<Component>) -> Result<(u64, u64), TooLarge> {
        let allowance = self.item.free_units;
        let total = self.before.checked_add(quantity).ok_or(TooLarge)?;
        let free = total.min(allowance) - self.before.min(allowance);
        if free > 0 {
            let words = format!("{}: within the free allowance of {allowance}", self.item.name);
            let mut line = self.line(ComponentKind::Free, free, UnitPrice::default(), free, words)?;
            line.steps.push(format!("{free} of {quantity} units are within the free allowance of {allowance}"));
            lines.push(line);
        }
        Ok((self.before.saturating_sub(allowance), total.saturating_sub(allowance)))
    }

    /// Charges the units after `from` up to `until`, counted from the first that is charged.
    fn ladder(&self, (from, until): (u64, u64), lines: &mut Vec<Component>) -> Result<(), TooLarge> {
        let units = until - from;
        let name = &self.item.name;
        match &self.item.model {
            PriceModel::Flat(_) => {}
            PriceModel::Unit(_) if units == 0 => {}
            PriceModel::Unit(price) => {
                let mut line = self.line(ComponentKind::Usage, units, *price, units, name.clone())?;
                line.steps.push(format!("{units} × {price} = {}", line.net));
                lines.push(line);
            }
            PriceModel::Package { size, price } => {
                let packages = until.div_ceil(*size) - from.div_ceil(*size);
                if packages > 0 || units > 0 {
                    let words = format!("{name}: packages of {size}");
                    let mut line = self.line(ComponentKind::Package, packages, *price, units, words)?;
                    line.steps.push(format!(
                        "{units} units begin {packages} packages of {size}: {packages} × {price} = {}",
                        line.net
                    ));
                    lines.push(line);
                }
            }
            PriceModel::Graduated(tiers) => self.graduated(tiers, from, until, lines)?,
            PriceModel::Volume(tiers) => self.volume(tiers, from, until, lines)?,
        }
        Ok(())
    }

    fn graduated(&self, tiers: &[Tier], from: u64, until: u64, lines: &mut Vec<Component>) -> Result<(), TooLarge> {
        let mut start = 0;
        for tier in tiers {
            let end = tier.up_to.unwrap_or(u64::MAX);
            let units = until.min(end).saturating_sub(from.max(start));
            let reached = until > start && from <= start;
            if units > 0 {
                let words = format!("{}: {}", self.item.name, units_words(start, tier.up_to));
                let mut line = self.line(ComponentKind::Usage, units, tier.price, units, words)?;
                line.steps.push(format!("{units} × {} = {}", tier.price, line.net));
                lines.push(line);
                if reached && tier.fee > Money::ZERO {
                    let words = format!("{}: fee of the tier of {}", self.item.name, units_words(start, tier.up_to));
                    lines.push(self.once(ComponentKind::Fee, tier.fee, words)?);
                }
            }
            start = end;
        }
        Ok(())
    }

    fn volume(&self, tiers: &[Tier], from: u64, until: u64, lines: &mut Vec<Component>) -> Result<(), TooLarge> {
        let units = until - from;
        let mut start = 0;
        for tier in tiers {
            let end = tier.up_to.unwrap_or(u64::MAX);
            if until <= end {
                if units > 0 {
                    let words = format!("{}: {}", self.item.name, units_words(start, tier.up_to));
                    let mut line = self.line(ComponentKind::Usage, units, tier.price, units, words)?;
                    line.steps.push(format!(
                        "{until} units lie in the tier of {}: {units} × {} = {}",
                        units_words(start, tier.up_to),
                        tier.price,
                        line.net
                    ));
                    lines.push(line);
                    if from == 0 && tier.fee > Money::ZERO {
                        let words =
                            format!("{}: fee of the tier of {}", self.item.name, units_words(start, tier.up_to));
                        lines.push(self.once(ComponentKind::Fee, tier.fee, words)?);
                    }
                }
                return Ok(());
            }
            start = end;
        }
        Ok(())
    }

    fn discount(&self, lines: &mut Vec<Component>) -> Result<(), TooLarge> {
        let net = component::net(&*lines).ok_or(TooLarge)?;
        let off = self.item.discount.of(net).ok_or(TooLarge)?;
        if off > Money::ZERO {
            let words = format!("{}: {} discount", self.item.name, self.item.discount);
            let mut line = self.once(ComponentKind::Discount, negative(off)?, words)?;
            line.steps.push(format!("{} of {net} = {off} off", self.item.discount));
            lines.push(line);
        }
        Ok(())
    }

    /// What brings a net amount within cap and minimum.
    pub(crate) fn bound(&self, net: Money) -> Result<Option<Component>, TooLarge> {
        let bound = |amount: Option<Money>| amount.map(|a| self.share.of(a).ok_or(TooLarge)).transpose();
        let days = self.share.words();
        if let Some(cap) = bound(self.item.cap)?.filter(|cap| net > *cap) {
            let words = format!("{}: capped at {cap}{days}", self.item.name);
            return self.once(ComponentKind::Cap, cap.checked_sub(net).ok_or(TooLarge)?, words).map(Some);
        }
        if let Some(minimum) = bound(self.item.minimum)?.filter(|minimum| net < *minimum) {
            let words = format!("{}: up to the minimum of {minimum}{days}", self.item.name);
            return self.once(ComponentKind::Minimum, minimum.checked_sub(net).ok_or(TooLarge)?, words).map(Some);
        }
        Ok(None)
    }
}

pub(crate) fn negative(amount: Money) -> Result<Money, TooLarge> {
    Money::ZERO.checked_sub(amount).ok_or(TooLarge)
}

/// `units 101 to 500`, `units from 501 on`.
fn units_words(start: u64, up_to: Option<u64>) -> String {
    match up_to {
        Some(end) => format!("units {} to {end}", start + 1),
        None => format!("units from {} on", start.saturating_add(1)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::price::Rate;
    use crate::span::Span;

    pub fn price(text: &str) -> UnitPrice {
        UnitPrice::parse(text).unwrap()
    }

    fn october() -> Share {
        Share::all(Span::new("2026-10-01".parse().unwrap(), "2026-11-01".parse().unwrap()))
    }

    fn rated(item: &Item, before: u64, quantity: u64) -> Vec<Component> {
        Rating { item, group: 1, before, share: october(), tax: TaxCategory::Standard }.of(quantity).unwrap()
    }

    fn net(item: &Item, quantity: u64) -> i64 {
        component::net(&rated(item, 0, quantity)).unwrap().pence()
    }

    fn with(model: PriceModel) -> Item {
        Item { model, ..Item::per_unit("Predictions", UnitPrice::default()) }
    }

    /// Invariant 7, by example: each step sees the result of the one before.
    #[test]
    fn the_steps_come_in_their_order() {
        let tiers = vec![
            Tier { up_to: Some(100), price: price("2"), fee: Money::ZERO },
            Tier { up_to: None, price: price("1"), fee: Money::ZERO },
        ];
        let item = Item {
            free_units: 10,
            discount: Rate::parse("10").unwrap(),
            cap: Some(Money::from_pounds(250)),
            minimum: Some(Money::from_pounds(50)),
            ..with(PriceModel::Graduated(tiers))
        };
        // 10 free, 100 × £2 + 40 × £1 = £240, less 10% = £216.
        let lines = rated(&item, 0, 150);
        let kinds: Vec<_> = lines.iter().map(|l| (l.kind, l.quantity, l.net.pence())).collect();
        use ComponentKind as K;
        assert_eq!(
            kinds,
            [(K::Free, 10, 0), (K::Usage, 100, 20_000), (K::Usage, 40, 4_000), (K::Discount, -1, -2_400)]
        );
        // The cap applies after the discount: £200 + £190 = £390, less 10% = £351, capped.
        assert_eq!(net(&item, 300), 25_000);
        // Nothing used: the minimum.
        assert_eq!(
            rated(&item, 0, 0).iter().map(|l| (l.kind, l.net.pence())).collect::<Vec<_>>(),
            [(K::Minimum, 5_000)]
        );
    }

    #[test]
    fn packages_round_up_and_tiers_have_fees() {
        // 201 at 100 free, £5 a 100: 101 begin two packages.
        let package = Item { free_units: 100, ..with(PriceModel::Package { size: 100, price: price("5") }) };
        assert_eq!(net(&package, 201), 1_000);
        assert_eq!((net(&package, 100), net(&package, 200)), (0, 500));
        let tiers = vec![
            Tier { up_to: Some(100), price: price("2"), fee: Money::from_pounds(10) },
            Tier { up_to: None, price: price("1"), fee: Money::from_pounds(5) },
        ];
        let graduated = with(PriceModel::Graduated(tiers.clone()));
        assert_eq!((net(&graduated, 0), net(&graduated, 100), net(&graduated, 101)), (0, 21_000, 21_600));
        let volume = with(PriceModel::Volume(tiers));
        assert_eq!((net(&volume, 100), net(&volume, 101)), (21_000, 10_600));
    }

    /// Items of every model, with everything that changes a price.
    pub fn items() -> impl Strategy<Value = Item> {
        let micro = || (0i64..5_000_000).prop_map(|m| UnitPrice::from_micro(m).unwrap());
        let fee = || (0i64..5_000).prop_map(Money::from_pence);
        let tiers = proptest::collection::vec((1u64..2_000, micro(), fee()), 1..5).prop_map(|steps| {
            let mut end = 0;
            let last = steps.len() - 1;
            let tier = |(i, (size, price, fee)): (usize, (u64, UnitPrice, Money))| {
                end += size;
                Tier { up_to: (i < last).then_some(end), price, fee }
            };
            steps.into_iter().enumerate().map(tier).collect::<Vec<_>>()
        });
        let model = prop_oneof![
            fee().prop_map(PriceModel::Flat),
            micro().prop_map(PriceModel::Unit),
            (1u64..500, micro()).prop_map(|(size, price)| PriceModel::Package { size, price }),
            tiers.clone().prop_map(PriceModel::Graduated),
            tiers.prop_map(PriceModel::Volume),
        ];
        (model, 0u64..500, 0i64..=10_000, proptest::option::of(0i64..200_000), proptest::option::of(0i64..200_000))
            .prop_map(|(model, free, discount, minimum, span)| Item {
                free_units: free,
                discount: Rate::from_basis_points(discount).unwrap(),
                minimum: minimum.map(Money::from_pence),
                cap: span.map(|span| Money::from_pence(minimum.unwrap_or(0) + span)),
                ..with(model)
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Invariants 5, 6, 7, 8, 10: units are neither lost nor doubled, each line is quantity × price, cap and minimum
        /// hold, more use never costs less but on a volume ladder, the same inputs give the same lines.
        #[test]
        fn rating_keeps_its_invariants(item in items(), quantity in 0u64..6_000) {
            let lines = rated(&item, 0, quantity);
            prop_assert_eq!(&lines, &rated(&item, 0, quantity));
            if !matches!(item.model, PriceModel::Flat(_)) {
                prop_assert_eq!(lines.iter().map(|l| l.units).sum::<u64>(), quantity);
            }
            for line in &lines {
                let exact = i128::from(line.quantity) * i128::from(line.unit_price.micro());
                prop_assert!((i128::from(line.net.pence()) * 10_000 - exact).abs() <= 5_000, "{:?}", line);
            }
            let net = component::net(&lines).unwrap();
            prop_assert!(item.cap.is_none_or(|cap| net <= cap) && item.minimum.is_none_or(|minimum| net >= minimum));
            if !matches!(item.model, PriceModel::Volume(_)) {
                prop_assert!(net <= component::net(&rated(&item, 0, quantity + 1)).unwrap());
            }
        }

        /// A quantity that is rated in two halves stands on the same places of the ladder: without discount and bounds,
        /// and but for volume, which prices by the whole, it costs what it costs at once, to a penny of rounding a line.
        #[test]
        fn halves_stand_where_the_whole_does(item in items(), first in 0u64..3_000, second in 0u64..3_000) {
            // Volume prices by the whole: its tiers stand here as a ladder.
            let model = match item.model {
                PriceModel::Volume(tiers) => PriceModel::Graduated(tiers),
                PriceModel::Flat(fee) => PriceModel::Unit(UnitPrice::of_money(fee).unwrap()),
                other => other,
            };
            let item = Item { model, discount: Rate::ZERO, cap: None, minimum: None, ..item };
            let whole = rated(&item, 0, first + second);
            let halves = [rated(&item, 0, first), rated(&item, first, second)].concat();
            prop_assert_eq!(halves.iter().map(|l| l.units).sum::<u64>(), first + second);
            let apart = component::net(&whole).unwrap().pence() - component::net(&halves).unwrap().pence();
            prop_assert!(apart.abs() <= halves.len() as i64, "{} apart", apart);
        }
    }
}
