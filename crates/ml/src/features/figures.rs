//! Figures that settled claims have in common.
//!
//! Some figures are asked for again and again: a clinic's course of treatment, a representative's
//! standard proposal. They tend to be settled otherwise than figures nobody else asked for, so how
//! many other claims asked for the very same one is a feature (see docs/models.md for its worth).

use std::collections::{BTreeMap, BTreeSet};

use domain::Head;
use serde::{Deserialize, Serialize};

use super::Recovered;

/// The heads whose figures are counted; those of the others told nothing.
pub const COUNTED: [Head; 2] = [Head::GeneralRest, Head::SpecialTherapy];

/// Figures of fewer claims are not kept, so that a bundle tells nothing of a single claim, and count
/// nil.
const FEWEST: u32 = 2;

/// Whole pounds, pennies cut off.
type Pounds = u32;

/// For each head the figures that several settled claims asked for, and how many did. The part of a
/// model that was learnt by counting.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figures(BTreeMap<Head, BTreeMap<Pounds, u32>>);

impl Figures {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The heads that figures are known of.
    pub fn heads(&self) -> impl Iterator<Item = Head> + '_ {
        self.0.keys().copied()
    }

    /// How many settled claims asked for the figure of `head` that `claim` asks for: −1 where that is
    /// nil or not known, 0 where hardly any did.
    pub fn count(&self, head: Head, claim: &Recovered) -> f64 {
        let count = |pounds| self.0.get(&head).and_then(|counts| counts.get(&pounds)).copied();
        figure(head, claim).map_or(-1.0, |pounds| f64::from(count(pounds).unwrap_or(0)))
    }

    /// What is wrong with figures from outside, if anything.
    pub fn fault(&self) -> Option<String> {
        let few = |(head, counts): (&Head, &BTreeMap<Pounds, u32>)| {
            let few = counts.iter().find(|(_, count)| **count < FEWEST)?;
            Some(format!("£{} of {} counts {} claims; at least {FEWEST} are kept", few.0, head.key(), few.1))
        };
        self.0.iter().find_map(few)
    }
}

/// Who asked for each figure, so that a claim's own asking can be left out when a model learns from it.
#[derive(Debug, Clone, Default)]
pub struct Askers(BTreeMap<(Head, Pounds), BTreeSet<i64>>);

impl Askers {
    /// Of claims with their groups: copies of a claim, which share a group, count once.
    pub fn of<'a>(claims: impl Iterator<Item = (&'a Recovered, i64)>) -> Askers {
        let mut askers = Askers::default();
        for (claim, group) in claims {
            for head in COUNTED {
                if let Some(pounds) = figure(head, claim) {
                    askers.0.entry((head, pounds)).or_default().insert(group);
                }
            }
        }
        askers
    }

    /// [`Figures::count`] with the claims of `group` left out.
    pub fn others(&self, head: Head, claim: &Recovered, group: i64) -> f64 {
        let Some(pounds) = figure(head, claim) else { return -1.0 };
        let askers = self.0.get(&(head, pounds));
        let others = askers.map_or(0, |groups| groups.len() - usize::from(groups.contains(&group)));
        kept(others).map_or(0.0, f64::from)
    }

    /// What a bundle carries.
    pub fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        for (&(head, pounds), groups) in &self.0 {
            if let Some(count) = kept(groups.len()) {
                figures.0.entry(head).or_default().insert(pounds, count);
            }
        }
        figures
    }
}

fn kept(count: usize) -> Option<u32> {
    u32::try_from(count).ok().filter(|count| *count >= FEWEST)
}

/// The figure a claim asks for, if it asks for anything.
fn figure(head: Head, claim: &Recovered) -> Option<Pounds> {
    let pounds = claim.amount(head);
    // Amounts are far below 2³², and the cast saturates.
    (pounds > 0.0).then_some(pounds as Pounds)
}

#[cfg(test)]
mod tests {
    use domain::{ClaimFacts, Money};

    use super::*;

    fn claim(pence: i64) -> Recovered {
        let mut facts = ClaimFacts::default();
        facts.heads.set(Head::SpecialTherapy, Some(Money::from_pence(pence)));
        Recovered::of(&facts)
    }

    #[test]
    fn others_who_asked_are_counted_and_copies_once() {
        let claims =
            [(claim(40_600), 1), (claim(40_600), 1), (claim(40_650), 2), (claim(40_600), 3), (claim(9_900), 4)];
        let askers = Askers::of(claims.iter().map(|(claim, group)| (claim, *group)));
        let figures = askers.figures();
        let counts = |pence| figures.count(Head::SpecialTherapy, &claim(pence));
        assert_eq!([40_600, 40_699, 9_900, 12_300, 0].map(counts), [3.0, 3.0, 0.0, 0.0, -1.0]);
        let others = |pence, group| askers.others(Head::SpecialTherapy, &claim(pence), group);
        assert_eq!([others(40_600, 1), others(40_600, 9), others(9_900, 4), others(0, 1)], [2.0, 3.0, 0.0, -1.0]);
        assert_eq!(figures.count(Head::GeneralRest, &claim(40_600)), -1.0);
        assert_eq!(figures.count(Head::SpecialTherapy, &Recovered::of(&ClaimFacts::default())), -1.0);
    }

    #[test]
    fn no_figure_of_a_single_claim_is_kept_or_taken() {
        let claims = [claim(40_600), claim(9_900)];
        let figures = Askers::of(claims.iter().zip(0..)).figures();
        assert!(figures.is_empty());
        let told: Figures = serde_json::from_str(r#"{"special_therapy":{"406":1}}"#).unwrap();
        assert!(told.fault().unwrap().contains("£406"));
        let twice: Figures = serde_json::from_str(r#"{"special_therapy":{"406":2}}"#).unwrap();
        assert_eq!((twice.fault(), twice.count(Head::SpecialTherapy, &claim(40_600))), (None, 2.0));
    }
}
