//! Value added tax: what kind of supply it is, and its rate on a date.

use chrono::NaiveDate;
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::price::Rate;

/// How a supply is treated. The letters are those of EN 16931 (UNCL 5305).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxCategory {
    #[default]
    Standard,
    Zero,
    Exempt,
    /// The customer accounts for it (VATA 1994 s.7A): a customer in business outside the United Kingdom.
    ReverseCharge,
    /// Compensation and interest are no supply.
    OutOfScope,
}

impl TaxCategory {
    pub const ALL: [TaxCategory; 5] = [
        TaxCategory::Standard,
        TaxCategory::Zero,
        TaxCategory::Exempt,
        TaxCategory::ReverseCharge,
        TaxCategory::OutOfScope,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            TaxCategory::Standard => "standard",
            TaxCategory::Zero => "zero",
            TaxCategory::Exempt => "exempt",
            TaxCategory::ReverseCharge => "reverse_charge",
            TaxCategory::OutOfScope => "out_of_scope",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            TaxCategory::Standard => "Standard rate",
            TaxCategory::Zero => "Zero rate",
            TaxCategory::Exempt => "Exempt",
            TaxCategory::ReverseCharge => "Reverse charge",
            TaxCategory::OutOfScope => "Outside the scope of VAT",
        }
    }

    /// Its letter in an e-invoice.
    pub const fn code(self) -> &'static str {
        match self {
            TaxCategory::Standard => "S",
            TaxCategory::Zero => "Z",
            TaxCategory::Exempt => "E",
            TaxCategory::ReverseCharge => "AE",
            TaxCategory::OutOfScope => "O",
        }
    }

    pub fn from_key(key: &str) -> Option<TaxCategory> {
        TaxCategory::ALL.into_iter().find(|c| c.key() == key)
    }

    /// What a document has to say where no VAT is charged (SI 1995/2518 reg 14(1)(l)-(n)).
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            TaxCategory::Standard | TaxCategory::Zero => None,
            TaxCategory::Exempt => Some("Exempt from VAT"),
            TaxCategory::ReverseCharge => Some("Reverse charge: customer to account for VAT to HMRC"),
            TaxCategory::OutOfScope => Some("Outside the scope of VAT"),
        }
    }
}

/// Category and rate: what VAT is summed by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tax {
    pub category: TaxCategory,
    pub rate: Rate,
}

/// Net and VAT of a category and rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxGroup {
    pub tax: Tax,
    pub net: Money,
    pub vat: Money,
}

/// The standard rate from a date on. Only it has ever moved: the other categories charge nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandardRate {
    pub from: NaiveDate,
    pub rate: Rate,
}

/// The rates that were and will be in force. One for each date, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates(pub Vec<StandardRate>);

impl Rates {
    /// The tax of a category at a tax point; `None` where no standard rate was in force yet.
    pub fn at(&self, category: TaxCategory, tax_point: NaiveDate) -> Option<Tax> {
        let rate = match category {
            TaxCategory::Standard => {
                self.0.iter().filter(|r| r.from <= tax_point).max_by_key(|r| r.from).map(|r| r.rate)?
            }
            TaxCategory::Zero | TaxCategory::Exempt | TaxCategory::ReverseCharge | TaxCategory::OutOfScope => {
                Rate::ZERO
            }
        };
        Some(Tax { category, rate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_tax_point() {
        let rate =
            |from: &str, bp| StandardRate { from: from.parse().unwrap(), rate: Rate::from_basis_points(bp).unwrap() };
        // As it was: 15% until the end of 2009, 17.5% until 4 January 2011, 20% since.
        let rates = Rates(vec![rate("2011-01-04", 2_000), rate("2008-12-01", 1_500), rate("2010-01-01", 1_750)]);
        let at = |day: &str| rates.at(TaxCategory::Standard, day.parse().unwrap()).map(|t| t.rate.basis_points());
        assert_eq!(
            [at("2009-12-31"), at("2010-01-01"), at("2011-01-03"), at("2011-01-04")],
            [1_500, 1_750, 1_750, 2_000].map(Some)
        );
        assert_eq!(at("2008-11-30"), None);
        assert_eq!(rates.at(TaxCategory::OutOfScope, "2001-01-01".parse().unwrap()).unwrap().rate, Rate::ZERO);
    }
}
