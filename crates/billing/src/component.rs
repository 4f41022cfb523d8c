//! What an invoice's line is: a typed component with its own quantity, price, days and VAT category.

use domain::Money;
use serde::{Deserialize, Serialize};

use crate::price::UnitPrice;
use crate::span::Span;
use crate::tax::TaxCategory;

/// Why a component is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// Units within the free allowance: they cost nothing and are shown.
    Free,
    /// Units at the price of a tier, or at the one price there is.
    Usage,
    /// Packages of units, begun ones counting.
    Package,
    /// A fixed fee.
    Fee,
    /// Taken off.
    Discount,
    /// Taken off: what goes beyond the most that is charged.
    Cap,
    /// Added: what is missing from the least that is charged.
    Minimum,
    /// Added: what is missing from the spend that was committed to.
    Commitment,
    /// Use of an earlier period that became known after its invoice.
    Late,
    /// Typed by a person.
    Manual,
    /// Statutory interest.
    Interest,
    /// The fixed sum for recovering a debt.
    FixedSum,
}

impl ComponentKind {
    pub const ALL: [ComponentKind; 12] = [
        ComponentKind::Free,
        ComponentKind::Usage,
        ComponentKind::Package,
        ComponentKind::Fee,
        ComponentKind::Discount,
        ComponentKind::Cap,
        ComponentKind::Minimum,
        ComponentKind::Commitment,
        ComponentKind::Late,
        ComponentKind::Manual,
        ComponentKind::Interest,
        ComponentKind::FixedSum,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            ComponentKind::Free => "free",
            ComponentKind::Usage => "usage",
            ComponentKind::Package => "package",
            ComponentKind::Fee => "fee",
            ComponentKind::Discount => "discount",
            ComponentKind::Cap => "cap",
            ComponentKind::Minimum => "minimum",
            ComponentKind::Commitment => "commitment",
            ComponentKind::Late => "late",
            ComponentKind::Manual => "manual",
            ComponentKind::Interest => "interest",
            ComponentKind::FixedSum => "fixed_sum",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            ComponentKind::Free => "Free allowance",
            ComponentKind::Usage => "Usage",
            ComponentKind::Package => "Package",
            ComponentKind::Fee => "Fee",
            ComponentKind::Discount => "Discount",
            ComponentKind::Cap => "Cap",
            ComponentKind::Minimum => "Minimum charge",
            ComponentKind::Commitment => "Committed spend",
            ComponentKind::Late => "Use of an earlier period",
            ComponentKind::Manual => "Other",
            ComponentKind::Interest => "Interest",
            ComponentKind::FixedSum => "Fixed sum",
        }
    }

    pub fn from_key(key: &str) -> Option<ComponentKind> {
        ComponentKind::ALL.into_iter().find(|k| k.key() == key)
    }
}

/// A line before it has its place on a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub kind: ComponentKind,
    /// Which lines belong together: an item of the rate card in a segment. 0: the whole contract.
    pub group: u32,
    pub description: String,
    /// Negative for what is taken off.
    pub quantity: i64,
    pub unit_price: UnitPrice,
    /// Quantity × price rounded half-up once.
    pub net: Money,
    /// Units of use that this line stands for, such as those in a package; 0 for what is no use.
    pub units: u64,
    pub span: Span,
    pub tax: TaxCategory,
    /// How the amount came about, a sentence a step.
    pub steps: Vec<String>,
}

impl Component {
    /// A single amount: quantity 1 or −1 at its absolute value.
    pub fn once(
        kind: ComponentKind,
        group: u32,
        span: Span,
        tax: TaxCategory,
        net: Money,
        description: String,
    ) -> Option<Component> {
        let unit_price = UnitPrice::of_money(Money::from_pence(net.pence().checked_abs()?))?;
        let quantity = if net < Money::ZERO { -1 } else { 1 };
        Some(Component { kind, group, description, quantity, unit_price, net, units: 0, span, tax, steps: Vec::new() })
    }
}

/// The sum of the components' nets.
pub fn net<'a>(components: impl IntoIterator<Item = &'a Component>) -> Option<Money> {
    Money::sum(components.into_iter().map(|c| c.net))
}
