//! Synthetic claims: the published tariff and a negotiation model of our own.
//!
//! Nobody's data are in here. Shares, sizes and payment ratios are round figures of the order that
//! docs/models.md reports for the reference data; the rows resemble it in what makes it hard (few
//! heads above nil, a ceiling that is often paid in full, blank cells) and not in its copies: no two
//! claims have the same amounts and settlement.

mod claimed;
mod injury;
mod negotiation;
mod record;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::{ClaimFacts, Head, Money};

pub use record::write;

use crate::{data::Protected, random::Random};

/// What to generate. The same plan gives the same claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub claims: usize,
    pub seed: u64,
    /// Accidents and claims fall into the two years before this day.
    pub until: NaiveDate,
}

/// A claim with all its facts known; blanks come in when it is written (see [`write`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Synthetic {
    pub facts: ClaimFacts,
    pub protected: Protected,
    pub settlement: Money,
}

/// How many days back accidents go.
const DAYS: usize = 730;

/// The claims of a plan, one after the other.
pub fn claims(plan: Plan) -> impl Iterator<Item = Synthetic> {
    let mut random = Random::stream(plan.seed, 0);
    let mut seen: BTreeSet<Vec<i64>> = BTreeSet::new();
    (0..plan.claims).map(move |_| {
        loop {
            let claim = one(plan.until, &mut random);
            // Amounts carry pence, so a fresh claim is never far away.
            if seen.insert(signature(&claim)) {
                return claim;
            }
        }
    })
}

fn one(until: NaiveDate, random: &mut Random) -> Synthetic {
    let mut facts = ClaimFacts::default();
    let days_ago = 1 + random.below(DAYS);
    let before = |days: usize| until.checked_sub_days(chrono::Days::new(days as u64));
    facts.accident_date = before(days_ago);
    facts.claim_date = before(random.below(days_ago));
    injury::suffer(&mut facts, random);
    claimed::claim(&mut facts, random);
    let settlement = negotiation::settle(&facts, random);
    let protected = record::circumstances(&mut facts, random);
    Synthetic { facts, protected, settlement }
}

fn signature(claim: &Synthetic) -> Vec<i64> {
    let pence = |h: &Head| claim.facts.heads.get(*h).map_or(-1, Money::pence);
    Head::ALL.iter().map(pence).chain([claim.settlement.pence()]).collect()
}

#[cfg(test)]
mod tests {
    use domain::tariff::Table;

    use super::*;
    use crate::data::{COLUMNS, parse_claims};

    fn plan(claims: usize, seed: u64) -> Plan {
        Plan { claims, seed, until: NaiveDate::from_ymd_opt(2026, 6, 30).unwrap() }
    }

    #[test]
    fn the_same_plan_gives_the_same_file_and_another_seed_another() {
        let file = |seed| {
            let mut bytes = Vec::new();
            write(plan(50, seed), &mut bytes).unwrap();
            bytes
        };
        assert_eq!(file(1), file(1));
        assert_ne!(file(1), file(2));
    }

    #[test]
    fn the_file_has_the_data_sets_columns_and_reads_back_without_problems() {
        let mut bytes = Vec::new();
        write(plan(3_000, 5), &mut bytes).unwrap();
        let header = String::from_utf8(bytes.split(|b| *b == b'\n').next().unwrap().to_vec()).unwrap();
        assert_eq!(header, COLUMNS.map(|(name, _)| name).join(","));
        let file = parse_claims(bytes.as_slice());
        assert_eq!((file.rows.len(), file.problems.as_slice()), (3_000, &[][..]));
        let blank =
            |of: &dyn Fn(&crate::data::ParsedRow) -> bool| file.rows.iter().filter(|r| of(r)).count() as f64 / 3_000.0;
        assert!((0.01..0.03).contains(&blank(&|r| r.settlement.is_none())));
        for &head in Head::ALL {
            assert!((0.015..0.035).contains(&blank(&|r| r.facts.heads.get(head).is_none())), "{head:?}");
        }
        assert_eq!(blank(&|r| r.facts.witness_present.is_none()), 0.0);
    }

    #[test]
    fn claims_are_distinct_and_follow_the_tables_of_their_day() {
        let claims: Vec<Synthetic> = claims(plan(2_000, 3)).collect();
        assert_eq!(claims.iter().map(signature).collect::<BTreeSet<_>>().len(), 2_000);
        let mut tables = BTreeSet::new();
        for claim in &claims {
            let facts = &claim.facts;
            let table = Table::on(facts.accident_date.unwrap()).unwrap();
            tables.insert(format!("{table:?}"));
            let tariff =
                table.amount(facts.injury_prognosis_months.unwrap(), facts.minor_psychological_injury.unwrap());
            assert_eq!(facts.heads.get(Head::GeneralFixed), tariff);
            assert!(facts.heads.get(Head::GeneralUplift).unwrap().pence() <= tariff.unwrap().pence() / 5);
            assert!(facts.claim_date >= facts.accident_date);
        }
        assert_eq!(tables.len(), 2);
    }

    #[test]
    fn settlements_stay_within_what_was_claimed_and_full_payment_falls_with_the_heads() {
        let mut paid = [(0.0, 0.0); 5];
        for claim in claims(plan(6_000, 4)) {
            let total = claim.facts.heads.total().unwrap();
            assert!(claim.settlement > Money::ZERO && claim.settlement <= total);
            let heads = negotiation::negotiable(&claim.facts).count().min(4);
            paid[heads].0 += f64::from(u8::from(claim.settlement == total));
            paid[heads].1 += 1.0;
        }
        let shares: Vec<f64> = paid.iter().map(|(full, all)| full / all).collect();
        assert!(shares.is_sorted_by(|a, b| a > b), "{shares:?}");
    }
}
