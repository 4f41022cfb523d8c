//! Loaded models by version. A version never changes, so nothing here goes stale; which version serves
//! is asked of the database, so that every replica agrees.

use std::sync::Arc;

use domain::id::{CompanyId, ModelId};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::models;

use crate::{App, Error, Result, files};

/// A model ready to predict.
pub struct Loaded {
    pub id: ModelId,
    pub name: String,
    pub version: i32,
    pub bundle: ml::Bundle,
    /// Bytes of the bundle as it is stored.
    size: u64,
}

/// Those used longest ago make room. Two who ask for a model at once load it once.
pub struct ModelCache {
    loaded: Cache<ModelId, Arc<Loaded>, BySize>,
}

/// Bytes of stored bundles that are kept loaded. A loaded one takes some four times as much.
const ROOM: u64 = 128 * 1024 * 1024;

#[derive(Clone)]
struct BySize;

impl Weighter<ModelId, Arc<Loaded>> for BySize {
    fn weight(&self, _: &ModelId, model: &Arc<Loaded>) -> u64 {
        model.size.max(1)
    }
}

impl Default for ModelCache {
    fn default() -> ModelCache {
        ModelCache { loaded: Cache::with_weighter(64, ROOM, BySize) }
    }
}

impl ModelCache {
    /// The model that serves a company, if one is deployed.
    pub async fn champion(&self, app: &App, company: CompanyId) -> Result<Option<Arc<Loaded>>> {
        match models::champion(&app.store, company).await? {
            Some(id) => Ok(Some(self.get(app, id).await?)),
            None => Ok(None),
        }
    }

    pub async fn get(&self, app: &App, id: ModelId) -> Result<Arc<Loaded>> {
        self.loaded.get_or_insert_async(&id, load(app, id)).await
    }
}

async fn load(app: &App, id: ModelId) -> Result<Arc<Loaded>> {
    let record = models::named(&app.store, id).await?;
    let bytes = match files::get(app, record.company, &record.bundle_hash).await? {
        Some(bytes) => bytes,
        None => models::kept_bundle(&app.store, id)
            .await?
            .ok_or_else(|| Error::internal(format!("the bundle of {id} is missing from the files")))?,
    };
    let size = bytes.len() as u64;
    // Checking a bundle takes tens of milliseconds of a core.
    let bundle = tokio::task::spawn_blocking(move || ml::Bundle::read(&bytes))
        .await
        .map_err(Error::internal)?
        .map_err(|e| Error::internal(format!("the stored bundle of {id} is refused: {e}")))?;
    Ok(Arc::new(Loaded { id, name: record.name, version: record.version, bundle, size }))
}
