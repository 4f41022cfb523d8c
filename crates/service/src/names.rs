//! Words for ids: who a person, key or company is.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use domain::id::CompanyId;
use store::{Reach, companies, integration, people};

use crate::{Ctx, Result};

/// Names of what stands in rows that the caller may see. A person is named wherever they work today;
/// an insurer's people are told of the operator's staff only that they are.
pub struct Names {
    actors: BTreeMap<String, String>,
    companies: BTreeMap<CompanyId, String>,
}

impl Names {
    /// Reads the names of these ids and of no others: of people, API keys and companies, in any order
    /// and as often as they come.
    pub fn of(
        ctx: &Ctx,
        ids: impl IntoIterator<Item = String>,
    ) -> Pin<Box<dyn Future<Output = Result<Names>> + Send + '_>> {
        // Collected before anything is awaited: the caller's iterator need not be sent along.
        Box::pin(Names::load(ctx, ids.into_iter().collect()))
    }

    async fn load(ctx: &Ctx, ids: BTreeSet<String>) -> Result<Names> {
        let found = people::by_ids(ctx.store(), &parsed(&ids)).await?;
        let mut wanted: BTreeSet<CompanyId> = parsed(&ids).into_iter().collect();
        wanted.extend(found.iter().map(|p| p.company));
        let all = companies::by_ids(ctx.store(), &wanted.into_iter().collect::<Vec<_>>()).await?;
        let staff: BTreeSet<CompanyId> = all.iter().filter(|c| c.operator).map(|c| c.id).collect();
        let ours = ctx.caller.reach == Reach::Operator;
        let mut actors = BTreeMap::new();
        for person in found.into_iter().filter(|p| ours || !staff.contains(&p.company)) {
            actors.insert(person.id.to_string(), person.name);
        }
        for key in integration::by_ids(ctx.store(), ctx.caller.reach, &parsed(&ids)).await? {
            actors.insert(key.id.to_string(), format!("API key “{}”", key.name));
        }
        // Who we are is no secret: the shared model is ours.
        let covered = all.into_iter().filter(|c| c.operator || ctx.caller.reach.covers(c.id));
        Ok(Names { actors, companies: covered.map(|c| (c.id, c.name)).collect() })
    }

    pub fn actor(&self, id: &str) -> String {
        match self.actors.get(id) {
            Some(name) => name.clone(),
            None if id == "system" || id.is_empty() || id.starts_with("job_") => "Solatium".into(),
            None => "Solatium staff".into(),
        }
    }

    pub fn company(&self, id: CompanyId) -> String {
        self.companies.get(&id).cloned().unwrap_or_else(|| "another company".into())
    }
}

/// Those of the ids that are of one kind.
fn parsed<T: std::str::FromStr>(ids: &BTreeSet<String>) -> Vec<T> {
    ids.iter().filter_map(|id| id.parse().ok()).collect()
}
