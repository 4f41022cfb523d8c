//! The whiplash tariff: general damages fixed by law.
//!
//! Source: Whiplash Injury Regulations 2021 (SI 2021/642), reg 2(1)(a) and (b), and the Whiplash
//! Injury (Amendment) Regulations 2025 for accidents from 31 May 2025.

use chrono::NaiveDate;

use crate::Money;

/// Longest duration of each band in months, then pounds: 2021 whiplash, 2021 with minor
/// psychological injury, 2025 whiplash, 2025 with minor psychological injury.
const BANDS: [(u8, [i64; 4]); 7] = [
    (3, [240, 260, 275, 300]),
    (6, [495, 520, 565, 595]),
    (9, [840, 895, 965, 1_025]),
    (12, [1_320, 1_390, 1_510, 1_595]),
    (15, [2_040, 2_125, 2_335, 2_435]),
    (18, [3_005, 3_100, 3_445, 3_550]),
    (24, [4_215, 4_345, 4_830, 4_975]),
];

/// Which table of the regulations applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Accidents from 31 May 2021 to 30 May 2025.
    Of2021,
    /// Accidents from 31 May 2025.
    Of2025,
}

impl Table {
    /// The table that the accident date selects; `None` before the tariff came in.
    pub fn on(accident: NaiveDate) -> Option<Table> {
        let first = |year| NaiveDate::from_ymd_opt(year, 5, 31);
        if Some(accident) >= first(2025) {
            Some(Table::Of2025)
        } else if Some(accident) >= first(2021) {
            Some(Table::Of2021)
        } else {
            None
        }
    }

    /// The amount for an injury of `months` with or without minor psychological injury; `None`
    /// past 24 months, where the tariff ends and common law applies.
    pub fn amount(self, months: u8, psychological: bool) -> Option<Money> {
        let column = match (self, psychological) {
            (Table::Of2021, false) => 0,
            (Table::Of2021, true) => 1,
            (Table::Of2025, false) => 2,
            (Table::Of2025, true) => 3,
        };
        BANDS.iter().find(|(longest, _)| months <= *longest).map(|(_, pounds)| Money::from_pounds(pounds[column]))
    }

    /// The amounts of the table with the band's longest duration in months and the psychological
    /// flag, for looking a tariff amount up backwards.
    pub fn rows(self) -> impl Iterator<Item = (u8, bool, Money)> {
        BANDS.iter().flat_map(move |&(longest, _)| {
            [false, true].into_iter().filter_map(move |p| self.amount(longest, p).map(|m| (longest, p, m)))
        })
    }
}

/// Bound of the uplift for exceptional circumstances or an exceptionally severe injury, in percent
/// of the tariff (reg 3).
pub const UPLIFT_LIMIT_PERCENT: i64 = 20;

/// What the law gives for these facts, as shown beside a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tariff {
    /// The tariff amount and the highest uplift that may be added to it.
    Fixed { amount: Money, uplift_limit: Money },
    /// The accident happened before 31 May 2021.
    BeforeTariff,
    /// The injury lasts more than 24 months.
    PastTariff,
    /// A fact that decides it is missing.
    Unknown,
}

/// The tariff for an accident date, a prognosis in months and the psychological flag.
pub fn tariff(accident: Option<NaiveDate>, months: Option<u8>, psychological: Option<bool>) -> Tariff {
    let (Some(accident), Some(months)) = (accident, months) else { return Tariff::Unknown };
    let Some(table) = Table::on(accident) else { return Tariff::BeforeTariff };
    match table.amount(months, psychological.unwrap_or(false)) {
        Some(amount) => {
            Tariff::Fixed { amount, uplift_limit: Money::from_pence(amount.pence() * UPLIFT_LIMIT_PERCENT / 100) }
        }
        None => Tariff::PastTariff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_accident_date_selects_the_table_and_the_prognosis_the_band() {
        let fixed = |pounds: i64| Tariff::Fixed {
            amount: Money::from_pounds(pounds),
            uplift_limit: Money::from_pounds(pounds * 20).pence().checked_div(100).map(Money::from_pence).unwrap(),
        };
        for (day, months, psychological, expected) in [
            ("2021-05-30", 3, false, Tariff::BeforeTariff),
            ("2021-05-31", 3, false, fixed(240)),
            ("2025-05-30", 4, true, fixed(520)),
            ("2025-05-31", 4, true, fixed(595)),
            ("2025-05-31", 24, true, fixed(4_975)),
            ("2025-05-31", 25, true, Tariff::PastTariff),
            ("2023-01-01", 9, true, fixed(895)),
            ("2023-01-01", 10, false, fixed(1_320)),
        ] {
            assert_eq!(tariff(date(day), Some(months), Some(psychological)), expected, "{day} {months}");
        }
        assert_eq!(tariff(None, Some(3), None), Tariff::Unknown);
    }

    #[test]
    fn a_longer_injury_never_pays_less() {
        for table in [Table::Of2021, Table::Of2025] {
            for psychological in [false, true] {
                let amounts: Vec<_> = (0..=24).map(|m| table.amount(m, psychological).unwrap()).collect();
                assert!(amounts.is_sorted());
            }
        }
    }
}
