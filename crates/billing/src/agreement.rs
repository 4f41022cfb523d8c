//! What a client has agreed to: amendments that are only ever added, the segments they cut a period into, and the bill.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::card::{PriceModel, RateCard};
use crate::component::{self, Component, ComponentKind};
use crate::meter::Use;
use crate::period::Cycle;
use crate::price::Rate;
use crate::rating::{Rating, TooLarge, negative};
use crate::span::{Share, Span};
use crate::tax::TaxCategory;

/// Whether the ladder goes on where an amendment splits a period, or begins anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counters {
    #[default]
    Continue,
    Reset,
}

impl Counters {
    pub const ALL: [Counters; 2] = [Counters::Continue, Counters::Reset];

    pub const fn key(self) -> &'static str {
        match self {
            Counters::Continue => "continue",
            Counters::Reset => "reset",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Counters::Continue => "Go on counting",
            Counters::Reset => "Begin anew",
        }
    }

    pub fn from_key(key: &str) -> Option<Counters> {
        Counters::ALL.into_iter().find(|c| c.key() == key)
    }
}

/// A share off everything, for as long as it lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    pub name: String,
    pub rate: Rate,
    pub from: NaiveDate,
    /// The first day without it.
    pub until: Option<NaiveDate>,
}

impl Discount {
    fn on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// What holds from a date on, until the next amendment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    pub from: NaiveDate,
    /// The first day on which the contract does not hold any more.
    pub until: Option<NaiveDate>,
    pub card: RateCard,
    pub cycle: Cycle,
    pub payment_days: u32,
    pub tax: TaxCategory,
    pub counters: Counters,
    pub discounts: Vec<Discount>,
    /// The least that is charged in a whole period, whatever is used.
    pub commitment: Option<Money>,
    /// The most that is charged in a whole period.
    pub cap: Option<Money>,
}

/// Why an amendment cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmendmentError {
    #[error("there is an amendment of this date already: choose another date, an amendment is never rewritten")]
    SameDate,
    #[error("invoices reach up to {0}: choose that day or a later one, or credit the invoice and bill it again")]
    Invoiced(NaiveDate),
    #[error("how often is invoiced changes where a quarter begins: 1 January, April, July or October")]
    Cycle,
    #[error("the cap of {cap} lies below the committed spend of {commitment}")]
    Bounds { cap: Money, commitment: Money },
    #[error("a discount ends before it begins")]
    Discount,
}

impl Amendment {
    /// A card from a day on, and nothing beside it: by month, thirty days to pay, the standard rate.
    pub fn of_card(from: NaiveDate, card: RateCard) -> Amendment {
        Amendment {
            from,
            until: None,
            card,
            cycle: Cycle::Monthly,
            payment_days: 30,
            tax: TaxCategory::Standard,
            counters: Counters::Continue,
            discounts: Vec::new(),
            commitment: None,
            cap: None,
        }
    }

    /// Whether it may be added to those that are there; `invoiced`: the first day that no invoice covers.
    pub fn check(&self, others: &[Amendment], invoiced: Option<NaiveDate>) -> Result<(), AmendmentError> {
        if others.iter().any(|o| o.from == self.from) {
            return Err(AmendmentError::SameDate);
        }
        if let Some(until) = invoiced.filter(|until| self.from < *until) {
            return Err(AmendmentError::Invoiced(until));
        }
        let before = others.iter().filter(|o| o.from < self.from).max_by_key(|o| o.from);
        let after = others.iter().filter(|o| o.from > self.from).min_by_key(|o| o.from);
        let moves = |earlier: &Amendment, later: &Amendment| {
            earlier.cycle != later.cycle && !crate::period::cycle_may_change_on(later.from)
        };
        if before.is_some_and(|b| moves(b, self)) || after.is_some_and(|a| moves(self, a)) {
            return Err(AmendmentError::Cycle);
        }
        if let (Some(cap), Some(commitment)) = (self.cap, self.commitment)
            && cap < commitment
        {
            return Err(AmendmentError::Bounds { cap, commitment });
        }
        if self.discounts.iter().any(|d| d.until.is_some_and(|until| until <= d.from)) {
            return Err(AmendmentError::Discount);
        }
        Ok(())
    }
}

/// The amendment in force on a day.
pub fn on(amendments: &[Amendment], day: NaiveDate) -> Option<&Amendment> {
    let newest = amendments.iter().filter(|a| a.from <= day).max_by_key(|a| a.from);
    newest.filter(|a| a.until.is_none_or(|until| day < until))
}

/// How much was used on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub day: NaiveDate,
    pub of: Use,
    pub units: u64,
}

/// What a period costs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bill {
    pub components: Vec<Component>,
    /// Where use of a kind went: the group of the lines that charge it.
    pub groups: Vec<Group>,
}

/// An item of a card in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub number: u32,
    pub span: Span,
    pub name: String,
    /// The kinds of use that were priced by it.
    pub of: Vec<Use>,
    pub units: u64,
}

impl Bill {
    pub fn net(&self) -> Option<Money> {
        component::net(&self.components)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    #[error(
        "{units} predictions on {day} had no price: add an amendment with a rate card from that day or an earlier one"
    )]
    NoTerms { day: NaiveDate, units: u64 },
    #[error(
        "{units} predictions on {day} fit no item of the rate card “{card}”: agree to a card with an item for channel {channel} and model {model}"
    )]
    NoItem { day: NaiveDate, units: u64, card: String, channel: String, model: String },
}

/// The bill of a whole period: what was used in it by day and kind, priced by what was agreed to on each day.
pub fn bill(period: Span, amendments: &[Amendment], used: &[Used]) -> Result<Bill, BillError> {
    let mut sheet = Sheet { period, bill: Bill::default(), before: BTreeMap::new(), next: 1 };
    for agreed in period.cut(amendments.iter().flat_map(|a| [Some(a.from), a.until]).flatten()) {
        let within: Vec<&Used> = used.iter().filter(|u| agreed.contains(u.day) && u.units > 0).collect();
        match on(amendments, agreed.from) {
            Some(terms) => sheet.agreed(agreed, terms, &within)?,
            None => {
                if let Some(first) = within.first() {
                    return Err(BillError::NoTerms { day: first.day, units: within.iter().map(|u| u.units).sum() });
                }
            }
        }
    }
    sheet.whole(amendments)?;
    Ok(sheet.bill)
}

struct Sheet {
    period: Span,
    bill: Bill,
    /// Units rated so far in the period, by the item's name: a ladder goes on under the same name.
    before: BTreeMap<String, u64>,
    next: u32,
}

impl Sheet {
    /// The days for which the same was agreed. A discount that begins or ends among them divides them once more; what an
    /// item costs at least and at most holds for them as a whole.
    fn agreed(&mut self, span: Span, terms: &Amendment, used: &[&Used]) -> Result<(), BillError> {
        let first = self.bill.components.len();
        let cuts = terms.discounts.iter().flat_map(|d| [Some(d.from), d.until]).flatten();
        let mut groups: Vec<Vec<u32>> = vec![Vec::new(); terms.card.items.len()];
        for segment in span.cut(cuts) {
            let within: Vec<&Used> = used.iter().copied().filter(|u| segment.contains(u.day)).collect();
            self.segment(segment, terms, &within, &mut groups)?;
        }
        for (item, of) in terms.card.items.iter().zip(groups) {
            let own = self.bill.components[first..].iter().filter(|c| of.contains(&c.group));
            let net = component::net(own).ok_or(TooLarge)?;
            let group = of.last().copied().unwrap_or(self.next);
            let rating =
                Rating { item, group, before: 0, share: Share { part: span, whole: self.period }, tax: terms.tax };
            let bound = rating.bound(net)?;
            if bound.is_some() && of.is_empty() {
                self.next += 1;
            }
            self.bill.components.extend(bound);
        }
        Ok(())
    }

    fn segment(
        &mut self,
        segment: Span,
        terms: &Amendment,
        used: &[&Used],
        groups: &mut [Vec<u32>],
    ) -> Result<(), BillError> {
        let mut by_item: Vec<BTreeMap<&Use, u64>> = vec![BTreeMap::new(); terms.card.items.len()];
        for u in used {
            let Some(item) = terms.card.item_of(&u.of) else {
                return Err(BillError::NoItem {
                    day: u.day,
                    units: u.units,
                    card: terms.card.name.clone(),
                    channel: u.of.channel.clone(),
                    model: u.of.model.clone(),
                });
            };
            *by_item[item].entry(&u.of).or_default() += u.units;
        }
        let begins = terms.from == segment.from && terms.counters == Counters::Reset;
        let first = self.bill.components.len();
        for (i, (item, kinds)) in terms.card.items.iter().zip(by_item).enumerate() {
            let units = kinds.values().sum();
            let before = if begins { 0 } else { self.before.get(&item.name).copied().unwrap_or_default() };
            let group = self.next;
            let rating =
                Rating { item, group, before, share: Share { part: segment, whole: self.period }, tax: terms.tax };
            let lines = rating.unbounded(units)?;
            self.before.insert(item.name.clone(), before + units);
            if lines.is_empty() {
                continue;
            }
            self.next += 1;
            groups[i].push(group);
            if !matches!(item.model, PriceModel::Flat(_)) {
                let of = kinds.into_keys().cloned().collect();
                self.bill.groups.push(Group { number: group, span: segment, name: item.name.clone(), of, units });
            }
            self.bill.components.extend(lines);
        }
        self.discounts(segment, terms, first)
    }

    /// What is off everything of a segment, one after another.
    fn discounts(&mut self, segment: Span, terms: &Amendment, first: usize) -> Result<(), BillError> {
        for discount in terms.discounts.iter().filter(|d| d.on(segment.from)) {
            let net = component::net(&self.bill.components[first..]).ok_or(TooLarge)?;
            let off = discount.rate.of(net).ok_or(TooLarge)?;
            if off > Money::ZERO {
                let words = format!("{}: {} off", discount.name, discount.rate);
                let mut line = Component::once(ComponentKind::Discount, 0, segment, terms.tax, negative(off)?, words)
                    .ok_or(TooLarge)?;
                line.steps.push(format!("{} of {net} = {off} off", discount.rate));
                self.bill.components.push(line);
            }
        }
        Ok(())
    }

    /// The cap and the committed spend of the whole period, each prorated by the days for which it was agreed.
    fn whole(&mut self, amendments: &[Amendment]) -> Result<(), BillError> {
        let last = self.period.cut(amendments.iter().flat_map(|a| [Some(a.from), a.until]).flatten());
        let Some(last) = last.iter().rev().find_map(|part| on(amendments, part.from)) else { return Ok(()) };
        let prorated = |of: &dyn Fn(&Amendment) -> Option<Money>,
                        otherwise: Option<Money>|
         -> Result<Option<Money>, TooLarge> {
            let mut sum = Money::ZERO;
            let mut any = false;
            for part in self.period.cut(amendments.iter().flat_map(|a| [Some(a.from), a.until]).flatten()) {
                // Days before the contract and after it bind nobody.
                let Some(terms) = on(amendments, part.from) else { continue };
                let agreed = of(terms);
                any |= agreed.is_some();
                let Some(amount) = agreed.or(otherwise) else { return Ok(None) };
                sum =
                    sum.checked_add(Share { part, whole: self.period }.of(amount).ok_or(TooLarge)?).ok_or(TooLarge)?;
            }
            Ok(any.then_some(sum))
        };
        let commitment = prorated(&|a| a.commitment, Some(Money::ZERO))?;
        // Days without a cap leave the period without one: there is no most of what is not bounded.
        let cap = prorated(&|a| a.cap, None)?;
        let net = self.bill.net().ok_or(TooLarge)?;
        let (kind, to, words) = match (cap, commitment) {
            (Some(cap), _) if net > cap => (ComponentKind::Cap, cap, format!("Capped at {cap} by contract")),
            (_, Some(least)) if net < least => {
                (ComponentKind::Commitment, least, format!("Up to the committed spend of {least}"))
            }
            _ => return Ok(()),
        };
        let amount = to.checked_sub(net).ok_or(TooLarge)?;
        let mut line = Component::once(kind, 0, self.period, last.tax, amount, words).ok_or(TooLarge)?;
        line.steps.push(format!("{to} less {net} of {}", self.period.words()));
        self.bill.components.push(line);
        Ok(())
    }
}

/// What use of an invoiced period costs that became known afterwards: the bill with it less the bill without it, so that
/// tiers, caps and minimums hold for the period as a whole. One line; nothing where the bill does not rise.
pub fn late(
    period: Span,
    amendments: &[Amendment],
    billed: &[Used],
    late: &[Used],
) -> Result<Vec<Component>, BillError> {
    let units: u64 = late.iter().map(|u| u.units).sum();
    if units == 0 {
        return Ok(Vec::new());
    }
    let all: Vec<Used> = billed.iter().chain(late).cloned().collect();
    let (without, with) = (bill(period, amendments, billed)?, bill(period, amendments, &all)?);
    let (before, after) = (without.net().ok_or(TooLarge)?, with.net().ok_or(TooLarge)?);
    let more = after.checked_sub(before).ok_or(TooLarge)?.max(Money::ZERO);
    let tax = on(amendments, period.last()).map(|a| a.tax).unwrap_or_default();
    let words = format!("{units} predictions of {} that became known after its invoice", period.words());
    let mut line = Component::once(ComponentKind::Late, 0, period, tax, more, words).ok_or(TooLarge)?;
    line.units = units;
    line.steps.push(format!("{} with them: {after}, without: {before}", period.words()));
    Ok(vec![line])
}

#[cfg(test)]
mod tests;
