//! One file per command.

pub mod audit;
pub mod bank;
pub mod bill;
pub mod bundle;
pub mod demo;
pub mod drift;
pub mod experiment;
pub mod export;
pub mod extract;
pub mod features;
pub mod generate;
pub mod invoice;
pub mod journal;
pub mod key;
pub mod keys;
pub mod migrate;
pub mod monitor;
pub mod retrain;
pub mod score;
pub mod serve;
pub mod train;
pub mod train_apart;
pub mod user;
pub mod work;

use std::future::Future;

use anyhow::Context;
use service::App;

use crate::config::Config;
use crate::state;

/// Runs a command that needs the database.
fn with_app<F: Future<Output = anyhow::Result<()>>>(work: impl FnOnce(App) -> F) -> anyhow::Result<()> {
    let config = Config::load()?;
    crate::telemetry::start_logging(&config);
    runtime()?.block_on(async {
        let app = state::open(&config).await.context("opening the database")?;
        let done = work(app.clone()).await;
        app.store.close().await;
        done
    })
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// What a command does as one insurer, or as Solatium where none is named.
async fn acting(app: &App, company: Option<&str>) -> anyhow::Result<service::Ctx> {
    let mut ctx = app.system(chrono::Utc::now());
    if let Some(name) = company {
        let found = store::companies::by_name(&app.store, name).await?;
        let company = found.with_context(|| format!("there is no company called “{name}”"))?;
        (ctx.caller.company, ctx.caller.reach) = (Some(company.id), store::Reach::Company(company.id));
    }
    Ok(ctx)
}

/// A use case's refusal as a command's error.
fn refused(error: service::Error) -> anyhow::Error {
    let error = error.into_app();
    let fields: Vec<String> = error.fields.iter().map(|f| format!("\n  {}: {}", f.field, f.message)).collect();
    anyhow::anyhow!("{}{}", error.message, fields.concat())
}
