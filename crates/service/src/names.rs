//! Words for ids: who a person, key or company is.

use std::collections::BTreeMap;

use domain::id::CompanyId;
use store::{Reach, companies, integration, people};

use crate::{Ctx, Result};

/// Names of those whom the caller may know. Someone outside reach is named by what they are.
pub struct Names {
    actors: BTreeMap<String, String>,
    companies: BTreeMap<CompanyId, String>,
}

impl Names {
    pub async fn load(ctx: &Ctx) -> Result<Names> {
        Self::within(ctx, ctx.caller.reach).await
    }

    async fn within(ctx: &Ctx, reach: Reach) -> Result<Names> {
        let mut actors = BTreeMap::new();
        for person in people::list(ctx.store(), reach).await? {
            actors.insert(person.id.to_string(), person.name);
        }
        for key in integration::list(ctx.store(), reach).await? {
            actors.insert(key.id.to_string(), format!("API key “{}”", key.name));
        }
        let all = companies::list(ctx.store(), reach).await?;
        Ok(Names { actors, companies: all.into_iter().map(|c| (c.id, c.name)).collect() })
    }

    pub fn actor(&self, id: &str) -> String {
        match self.actors.get(id) {
            Some(name) => name.clone(),
            None if id == "system" || id.is_empty() => "Solatium".into(),
            None => "Solatium staff".into(),
        }
    }

    pub fn company(&self, id: CompanyId) -> String {
        self.companies.get(&id).cloned().unwrap_or_else(|| "another company".into())
    }
}
