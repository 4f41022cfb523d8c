//! Filling what the law lets one fill: tariff amount, psychological flag and prognosis band
//! determine each other, so any of them that is blank can be recovered without the settlement.

use chrono::NaiveDate;
use domain::{
    ClaimFacts, Head,
    tariff::{Table, UPLIFT_LIMIT_PERCENT},
};

/// Pounds by head, with what could be recovered filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    amounts: [Option<f64>; Head::ALL.len()],
    pub psychological: Option<bool>,
    pub exceptional: Option<bool>,
    /// Months to recovery; the middle of the tariff band where only the band is known.
    pub months: Option<u8>,
    /// See [`super::Feature::AccidentType`].
    pub accident_rank: f64,
}

impl Recovered {
    pub fn of(facts: &ClaimFacts) -> Recovered {
        let mut amounts = [None; Head::ALL.len()];
        for (head, amount) in facts.heads.iter() {
            amounts[head as usize] = amount.map(|a| a.as_pounds());
        }
        let mut claim = Recovered {
            amounts,
            psychological: facts.minor_psychological_injury,
            exceptional: facts.exceptional_circumstances,
            months: facts.injury_prognosis_months,
            accident_rank: super::accident_rank(facts.accident_type.as_deref()),
        };
        claim.recover_tariff(table(facts.accident_date));
        claim.recover_uplift();
        claim
    }

    /// Pounds; nil where unknown.
    pub fn amount(&self, head: Head) -> f64 {
        self.amounts[head as usize].unwrap_or(0.0)
    }

    pub fn is_unknown(&self, head: Head) -> bool {
        self.amounts[head as usize].is_none()
    }

    /// Pounds: the sum of the known heads, reductions subtracted.
    pub fn total(&self) -> f64 {
        let signed = |&h: &Head| if h.is_reduction() { -self.amount(h) } else { self.amount(h) };
        Head::ALL.iter().map(signed).sum()
    }

    fn recover_tariff(&mut self, table: Table) {
        match self.amounts[Head::GeneralFixed as usize] {
            Some(fixed) => {
                let Some((longest, psychological)) = look_up(fixed) else { return };
                self.psychological = self.psychological.or(Some(psychological));
                self.months = self.months.or(Some(longest.saturating_sub(1)));
            }
            None => {
                let Some(months) = self.months else { return };
                let pounds = |flag| table.amount(months, flag).map(|m| m.as_pounds());
                self.amounts[Head::GeneralFixed as usize] = match self.psychological {
                    Some(flag) => pounds(flag),
                    // The two columns differ by a few pounds: the middle is off by half of that.
                    None => pounds(false).zip(pounds(true)).map(|(a, b)| f64::midpoint(a, b)),
                };
            }
        }
    }

    /// The uplift follows the exceptional flag, and the flag the uplift.
    fn recover_uplift(&mut self) {
        let fixed = self.amount(Head::GeneralFixed);
        let uplift = &mut self.amounts[Head::GeneralUplift as usize];
        match (*uplift, self.exceptional) {
            (Some(amount), None) => self.exceptional = Some(amount > 0.0),
            (None, Some(true)) => *uplift = Some(fixed * UPLIFT_LIMIT_PERCENT as f64 / 100.0),
            (None, Some(false)) => *uplift = Some(0.0),
            _ => {}
        }
    }
}

/// The table by which a blank tariff amount is recovered: that of 2025 only for an accident from
/// then on. Dates before the tariff came in are taken for slips, because the claim has a tariff.
fn table(accident: Option<NaiveDate>) -> Table {
    accident.and_then(Table::on).unwrap_or(Table::Of2021)
}

/// The band's longest duration in months and the psychological flag of a tariff amount. No amount
/// stands in both tables, so the date is not needed.
fn look_up(fixed: f64) -> Option<(u8, bool)> {
    [Table::Of2021, Table::Of2025]
        .into_iter()
        .flat_map(Table::rows)
        .find(|(_, _, amount)| amount.as_pounds() == fixed)
        .map(|(longest, psychological, _)| (longest, psychological))
}

#[cfg(test)]
mod tests {
    use domain::Money;

    use super::*;

    #[test]
    fn no_tariff_amount_stands_in_both_tables() {
        let mut seen = std::collections::BTreeSet::new();
        for (_, _, amount) in [Table::Of2021, Table::Of2025].into_iter().flat_map(Table::rows) {
            assert!(seen.insert(amount), "{amount}");
        }
        assert_eq!(seen.len(), 28);
    }

    #[test]
    fn each_of_amount_flag_and_prognosis_is_recovered_from_the_others() {
        let mut facts = ClaimFacts {
            injury_prognosis_months: Some(6),
            minor_psychological_injury: Some(true),
            ..ClaimFacts::default()
        };
        assert_eq!(Recovered::of(&facts).amount(Head::GeneralFixed), 520.0);
        facts.accident_date = NaiveDate::from_ymd_opt(2020, 1, 1);
        assert_eq!(Recovered::of(&facts).amount(Head::GeneralFixed), 520.0);
        facts.accident_date = NaiveDate::from_ymd_opt(2025, 5, 31);
        assert_eq!(Recovered::of(&facts).amount(Head::GeneralFixed), 595.0);

        let mut from_amount = ClaimFacts::default();
        from_amount.heads.set(Head::GeneralFixed, Some(Money::from_pounds(1_595)));
        let claim = Recovered::of(&from_amount);
        assert_eq!((claim.psychological, claim.months), (Some(true), Some(11)));
    }

    #[test]
    fn the_uplift_follows_the_flag_and_the_flag_the_uplift() {
        let mut facts = ClaimFacts { exceptional_circumstances: Some(true), ..ClaimFacts::default() };
        facts.heads.set(Head::GeneralFixed, Some(Money::from_pounds(520)));
        assert_eq!(Recovered::of(&facts).amount(Head::GeneralUplift), 104.0);
        facts.exceptional_circumstances = None;
        facts.heads.set(Head::GeneralUplift, Some(Money::ZERO));
        assert_eq!(Recovered::of(&facts).exceptional, Some(false));
    }

    #[test]
    fn past_the_tariff_nothing_is_invented() {
        let facts = ClaimFacts {
            injury_prognosis_months: Some(30),
            minor_psychological_injury: Some(true),
            ..ClaimFacts::default()
        };
        assert!(Recovered::of(&facts).is_unknown(Head::GeneralFixed));
    }
}
