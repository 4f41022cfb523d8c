//! What every call of an integration needs, kept in memory: its key, and which model serves it. A number in
//! the database, the stamp, moves on with every key that is made or revoked and every deployment: what was
//! learnt under another stamp is forgotten.

use std::collections::HashMap;
use std::sync::RwLock;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::NaiveDate;
use domain::id::CompanyId;
use domain::tier::Tier;
use store::integration::ApiKey;
use store::{integration, stamps, tiers};

use crate::models::serving::Serving;
use crate::{App, Result};

#[derive(Default)]
pub struct Memory {
    /// 0: nothing is known yet.
    stamp: AtomicI64,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    /// Keys in force by the hash of their token.
    keys: HashMap<String, ApiKey>,
    serving: HashMap<CompanyId, Option<Serving>>,
    /// Companies' tiers on the day on which they were read: an amendment may begin with a day.
    tiers: HashMap<CompanyId, (NaiveDate, Option<Tier>)>,
}

impl Memory {
    /// Under which stamp things are known.
    pub fn stamp(&self) -> i64 {
        self.stamp.load(Ordering::Acquire)
    }

    /// The same, read from the database where nothing is known yet.
    pub async fn known_stamp(&self, app: &App) -> Result<i64> {
        if self.stamp() == 0 {
            self.refresh(app).await?;
        }
        Ok(self.stamp())
    }

    /// Reads the stamp, and forgets what was learnt under another.
    pub async fn refresh(&self, app: &App) -> Result<()> {
        let stamp = stamps::read(&app.store).await?;
        if stamp != self.stamp()
            && let Ok(mut known) = self.known.write()
        {
            *known = Known::default();
            self.stamp.store(stamp, Ordering::Release);
        }
        Ok(())
    }

    /// The key of a token, as far as it is known to be in force; whoever changes anything with it makes sure.
    pub async fn key(&self, app: &App, token_hash: &str) -> Result<Option<ApiKey>> {
        if let Some(key) = self.known.read().ok().and_then(|known| known.keys.get(token_hash).cloned()) {
            return Ok(Some(key));
        }
        let stamp = self.stamp();
        let found = integration::by_hash(&app.store, token_hash).await?.filter(|key| key.revoked_at.is_none());
        if let (Some(key), Ok(mut known)) = (&found, self.known.write())
            && self.stamp() == stamp
        {
            known.keys.insert(token_hash.to_owned(), key.clone());
        }
        Ok(found)
    }

    /// The tier of a company on a day, as far as is known.
    pub async fn tier(&self, app: &App, company: CompanyId, day: NaiveDate) -> Result<Option<Tier>> {
        let known = self.known.read().ok().and_then(|known| known.tiers.get(&company).cloned());
        if let Some((_, tier)) = known.filter(|(of, _)| *of == day) {
            return Ok(tier);
        }
        let stamp = self.stamp();
        let found = tiers::in_force(&app.store, company, day).await?;
        if let Ok(mut known) = self.known.write()
            && self.stamp() == stamp
        {
            known.tiers.insert(company, (day, found.clone()));
        }
        Ok(found)
    }

    /// What serves a company, as far as is known.
    pub async fn serving(&self, app: &App, company: CompanyId) -> Result<Option<Serving>> {
        if let Some(known) = self.known.read().ok().and_then(|known| known.serving.get(&company).cloned()) {
            return Ok(known);
        }
        let stamp = self.stamp();
        let found = Serving::of(app, company).await?;
        if let Ok(mut known) = self.known.write()
            && self.stamp() == stamp
        {
            known.serving.insert(company, found.clone());
        }
        Ok(found)
    }
}
