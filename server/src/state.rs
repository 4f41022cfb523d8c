//! What the server's handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::prelude::LeptosOptions;
use service::App;
use store::Store;
use store::integration::ApiCall;
use tokio::sync::mpsc;

use crate::config::Config;

#[derive(Clone)]
pub struct State {
    pub app: App,
    pub config: Arc<Config>,
    pub leptos: LeptosOptions,
    /// Whether the database holds the demo.
    pub demo: bool,
    /// Where API calls go to be logged.
    pub calls: mpsc::Sender<ApiCall>,
}

impl FromRef<State> for LeptosOptions {
    fn from_ref(state: &State) -> Self {
        state.leptos.clone()
    }
}

/// Opens the database that the settings name, and makes what is missing of the data directory.
pub async fn open(config: &Config) -> anyhow::Result<App> {
    std::fs::create_dir_all(&config.data_dir)?;
    let store = Store::open(&config.database_url(), config.master_key()?).await?;
    let limits = service::Limits {
        session_idle_minutes: config.session_idle_minutes,
        session_hours: config.session_hours,
        import_rows: config.import_rows,
        bundles: config.bundle_trust()?,
    };
    Ok(App::new(store, limits))
}

/// Site options of leptos, from our own settings.
pub fn leptos_options(config: &Config) -> LeptosOptions {
    let root = config.site_root().display().to_string();
    LeptosOptions::builder()
        .output_name("solatium")
        .site_root(root)
        .site_pkg_dir("pkg")
        .site_addr(config.addr)
        .hash_files(true)
        .build()
}
