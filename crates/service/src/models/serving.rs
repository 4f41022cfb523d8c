//! What answers a company's claims: the version that serves, and beside it perhaps one on trial.

use std::sync::Arc;

use domain::id::{ClaimId, CompanyId};
use domain::trial::{PLACES, Stage};
use sha2::{Digest, Sha256};
use store::publications;
use store::trials::{self, Pin, Trial};

use super::cache::Loaded;
use crate::{Actor, App, Ctx, Result};

/// In the place of channels: claims that people enter who have completed the material on the version.
pub const TRAINED: &str = "trained";

/// A version on trial.
pub struct OnTrial {
    pub trial: Trial,
    pub challenger: Arc<Loaded>,
}

/// What serves a company.
#[derive(Clone)]
pub struct Serving {
    pub champion: Arc<Loaded>,
    pub trial: Option<Arc<OnTrial>>,
}

/// Which version is asked of a claim.
pub struct Choice {
    pub first: Arc<Loaded>,
    /// Asked where the first cannot answer.
    pub otherwise: Option<Arc<Loaded>>,
    /// The arm that the claim falls into.
    pub pin: Option<Pin>,
    /// What is asked in the shadow, once the answer is given.
    pub shadow: Option<Arc<OnTrial>>,
}

/// The place of a claim in a trial, evenly from 0 to 9,999: moving the share moves nobody out of their arm.
pub fn place(trial: &str, claim: &str) -> u16 {
    let hash = Sha256::new().chain_update(trial.as_bytes()).chain_update([0]).chain_update(claim.as_bytes()).finalize();
    let first: [u8; 8] = hash[..8].try_into().unwrap_or_default();
    (u64::from_be_bytes(first) % u64::from(PLACES)) as u16
}

impl OnTrial {
    /// Whether claims that come so take part.
    fn takes(&self, channel: &str) -> bool {
        match self.is_of_the_trained() {
            true => channel != "api",
            false => self.trial.channels.split(',').any(|own| own == channel),
        }
    }

    /// Whether it is shown only to those who have completed the material on it.
    fn is_of_the_trained(&self) -> bool {
        self.trial.channels == TRAINED
    }

    fn is_canary_of(&self, claim: ClaimId) -> bool {
        i32::from(place(&self.trial.id.to_string(), &claim.to_string())) < self.trial.share
    }
}

impl Serving {
    pub async fn of(app: &App, company: CompanyId) -> Result<Option<Serving>> {
        let Some(champion) = app.models.champion(app, company).await? else { return Ok(None) };
        let own = store::models::deployments(&app.store, Some(company), 1).await?;
        let shared = !own.first().is_some_and(store::models::Deployment::in_force);
        let mut found = trials::running_for(&app.store, company, shared).await?;
        if let Some(trial) = &found
            && store::models::is_withdrawn(&app.store, company, trial.challenger).await?
        {
            found = None;
        }
        // Whatever is wrong with the one on trial, what serves answers.
        let trial = on_trial(app, found, &champion).await.unwrap_or_else(|error| {
            let error = error.into_app();
            tracing::warn!(message = error.message, "the version on trial cannot be loaded");
            None
        });
        Ok(Some(Serving { trial, champion }))
    }

    /// The same for claims that the caller enters: who may be shown a version on trial is settled before any arm is drawn.
    pub async fn entered_by(ctx: &Ctx) -> Result<Option<Serving>> {
        let company = ctx.caller.own_company()?;
        let Some(serving) = Serving::of(&ctx.app, company).await? else { return Ok(None) };
        let asks = serving.trial.as_ref().filter(|t| t.is_of_the_trained()).map(|t| t.trial.challenger);
        let shown = match (asks, &ctx.caller.actor) {
            (None, _) => true,
            (Some(model), Actor::Person { id, .. }) => {
                publications::is_trained(ctx.store(), company, *id, model).await?
            }
            (Some(_), _) => false,
        };
        Ok(Some(if shown { serving } else { Serving { trial: None, ..serving } }))
    }

    /// Which version a new claim is asked of.
    pub fn choose(&self, ctx: &Ctx, company: CompanyId, claim: ClaimId, channel: &str) -> Choice {
        let plain = |shadow| Choice { first: self.champion.clone(), otherwise: None, pin: None, shadow };
        let Some(trial) = self.trial.as_ref().filter(|t| t.takes(channel)) else { return plain(None) };
        if trial.trial.stage == Stage::Shadow {
            return plain(Some(trial.clone()));
        }
        let canary = trial.is_canary_of(claim);
        let pin = Pin { claim, trial: trial.trial.id, company, canary, failed: false, at: ctx.now };
        match canary {
            true => Choice {
                first: trial.challenger.clone(),
                otherwise: Some(self.champion.clone()),
                pin: Some(pin),
                shadow: None,
            },
            false => Choice { pin: Some(pin), ..plain(None) },
        }
    }

    /// Which version a claim is asked of again: that of the arm into which it fell.
    pub async fn again(&self, ctx: &Ctx, claim: ClaimId) -> Result<Choice> {
        let plain = || Choice { first: self.champion.clone(), otherwise: None, pin: None, shadow: None };
        let Some(trial) = self.trial.as_ref().filter(|t| t.trial.stage == Stage::Canary) else { return Ok(plain()) };
        Ok(match trials::pin_of(ctx.store(), trial.trial.id, claim).await? {
            Some(true) => Choice {
                first: trial.challenger.clone(),
                otherwise: Some(self.champion.clone()),
                pin: None,
                shadow: None,
            },
            _ => plain(),
        })
    }
}

/// A trial with its version loaded. One of another champion than serves now has nothing to say.
pub(crate) async fn on_trial(app: &App, found: Option<Trial>, champion: &Loaded) -> Result<Option<Arc<OnTrial>>> {
    let Some(trial) = found.filter(|t| t.champion == champion.id) else { return Ok(None) };
    let challenger = app.models.get(app, trial.challenger).await?;
    Ok(Some(Arc::new(OnTrial { trial, challenger })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_fall_evenly_and_stay_where_they_fell() {
        let places: Vec<u16> = (0..20_000).map(|i| place("tri_1", &format!("clm_{i}"))).collect();
        let below = |share: u16| places.iter().filter(|p| **p < share).count() as f64 / places.len() as f64;
        assert!((below(500) - 0.05).abs() < 0.006 && (below(2_500) - 0.25).abs() < 0.012);
        // Whoever is below 5% is below 25%.
        assert!(places.iter().filter(|p| **p < 500).all(|p| *p < 2_500));
        let others: Vec<u16> = (0..20_000).map(|i| place("tri_2", &format!("clm_{i}"))).collect();
        let both = places.iter().zip(&others).filter(|(a, b)| **a < 5_000 && **b < 5_000).count() as f64 / 20_000.0;
        assert!((both - 0.25).abs() < 0.015, "another trial deals anew");
    }
}
