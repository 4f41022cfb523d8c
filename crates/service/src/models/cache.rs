//! Loaded models by version. A version never changes, so nothing here goes stale; which version
//! serves is asked of the database each time, so that every replica agrees.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use domain::id::{CompanyId, ModelId};
use store::{Store, models};

use crate::{Error, Result};

/// A model ready to predict.
pub struct Loaded {
    pub id: ModelId,
    pub name: String,
    pub version: i32,
    pub bundle: ml::Bundle,
}

#[derive(Default)]
pub struct ModelCache {
    loaded: RwLock<HashMap<ModelId, Arc<Loaded>>>,
}

/// More versions than serve at once anywhere; past it the cache starts anew.
const MOST: usize = 16;

impl ModelCache {
    /// The model that serves a company, if one is deployed.
    pub async fn champion(&self, store: &Store, company: CompanyId) -> Result<Option<Arc<Loaded>>> {
        match models::champion(store, company).await? {
            Some(id) => Ok(Some(self.get(store, id).await?)),
            None => Ok(None),
        }
    }

    pub async fn get(&self, store: &Store, id: ModelId) -> Result<Arc<Loaded>> {
        if let Some(found) = self.loaded.read().ok().and_then(|loaded| loaded.get(&id).cloned()) {
            return Ok(found);
        }
        let record = models::named(store, id).await?;
        let bytes = models::bundle(store, id).await?;
        // Checking a bundle takes tens of milliseconds of a core.
        let bundle = tokio::task::spawn_blocking(move || ml::Bundle::read(&bytes))
            .await
            .map_err(|e| Error::Internal(e.to_string()))?
            .map_err(|e| Error::Internal(format!("stored bundle of {id} is refused: {e}")))?;
        let model = Arc::new(Loaded { id, name: record.name, version: record.version, bundle });
        if let Ok(mut loaded) = self.loaded.write() {
            if loaded.len() >= MOST {
                loaded.clear();
            }
            loaded.insert(id, model.clone());
        }
        Ok(model)
    }
}
