//! The most similar settled claims of the same company, and what would change a prediction.

use contract::claim::{AlternativeView, SimilarClaims, SimilarView};
use domain::claim::accident_in_words;
use domain::{ClaimFacts, Head, Money};
use store::claims::{self, Claim};

use super::number;
use crate::models::cache::Loaded;
use crate::{Ctx, Result};

/// How many claims on either side of the sum of heads are looked at.
const CANDIDATES: u64 = 150;
const SHOWN: usize = 5;
/// How many the words about what they settled for rest on.
const SPREAD: usize = 20;
const ALTERNATIVES: usize = 5;

/// With the model that made the prediction, likeness is the share of its trees that see no
/// difference; without one (or without trees) it is that of the facts.
pub async fn similar(ctx: &Ctx, claim: &Claim, model: Option<&Loaded>) -> Result<SimilarClaims> {
    let near = claims::settled_near(ctx.store(), store::Reach::Company(claim.company), claim.total, CANDIDATES).await?;
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
    ranked.truncate(SPREAD);
    let spread = spread(&ranked);
    Ok(SimilarClaims {
        claims: ranked.into_iter().take(SHOWN).map(|(apart, other)| view(apart, other)).collect(),
        spread,
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

/// The middle half of the shares of the sum claimed that the claims settled for.
fn spread(ranked: &[(f64, &Claim)]) -> Option<String> {
    let share = |c: &Claim| Some(c.settled?.pence() as f64 / Some(c.total.pence()).filter(|t| *t > 0)? as f64);
    let mut shares: Vec<f64> = ranked.iter().filter_map(|(_, c)| share(c)).collect();
    if shares.len() < 8 {
        return None;
    }
    shares.sort_by(f64::total_cmp);
    let at = |q: f64| 100.0 * shares[((shares.len() - 1) as f64 * q).round() as usize];
    Some(format!(
        "The {} most similar settled for {:.0}% of the sum claimed in the middle; half of them for {:.0}% to {:.0}%.",
        shares.len(),
        at(0.5),
        at(0.25),
        at(0.75)
    ))
}

fn view(apart: f64, claim: &Claim) -> SimilarView {
    SimilarView {
        id: claim.id,
        number: number(claim.number),
        accident_type: claim
            .facts
            .accident_type
            .as_deref()
            .map_or_else(|| "Accident not stated".into(), accident_in_words),
        prognosis_months: claim.facts.injury_prognosis_months,
        total: claim.total,
        settled: claim.settled.unwrap_or_default(),
        likeness_percent: (100.0 * (1.0 - apart)).round().clamp(0.0, 100.0) as u8,
    }
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
