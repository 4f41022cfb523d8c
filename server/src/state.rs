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
    make_private(&config.data_dir)?;
    let url = config.database_url();
    let key = match config.master_key()? {
        Some(key) => key,
        None if Store::holds_sealed_data(&url).await? => anyhow::bail!(
            "{} is missing, and the database holds data that was encrypted with it. Restore it from your backup, or set SOLATIUM_MASTER_KEY; a new key could read none of it.",
            config.key_file().display()
        ),
        None => config.new_master_key()?,
    };
    let masters = store::Masters { current: key, old: config.old_master_key()? };
    let store =
        if config.migrate { Store::open(&url, masters).await? } else { Store::open_migrated(&url, masters).await? };
    store.begin_chains(chrono::Utc::now()).await?;
    let limits = service::Limits {
        session_idle_minutes: config.session_idle_minutes,
        session_hours: config.session_hours,
        import_rows: config.import_rows,
        documents: config.documents(),
        bundles: config.bundle_trust()?,
    };
    Ok(App::new(store, limits, crate::ports::open(config)?))
}

/// Makes a directory that only its owner can look into, with its database. One that is there is left
/// as it is.
pub fn make_private(dir: &std::path::Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Whether the browser's half is there: without it every page would fail.
pub fn check_site(config: &Config) -> anyhow::Result<()> {
    let options = leptos_options(config);
    let root = std::path::Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    // Where leptos looks for the names of the files: beside the program.
    let hashes = std::env::current_exe()?.with_file_name(&*options.hash_file);
    for place in [root.as_path(), hashes.as_path()] {
        anyhow::ensure!(
            place.exists(),
            "{} is missing: the site is made by `make site`, and hash.txt goes with the program",
            place.display()
        );
    }
    Ok(())
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
