//! What is looked at before anything is learnt: copies, leaks, ranges, unknown categories, what is missing. Failing claims
//! are listed by their ids.

use std::collections::BTreeMap;

use domain::claim::LARGEST_AMOUNT;
use domain::id::ClaimId;
use domain::{Head, Money};
use serde::{Deserialize, Serialize};

use super::Example;
use super::collect::Collected;

/// Claims of a failed check that are listed.
const LISTED: usize = 20;
/// The share of rows that may repeat another before it is worth saying, and before nothing is learnt.
const COPIES: f64 = 0.1;
const MOSTLY_COPIES: f64 = 0.5;
/// The share of outcomes that may be what was predicted to the penny.
const LEAKED: f64 = 0.2;
/// The share of rows in which a head that is often large may be unknown.
const MISSING: f64 = 0.3;

/// A check with what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub passed: bool,
    /// Nothing is learnt where it fails.
    pub decisive: bool,
    pub found: String,
    /// Of the first claims that failed it.
    #[serde(default)]
    pub claims: Vec<ClaimId>,
}

/// All checks. `predicted`: what the model that serves says of each example, in pence.
pub fn all(collected: &Collected, predicted: &[Option<i64>], kinds_known: &[&str]) -> Vec<Check> {
    vec![
        copies(collected),
        leaks(collected, predicted),
        ranges(collected),
        categories(collected, kinds_known),
        missing(collected),
    ]
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn check(name: &str, decisive: bool, passed: bool, found: String, claims: Vec<ClaimId>) -> Check {
    Check { name: name.into(), passed, decisive, found, claims: claims.into_iter().take(LISTED).collect() }
}

/// Claims that say the same amounts and settled for the same.
fn copies(collected: &Collected) -> Check {
    let mut same: BTreeMap<(Vec<Option<i64>>, i64), Vec<ClaimId>> = BTreeMap::new();
    for (kept, example) in collected.kept.iter().zip(collected.examples.iter()) {
        let amounts = Head::ALL.iter().map(|h| example.facts.heads.get(*h).map(Money::pence)).collect();
        same.entry((amounts, example.settlement)).or_default().push(kept.claim);
    }
    let repeated: Vec<ClaimId> =
        same.into_values().filter(|all| all.len() > 1).flat_map(|all| all.into_iter().skip(1)).collect();
    let part = share(repeated.len(), collected.kept.len());
    let found = format!("{} of {} claims repeat another ({:.0}%)", repeated.len(), collected.kept.len(), 100.0 * part);
    check("copies", part > MOSTLY_COPIES, part <= COPIES, found, repeated)
}

/// Outcomes that are what the model said to the penny: decisions that came back as outcomes.
fn leaks(collected: &Collected, predicted: &[Option<i64>]) -> Check {
    let leaked: Vec<ClaimId> = collected
        .kept
        .iter()
        .zip(predicted)
        .filter(|(kept, predicted)| **predicted == Some(kept.amount))
        .map(|(kept, _)| kept.claim)
        .collect();
    let part = share(leaked.len(), collected.kept.len());
    let found = format!(
        "{} of {} outcomes are what the serving model says to the penny ({:.0}%)",
        leaked.len(),
        collected.kept.len(),
        100.0 * part
    );
    check("leaks", part > LEAKED, part <= LEAKED, found, leaked)
}

fn ranges(collected: &Collected) -> Check {
    let off = |e: &Example| {
        let amounts = Head::ALL.iter().filter_map(|h| e.facts.heads.get(*h));
        !(0..=LARGEST_AMOUNT.pence()).contains(&e.settlement) || amounts.into_iter().any(|a| a > LARGEST_AMOUNT)
    };
    let wrong: Vec<ClaimId> =
        collected.kept.iter().zip(collected.examples.iter()).filter(|(_, e)| off(e)).map(|(k, _)| k.claim).collect();
    let found = format!("{} claims have an amount that cannot be", wrong.len());
    check("ranges", true, wrong.is_empty(), found, wrong)
}

fn categories(collected: &Collected, known: &[&str]) -> Check {
    let unknown = |e: &Example| e.facts.accident_type.as_deref().is_some_and(|kind| !known.contains(&kind));
    let odd: Vec<ClaimId> = collected
        .kept
        .iter()
        .zip(collected.examples.iter())
        .filter(|(_, e)| unknown(e))
        .map(|(k, _)| k.claim)
        .collect();
    let found = format!("{} claims name a kind of accident that is not in the list", odd.len());
    check("categories", false, odd.is_empty(), found, odd)
}

fn missing(collected: &Collected) -> Check {
    let decisive = [Head::GeneralFixed, Head::GeneralRest, Head::SpecialTherapy];
    let mut worst = (0.0, "none");
    for head in decisive {
        let unknown = collected.examples.iter().filter(|e| e.facts.heads.get(head).is_none()).count();
        let part = share(unknown, collected.examples.len());
        if part > worst.0 {
            worst = (part, head.label());
        }
    }
    let found = format!("at most {:.0}% of claims leave a large head open ({})", 100.0 * worst.0, worst.1);
    check("missing", false, worst.0 <= MISSING, found, Vec::new())
}

#[cfg(test)]
mod tests {
    use domain::id::Id;
    use domain::outcome::Tier;
    use domain::{ClaimFacts, Heads};

    use super::super::collect::Kept;
    use super::*;

    fn collected(all: &[(i64, i64)]) -> Collected {
        let (mut collected, mut examples) = (Collected::default(), Vec::new());
        for (i, (claimed, settled)) in all.iter().enumerate() {
            let claim = ClaimId::from_parts(i as u64 + 1, [0; 10]);
            collected.kept.push(Kept { claim, tier: Tier::A, amount: *settled, at: i as i64, predicted: None });
            let heads = Heads::nil().with(Head::SpecialTherapy, Money::from_pence(*claimed));
            let facts = ClaimFacts { heads, accident_type: Some("Rear end".into()), ..ClaimFacts::default() };
            examples.push(Example { facts, settlement: *settled, driver_age: None, gender: None });
        }
        collected.examples = std::sync::Arc::new(examples);
        collected
    }

    fn named<'a>(checks: &'a [Check], name: &str) -> &'a Check {
        checks.iter().find(|c| c.name == name).unwrap()
    }

    #[test]
    fn copies_leaks_ranges_and_categories_are_found_with_their_claims() {
        let mut rows: Vec<(i64, i64)> = (0..100).map(|i| (40_000 + i, 30_000 + i)).collect();
        let fine = all(&collected(&rows), &vec![None; 100], &["Rear end"]);
        assert!(fine.iter().all(|c| c.passed), "{fine:?}");
        rows.extend((0..20).map(|_| (40_000, 30_000)));
        let copied = all(&collected(&rows), &vec![None; 120], &["Rear end"]);
        let copies = named(&copied, "copies");
        assert!(!copies.passed && !copies.decisive && copies.claims.len() == 20, "{copies:?}");
        let rows: Vec<(i64, i64)> = (0..100).map(|i| (40_000 + i, 30_000 + i)).collect();
        let predicted: Vec<Option<i64>> = (0..100).map(|i| (i < 30).then_some(30_000 + i)).collect();
        let leaked = all(&collected(&rows), &predicted, &["Rear end"]);
        assert!(!named(&leaked, "leaks").passed && named(&leaked, "leaks").decisive);
        let off = all(&collected(&[(40_000, -5)]), &[None], &["Side"]);
        assert!(!named(&off, "ranges").passed && !named(&off, "categories").passed);
        assert_eq!(named(&off, "ranges").claims.len(), 1);
    }
}
