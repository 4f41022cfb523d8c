//! `solatium work`: the jobs alone.

use anyhow::Context;

use crate::config::Config;
use crate::worker::Worker;
use crate::{state, telemetry};

/// Do what is put off (mail, drafts of invoices, sweeps) without serving anybody, until stopped. `serve`
/// does it too, unless the setting `work` is off; this is for a machine of its own.
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start_logging(&config);
    super::runtime()?.block_on(async {
        let app = state::open(&config).await.context("opening the database")?;
        let worker = Worker::start(&app);
        println!("Solatium works. Stop it with Ctrl-C.");
        super::serve::stopped().await;
        worker.stop().await;
        app.store.close().await;
        Ok(())
    })
}
