//! `solatium migrate`: bring the database to this version.

use anyhow::Context;

use crate::config::Config;
use crate::{state, telemetry};

/// Bring the database to this version. `serve` does it too, unless the setting `migrate` is off; this
/// is for doing it beforehand.
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> anyhow::Result<()> {
    let mut config = Config::load()?;
    config.migrate = true;
    telemetry::start_logging(&config);
    super::runtime()?.block_on(async {
        let app = state::open(&config).await.context("opening the database")?;
        app.store.close().await;
        println!("The database is up to date.");
        Ok(())
    })
}
