//! Heads of loss: what a claimant asks money for.

use serde::{Deserialize, Serialize};

use crate::Money;

/// One line of the table below: variant, data set column, API key, words for people.
macro_rules! heads {
    ($($variant:ident, $column:literal, $key:literal, $label:literal;)*) => {
        /// A head of loss, general (pain, suffering and loss of amenity) or special (money spent
        /// or lost). The order is the order on screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Head { $($variant),* }

        impl Head {
            pub const ALL: &'static [Head] = &[$(Head::$variant),*];

            /// The column of the case study's data set.
            pub const fn column(self) -> &'static str {
                match self { $(Head::$variant => $column),* }
            }

            /// The name in the API (where it carries the suffix `_pence`) and in stored documents.
            pub const fn key(self) -> &'static str {
                match self { $(Head::$variant => $key),* }
            }

            /// The words a handler reads.
            pub const fn label(self) -> &'static str {
                match self { $(Head::$variant => $label),* }
            }
        }
    };
}

heads! {
    GeneralFixed, "GeneralFixed", "general_fixed", "Whiplash tariff";
    GeneralUplift, "GeneralUplift", "general_uplift", "Exceptional uplift";
    GeneralRest, "GeneralRest", "general_rest", "Other general damages";
    SpecialTherapy, "SpecialTherapy", "special_therapy", "Physiotherapy";
    SpecialRehabilitation, "SpecialRehabilitation", "special_rehabilitation", "Rehabilitation";
    SpecialHealthExpenses, "SpecialHealthExpenses", "special_health_expenses", "Health expenses";
    SpecialMedications, "SpecialMedications", "special_medications", "Medication";
    SpecialAdditionalInjury, "SpecialAdditionalInjury", "special_additional_injury", "Additional injury";
    SpecialEarningsLoss, "SpecialEarningsLoss", "special_earnings_loss", "Loss of earnings";
    SpecialAssetDamage, "SpecialAssetDamage", "special_asset_damage", "Damage to vehicle and items";
    SpecialFixes, "SpecialFixes", "special_fixes", "Repairs";
    SpecialLoanerVehicle, "SpecialLoanerVehicle", "special_loaner_vehicle", "Vehicle hire";
    SpecialUsageLoss, "SpecialUsageLoss", "special_usage_loss", "Loss of use";
    SpecialJourneyExpenses, "SpecialJourneyExpenses", "special_journey_expenses", "Travel to treatment";
    SpecialTripCosts, "SpecialTripCosts", "special_trip_costs", "Other travel";
    SpecialOverage, "SpecialOverage", "special_overage", "Policy excess";
    SpecialReduction, "SpecialReduction", "special_reduction", "Agreed reduction";
}

impl Head {
    pub fn from_key(key: &str) -> Option<Head> {
        Head::ALL.iter().copied().find(|h| h.key() == key)
    }

    pub fn from_column(column: &str) -> Option<Head> {
        Head::ALL.iter().copied().find(|h| h.column() == column)
    }

    /// General damages compensate the injury itself, special damages what it cost.
    pub const fn is_general(self) -> bool {
        matches!(self, Head::GeneralFixed | Head::GeneralUplift | Head::GeneralRest)
    }

    /// Whether a reduction is meant: it lowers the claim instead of adding to it.
    pub const fn is_reduction(self) -> bool {
        matches!(self, Head::SpecialReduction)
    }
}

const COUNT: usize = Head::ALL.len();

/// The amount claimed under each head; `None` where it is not known, which is not the same as nil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Heads([Option<Money>; COUNT]);

impl Heads {
    /// Nothing is claimed under any head, and that is known.
    pub fn nil() -> Heads {
        Heads([Some(Money::ZERO); COUNT])
    }

    pub fn get(&self, head: Head) -> Option<Money> {
        self.0[head as usize]
    }

    pub fn set(&mut self, head: Head, amount: Option<Money>) {
        self.0[head as usize] = amount;
    }

    pub fn with(mut self, head: Head, amount: Money) -> Self {
        self.set(head, Some(amount));
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = (Head, Option<Money>)> + '_ {
        Head::ALL.iter().map(|&h| (h, self.get(h)))
    }

    /// The sum of the known heads, reductions subtracted: the ceiling of a negotiation.
    /// `None` only if the sum cannot be held.
    pub fn total(&self) -> Option<Money> {
        self.iter().try_fold(Money::ZERO, |sum, (head, amount)| {
            let amount = amount.unwrap_or_default();
            if head.is_reduction() { sum.checked_sub(amount) } else { sum.checked_add(amount) }
        })
    }
}

/// Heads serialise as a map from key to pence, unknown heads left out.
impl Serialize for Heads {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().filter_map(|(h, a)| a.map(|a| (h.key(), a))))
    }
}

impl<'de> Deserialize<'de> for Heads {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = std::collections::BTreeMap::<Head, Option<Money>>::deserialize(deserializer)?;
        let mut heads = Heads::default();
        for (head, amount) in map {
            heads.set(head, amount);
        }
        Ok(heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_columns_find_their_head() {
        for &head in Head::ALL {
            assert_eq!(Head::from_key(head.key()), Some(head));
            assert_eq!(Head::from_column(head.column()), Some(head));
        }
    }

    #[test]
    fn total_subtracts_a_reduction_and_survives_json() {
        let heads = Heads::default()
            .with(Head::GeneralFixed, Money::from_pounds(520))
            .with(Head::SpecialTherapy, Money::from_pounds(400))
            .with(Head::SpecialReduction, Money::from_pounds(20));
        assert_eq!(heads.total(), Some(Money::from_pounds(900)));
        let json = serde_json::to_string(&heads).unwrap();
        assert_eq!(json, r#"{"general_fixed":52000,"special_therapy":40000,"special_reduction":2000}"#);
        assert_eq!(serde_json::from_str::<Heads>(&json).unwrap(), heads);
        assert!(serde_json::from_str::<Heads>(r#"{"special_yacht":1}"#).is_err());
    }
}
