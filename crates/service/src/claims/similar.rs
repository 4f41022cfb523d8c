//! The most similar settled claims of the same company, and what would change a prediction.

use std::collections::BTreeMap;

use contract::claim::{AlternativeView, SimilarClaims};
use contract::table::{Cell, Table};
use domain::claim::accident_in_words;
use domain::outcome::{Tier, of_decision};
use domain::{ClaimFacts, Head, Money};
use store::claims::{self, Claim};
use store::{decisions, outcomes};

use super::number;
use crate::models::cache::Loaded;
use crate::{Ctx, Result};

/// How many claims on either side of the sum of heads are looked at.
const CANDIDATES: u64 = 150;
const SHOWN: usize = 5;
/// Of how many of the nearest is it looked up what they settled for.
const LOOKED_AT: usize = 60;
/// How far apart a claim may be and still be shown first for its true outcome.
const STILL_ALIKE: f64 = 0.5;
/// How many the words about what they settled for rest on.
const SPREAD: usize = 20;
const ALTERNATIVES: usize = 5;

/// A claim with how far it is apart, and what it settled for with what that amount is.
type Like<'a> = (f64, &'a Claim, Money, Tier);

/// With the model that made the prediction, likeness is the share of its trees that see no
/// difference; without one (or without trees) it is that of the facts. Those whose true outcome is known come first;
/// what the others are is said.
pub async fn similar(ctx: &Ctx, claim: &Claim, model: Option<&Loaded>) -> Result<SimilarClaims> {
    let reach = store::Reach::Company(claim.company);
    let near = claims::settled_near(ctx.store(), reach, claim.total, CANDIDATES).await?;
    let own = model.filter(|m| m.bundle.model().likeness.is_some()).map(|m| (m, m.bundle.leaves(&claim.facts)));
    let apart = |other: &ClaimFacts| match &own {
        Some((model, leaves)) => 1.0 - leaves.proximity(&model.bundle.leaves(other)),
        None => distance(&claim.facts, other),
    };
    let mut ranked: Vec<(f64, &Claim)> = near
        .iter()
        .filter(|other| other.id != claim.id && !other.erased)
        .map(|other| (apart(&other.facts), other))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    ranked.truncate(LOOKED_AT);
    let mut like = with_evidence(ctx, reach, ranked).await?;
    let spread = spread(&like);
    // A true outcome comes before what was decided, unless it is of quite another claim.
    like.sort_by_key(|(apart, _, _, tier)| !(tier.judges() && *apart <= STILL_ALIKE));
    like.truncate(SHOWN);
    let words: Vec<String> = spread.into_iter().chain(what_they_are(&like)).collect();
    Ok(SimilarClaims { claims: table(&like), spread: (!words.is_empty()).then(|| words.join(" ")) })
}

async fn with_evidence<'a>(ctx: &Ctx, reach: store::Reach, ranked: Vec<(f64, &'a Claim)>) -> Result<Vec<Like<'a>>> {
    let ids: Vec<_> = ranked.iter().map(|(_, c)| c.id).collect();
    let found = outcomes::of_claims(ctx.store(), reach, &ids).await?;
    let outcomes: BTreeMap<_, _> = found.iter().map(|o| (o.claim, o)).collect();
    let kinds: BTreeMap<_, _> =
        decisions::of_claims(ctx.store(), reach, &ids).await?.iter().map(|d| (d.claim, d.kind)).collect();
    let known = |claim: &Claim| {
        let decided = claim.settled.zip(kinds.get(&claim.id).map(|kind| of_decision(*kind)));
        super::outcome::evidence(outcomes.get(&claim.id).copied(), decided)
    };
    let with = |(apart, claim): (f64, &'a Claim)| known(claim).map(|(amount, tier)| (apart, claim, amount, tier));
    Ok(ranked.into_iter().filter_map(with).collect())
}

/// What an amount is, in a word.
fn what(tier: Tier) -> &'static str {
    match tier {
        Tier::A => "True outcome",
        Tier::B => "Decided by hand",
        Tier::C => "Decided otherwise",
        Tier::D => "Accepted prediction",
    }
}

fn what_they_are(like: &[Like<'_>]) -> Option<String> {
    let accepted = like.iter().filter(|(.., tier)| *tier == Tier::D).count();
    (accepted > 0).then(|| {
        "“Accepted prediction” is what a model said and somebody took: it is no evidence of what such a claim is worth.".into()
    })
}

/// What would change the prediction.
pub fn alternatives(claim: &Claim, model: &Loaded) -> Vec<AlternativeView> {
    // The stored prediction stands whatever comes of this.
    let found = model.bundle.counterfactuals(&claim.facts, ALTERNATIVES).unwrap_or_default();
    let view = |c: ml::bundle::Counterfactual| AlternativeView {
        change: c.change,
        amount: c.amount,
        difference: c.difference,
        lower: c.lower,
        upper: c.upper,
    };
    found.into_iter().map(view).collect()
}

/// A warning where the claim is unlike any the model learnt to explain against.
pub fn unlike(claim: &Claim, model: &Loaded) -> Option<String> {
    let likeness = model.bundle.model().likeness.as_ref()?;
    let leaves = model.bundle.leaves(&claim.facts);
    likeness.is_unlike(&leaves).then(|| {
        let alike = 100.0 * (1.0 - likeness.unlikeness(&leaves));
        format!(
            "This claim is unlike those the model has seen: the nearest shares only {alike:.0}% of its branches. \
             Take the prediction with care."
        )
    })
}

/// How many the words about what they settled for need.
const FEWEST: usize = 8;

/// The middle half of the shares of the sum claimed that the claims settled for: by true outcomes where there are
/// enough, else by what people decided themselves; never by accepted predictions.
fn spread(like: &[Like<'_>]) -> Option<String> {
    let shares = |counts: fn(Tier) -> bool| -> Vec<f64> {
        let counted = like.iter().filter(|(_, claim, _, tier)| counts(*tier) && claim.total > Money::ZERO);
        let share = |(_, claim, amount, _): &Like<'_>| amount.pence() as f64 / claim.total.pence() as f64;
        counted.take(SPREAD).map(share).collect()
    };
    let (mut shares, whose) = match shares(Tier::judges) {
        outcomes if outcomes.len() >= FEWEST => (outcomes, "true outcomes"),
        _ => (shares(|tier| tier != Tier::D), "claims that people decided themselves"),
    };
    if shares.len() < FEWEST {
        return None;
    }
    shares.sort_by(f64::total_cmp);
    let at = |q: f64| 100.0 * shares[((shares.len() - 1) as f64 * q).round() as usize];
    Some(format!(
        "The {} most similar {whose} settled for {:.0}% of the sum claimed in the middle; half of them for {:.0}% to {:.0}%.",
        shares.len(),
        at(0.5),
        at(0.25),
        at(0.75)
    ))
}

fn table(like: &[Like<'_>]) -> Table {
    let mut table = Table::new(
        "Most similar settled claims",
        &["Claim", "Accident", "#Prognosis", "#Claimed", "#Settled", "What that is", "#Likeness"],
        "No settled claim to compare with yet.",
    );
    for (apart, claim, amount, tier) in like {
        let accident = claim.facts.accident_type.as_deref();
        let percent = (100.0 * (1.0 - apart)).round().clamp(0.0, 100.0);
        table.row(vec![
            Cell::link(number(claim.number), format!("/claims/{}", claim.id)),
            Cell::Text(accident.map_or_else(|| "Accident not stated".into(), accident_in_words)),
            claim.facts.injury_prognosis_months.map_or(Cell::Empty, |m| Cell::Figure(format!("{m} mo"))),
            Cell::Money(claim.total),
            Cell::Money(*amount),
            Cell::text(what(*tier)),
            Cell::Figure(format!("{percent:.0}%")),
        ]);
    }
    table
}

/// From 0 (the same in all that matters) to 1. The heads weigh most, by the share of the money that
/// they have in common; then prognosis, psychological injury, exceptional circumstances and the kind
/// of accident. Age, gender and other protected facts take no part.
fn distance(a: &ClaimFacts, b: &ClaimFacts) -> f64 {
    let pence = |facts: &ClaimFacts, head| facts.heads.get(head).unwrap_or(Money::ZERO).pence() as f64;
    let (mut apart, mut all) = (0.0, 0.0);
    for &head in Head::ALL {
        apart += (pence(a, head) - pence(b, head)).abs();
        all += pence(a, head).max(pence(b, head));
    }
    let heads = if all > 0.0 { (apart / all).min(1.0) } else { 0.0 };
    let months = match (a.injury_prognosis_months, b.injury_prognosis_months) {
        (Some(a), Some(b)) => (f64::from(a.abs_diff(b)) / 12.0).min(1.0),
        _ => 0.5,
    };
    let differ = |same: bool| if same { 0.0 } else { 1.0 };
    0.6 * heads
        + 0.15 * months
        + 0.1 * differ(a.minor_psychological_injury == b.minor_psychological_injury)
        + 0.05 * differ(a.exceptional_circumstances == b.exceptional_circumstances)
        + 0.1 * differ(a.accident_type == b.accident_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_orders_claims_as_a_handler_would() {
        let base = ClaimFacts {
            accident_type: Some("Rear end".into()),
            injury_prognosis_months: Some(6),
            heads: domain::Heads::default()
                .with(Head::GeneralFixed, Money::from_pounds(520))
                .with(Head::SpecialTherapy, Money::from_pounds(400)),
            ..ClaimFacts::default()
        };
        let other_therapy =
            ClaimFacts { heads: base.heads.with(Head::SpecialTherapy, Money::from_pounds(300)), ..base.clone() };
        let other_injury = ClaimFacts {
            heads: domain::Heads::default().with(Head::SpecialLoanerVehicle, Money::from_pounds(920)),
            injury_prognosis_months: Some(18),
            ..base.clone()
        };
        assert_eq!(distance(&base, &base), 0.0);
        assert!(distance(&base, &other_therapy) < distance(&base, &other_injury));
        assert_eq!(distance(&base, &other_therapy), distance(&other_therapy, &base));
    }
}
