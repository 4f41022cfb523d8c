//! The labels that may be learnt from, and the claims that they are of: each with its tier, the newest last. What is kept
//! of it are ids, so that an erased claimant is in no later training.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::id::{ClaimId, CompanyId};
use domain::outcome::{Label, Tier, best};
use serde::{Deserialize, Serialize};
use store::claims::{self, Claim, Protected};
use store::outcomes::{self, OutcomeQuery};
use store::{Reach, decisions, estimates};

use super::Example;
use crate::secret::digest;
use crate::{Ctx, Result};

/// The most that is learnt from: the newest.
pub const MOST: usize = 100_000;
/// Rows that are read at a time.
const CHUNK: u64 = 500;

/// A label as the snapshot keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub claim: ClaimId,
    pub tier: Tier,
    /// Pence.
    pub amount: i64,
    /// Milliseconds since 1970: when it was known.
    pub at: i64,
    /// Pence: what had been predicted, of a true outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<i64>,
}

/// What is learnt from, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Collected {
    pub kept: Vec<Kept>,
    pub examples: Arc<Vec<Example>>,
    /// Labels whose claimant was erased.
    pub erased: usize,
}

impl Collected {
    /// SHA-256 over claims, tiers and amounts.
    pub fn hash(&self) -> String {
        let lines = self.kept.iter().map(|k| format!("{} {} {}\n", k.claim, k.tier.key(), k.amount));
        digest(lines.collect::<String>().as_bytes())
    }

    /// How many true outcomes became known after a moment, in milliseconds since 1970.
    pub fn outcomes_since(&self, moment: i64) -> usize {
        self.kept.iter().filter(|k| k.tier == Tier::A && k.at > moment).count()
    }

    /// How many are true outcomes.
    pub fn outcomes(&self) -> usize {
        self.kept.iter().filter(|k| k.tier == Tier::A).count()
    }
}

/// Everything that a company's (or every company's) model may learn from. `unanchored`: amounts too that were set without
/// sight of a prediction.
pub async fn collect(ctx: &Ctx, company: Option<CompanyId>, unanchored: bool) -> Result<Collected> {
    let reach = company.map_or(Reach::Operator, Reach::Company);
    let mut labels = outcomes_of(ctx, reach).await?;
    if unanchored {
        unanchored_of(ctx, reach, &mut labels).await?;
    }
    let mut kept: Vec<Kept> = labels.into_values().collect();
    kept.sort_by_key(|k| (k.at, k.claim));
    let all = kept.len();
    kept.drain(..all.saturating_sub(MOST));
    let (mut collected, mut examples) = (Collected::default(), Vec::with_capacity(kept.len()));
    for portion in kept.chunks(CHUNK as usize) {
        let ids: Vec<ClaimId> = portion.iter().map(|k| k.claim).collect();
        let found: Vec<Claim> = claims::by_ids(ctx.store(), reach, &ids).await?;
        let protected = claims::protected_of(ctx.store(), &found).await?;
        let found: BTreeMap<ClaimId, Claim> = found.into_iter().map(|c| (c.id, c)).collect();
        for one in portion {
            match found.get(&one.claim) {
                Some(claim) if !claim.erased => {
                    let apart = protected.get(&claim.id).cloned().unwrap_or_default();
                    examples.push(example(claim, apart, one.amount));
                    collected.kept.push(*one);
                }
                _ => collected.erased += 1,
            }
        }
    }
    collected.examples = Arc::new(examples);
    Ok(collected)
}

fn example(claim: &Claim, protected: Protected, settlement: i64) -> Example {
    // What is learnt from has no free text: nothing personal can come into a bundle.
    let facts = domain::ClaimFacts { accident_description: None, injury_description: None, ..claim.facts.clone() };
    Example { facts, settlement, driver_age: protected.driver_age, gender: protected.gender }
}

async fn outcomes_of(ctx: &Ctx, reach: Reach) -> Result<BTreeMap<ClaimId, Kept>> {
    let query = OutcomeQuery { tier: Some(Tier::A), ..OutcomeQuery::default() };
    let (mut labels, mut after) = (BTreeMap::new(), None);
    loop {
        let rows = outcomes::oldest_first(ctx.store(), reach, &query, after, CHUNK).await?;
        let Some(last) = rows.last() else { return Ok(labels) };
        after = Some((last.at, last.id));
        for o in rows {
            let kept = Kept {
                claim: o.claim,
                tier: o.tier,
                amount: o.amount.pence(),
                at: o.at.timestamp_millis(),
                predicted: o.judged.map(|j| j.predicted.pence()),
            };
            labels.insert(o.claim, kept);
        }
    }
}

/// What was decided by hand or estimated first, of claims whose outcome is not known.
async fn unanchored_of(ctx: &Ctx, reach: Reach, labels: &mut BTreeMap<ClaimId, Kept>) -> Result<()> {
    let mut after: Option<(DateTime<Utc>, domain::id::DecisionId)> = None;
    loop {
        let rows = decisions::oldest_first(ctx.store(), reach, after, CHUNK).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some((last.at, last.id));
        let ids: Vec<ClaimId> = rows.iter().map(|d| d.claim).collect();
        let estimates: BTreeMap<_, _> =
            estimates::of_claims(ctx.store(), reach, &ids).await?.into_iter().map(|e| (e.claim, e.amount)).collect();
        for d in rows {
            let label = best(None, estimates.get(&d.claim).copied(), Some((d.kind, d.amount)));
            if let Some(Label { amount, tier: Tier::B }) = label {
                let (amount, at) = (amount.pence(), d.at.timestamp_millis());
                let kept = Kept { claim: d.claim, tier: Tier::B, amount, at, predicted: None };
                labels.entry(d.claim).or_insert(kept);
            }
        }
    }
}
