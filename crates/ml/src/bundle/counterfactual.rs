//! What would change a prediction: the same claim with one thing otherwise that can become otherwise.
//!
//! Only evidence, heads, the prognosis and the tariff's flags are changed, never who the claimant is.
//! Each change keeps to the law: another prognosis or flag brings its own tariff amount.

use domain::{
    ClaimFacts, Head, Money,
    tariff::{Table, UPLIFT_LIMIT_PERCENT},
};

use super::{Bundle, PredictError, predict::Valuation};

/// A claim with one thing otherwise, and what it would be predicted to settle for.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterfactual {
    /// In words that end a sentence beginning with the amount: `with £200 of the physiotherapy evidenced`.
    pub change: String,
    pub amount: Money,
    /// Less the prediction as it is.
    pub difference: Money,
    pub lower: Money,
    pub upper: Money,
}

/// Amounts below this are not worth a question.
const SMALLEST: Money = Money::from_pence(5_000);

/// Differences below this are not shown.
const SHOWN: Money = Money::from_pence(1_000);

impl Bundle {
    /// The changes that move the prediction most, at most `most`, largest difference first.
    pub fn counterfactuals(&self, facts: &ClaimFacts, most: usize) -> Result<Vec<Counterfactual>, PredictError> {
        let now = self.value(facts)?.amount;
        let mut found = Vec::new();
        for (change, facts) in alternatives(facts) {
            // A change that leaves nothing to value is none.
            let Ok(Valuation { amount, lower, upper, .. }) = self.value(&facts) else { continue };
            let Some(difference) = amount.checked_sub(now) else { continue };
            if difference.pence().abs() >= SHOWN.pence() {
                found.push(Counterfactual { change, amount, difference, lower, upper });
            }
        }
        // A stable sort: equals stay in the order of the heads.
        found.sort_by_key(|c| std::cmp::Reverse(c.difference.pence().abs()));
        found.truncate(most);
        Ok(found)
    }
}

/// Every change that is tried, in words.
fn alternatives(facts: &ClaimFacts) -> Vec<(String, ClaimFacts)> {
    let mut alternatives = Vec::new();
    for &head in Head::ALL.iter().filter(|h| is_negotiable(**h)) {
        let name = head.label().to_lowercase();
        match facts.heads.get(head) {
            Some(amount) if amount >= SMALLEST => {
                let half = to_ten_pounds(amount.pence() / 2);
                alternatives.push((format!("with {half} of the {name} evidenced"), with(facts, head, half)));
                alternatives.push((format!("with nothing of the {name} evidenced"), with(facts, head, Money::ZERO)));
            }
            // What a head that is not known comes to is the first thing to find out.
            None => alternatives.push((format!("with no claim for {name}"), with(facts, head, Money::ZERO))),
            Some(_) => {}
        }
    }
    alternatives.extend(tariff_changes(facts));
    alternatives
}

/// Another prognosis band, psychological flag or uplift, where the claim has a tariff amount.
fn tariff_changes(facts: &ClaimFacts) -> Vec<(String, ClaimFacts)> {
    let table = facts.accident_date.and_then(Table::on).unwrap_or(Table::Of2021);
    let (Some(months), Some(psychological)) = (facts.injury_prognosis_months, facts.minor_psychological_injury) else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    let bands: Vec<u8> = table.rows().filter(|(_, p, _)| !p).map(|(longest, _, _)| longest).collect();
    let own = bands.iter().position(|longest| months <= *longest);
    let neighbours = own.map(|i| [i.checked_sub(1), Some(i + 1).filter(|i| *i < bands.len())]);
    for months in neighbours.into_iter().flatten().flatten().map(|i| bands[i]) {
        let mut other = facts.clone();
        other.injury_prognosis_months = Some(months);
        if let Some(amount) = retariff(&mut other, table, months, psychological) {
            changes.push((format!("with a prognosis of {months} months (tariff {amount})"), other));
        }
    }
    let mut other = facts.clone();
    other.minor_psychological_injury = Some(!psychological);
    if let Some(amount) = retariff(&mut other, table, months, !psychological) {
        let with = if psychological { "without" } else { "with" };
        changes.push((format!("{with} minor psychological injury (tariff {amount})"), other));
    }
    let uplift = facts.heads.get(Head::GeneralUplift).unwrap_or(Money::ZERO);
    if uplift > Money::ZERO {
        let mut other = with(facts, Head::GeneralUplift, Money::ZERO);
        other.exceptional_circumstances = Some(false);
        changes.push(("without exceptional circumstances".to_owned(), other));
    }
    changes
}

/// Puts the tariff amount of the changed facts in its place, and the uplift in proportion.
fn retariff(facts: &mut ClaimFacts, table: Table, months: u8, psychological: bool) -> Option<Money> {
    let amount = table.amount(months, psychological)?;
    let heads = &mut facts.heads;
    if heads.get(Head::GeneralUplift).is_some_and(|uplift| uplift > Money::ZERO) {
        heads.set(Head::GeneralUplift, Some(Money::from_pence(amount.pence() * UPLIFT_LIMIT_PERCENT / 100)));
    }
    heads.set(Head::GeneralFixed, Some(amount));
    Some(amount)
}

const fn is_negotiable(head: Head) -> bool {
    !matches!(head, Head::GeneralFixed | Head::GeneralUplift) && !head.is_reduction()
}

fn with(facts: &ClaimFacts, head: Head, amount: Money) -> ClaimFacts {
    let mut other = facts.clone();
    other.heads.set(head, Some(amount));
    other
}

fn to_ten_pounds(pence: i64) -> Money {
    Money::from_pence((pence + 500) / 1_000 * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> ClaimFacts {
        let mut facts = ClaimFacts {
            injury_prognosis_months: Some(6),
            minor_psychological_injury: Some(false),
            accident_date: chrono::NaiveDate::from_ymd_opt(2024, 1, 1),
            ..ClaimFacts::default()
        };
        for &head in Head::ALL {
            facts.heads.set(head, Some(Money::ZERO));
        }
        facts.heads.set(Head::GeneralFixed, Some(Money::from_pounds(495)));
        facts.heads.set(Head::SpecialTherapy, Some(Money::from_pounds(406)));
        facts.heads.set(Head::SpecialTripCosts, Some(Money::from_pounds(12)));
        facts
    }

    #[test]
    fn only_what_can_change_is_changed_and_the_tariff_follows_the_law() {
        let changes = alternatives(&facts());
        let words: Vec<&str> = changes.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(
            words,
            [
                "with £200.00 of the physiotherapy evidenced",
                "with nothing of the physiotherapy evidenced",
                "with a prognosis of 3 months (tariff £240.00)",
                "with a prognosis of 9 months (tariff £840.00)",
                "with minor psychological injury (tariff £520.00)",
            ]
        );
        assert_eq!(changes[3].1.heads.get(Head::GeneralFixed), Some(Money::from_pounds(840)));
        assert_eq!(changes[0].1.heads.get(Head::SpecialTherapy), Some(Money::from_pounds(200)));
    }

    #[test]
    fn at_the_ends_of_the_tariff_there_is_one_neighbour_and_unknown_heads_are_asked_after() {
        let mut longest = facts();
        longest.injury_prognosis_months = Some(24);
        longest.heads.set(Head::GeneralRest, None);
        let words: Vec<String> = alternatives(&longest).into_iter().map(|(words, _)| words).collect();
        assert!(words.contains(&"with no claim for other general damages".to_owned()));
        assert_eq!(words.iter().filter(|w| w.contains("prognosis")).count(), 1, "{words:?}");
        assert!(tariff_changes(&ClaimFacts::default()).is_empty());
    }
}
