//! `solatium serve`: the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use service::App;
use service::claims::lane::Lane;
use service::models::shadow::Shadows;
use store::audit::AuditEvent;
use store::integration::ApiCall;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::refused;
use crate::config::Config;
use crate::state::{self, State};
use crate::worker::Worker;
use crate::{routes, socket, telemetry};

/// Serve the site and the API until stopped.
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start_logging(&config);
    super::runtime()?.block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    if let Err(error) = state::check_site(&config) {
        // The API answers without it.
        tracing::error!("no page can be shown: {error:#}");
    }
    let app = state::open(&config).await.context("opening the database")?;
    let demo = service::demo::present(&app).await.map_err(refused)?;
    let (calls, log) = start_call_log(app.clone());
    let checkpoints = tokio::spawn(keep_log_short(app.clone()));
    let (app, notes) = with_notes(app);
    let (app, lane) = Lane::open(app);
    let (app, shadows) = Shadows::open(app);
    let state =
        State { app: app.clone(), leptos: state::leptos_options(&config), demo, calls, config: Arc::new(config) };
    let listener =
        TcpListener::bind(state.config.addr).await.with_context(|| format!("listening on {}", state.config.addr))?;
    announce(&app, listener.local_addr()?, demo).await?;
    let worker = state.config.work.then(|| Worker::start(&app));
    let router = routes::router(state, telemetry::start_metrics());
    socket::serve(listener, router, stopped()).await;
    if let Some(worker) = worker {
        worker.stop().await;
    }
    // The router is gone, and with it the last sender: what is left in the log is written.
    log.await?;
    let store = app.store.clone();
    drop(app);
    lane.await?;
    shadows.await?;
    notes.await?;
    checkpoints.abort();
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Brings the write-ahead log into the database beside the requests, so that none has to.
async fn keep_log_short(app: App) {
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if let Err(error) = app.store.checkpoint().await {
            tracing::warn!(%error, "the write-ahead log could not be brought in");
        }
    }
}

/// Says where the server is, and how to get in.
async fn announce(app: &App, addr: SocketAddr, demo: bool) -> anyhow::Result<()> {
    if demo {
        super::demo::print_logins(&service::demo::logins());
    }
    if let Some(token) = service::account::setup::offer(&app.system(Utc::now())).await.map_err(refused)? {
        println!("\nNobody can sign in yet. Create the first administrator with this link, which works once:");
        println!("  http://{addr}/setup/{token}");
    }
    println!("\nSolatium is ready: http://{addr}");
    Ok(())
}

/// Calls that are written in one statement: SQLite binds some 32,000 values, and a call has nine.
const LOGGED_TOGETHER: usize = 2_000;

/// Collects API calls and writes them a few times a second, so that logging a call costs no call
/// a transaction of its own.
pub fn start_call_log(app: App) -> (mpsc::Sender<ApiCall>, JoinHandle<()>) {
    let (sender, mut receiver) = mpsc::channel::<ApiCall>(10_000);
    let task = tokio::spawn(async move {
        let mut batch = Vec::new();
        // Ends when every sender is gone and the queue is empty.
        while receiver.recv_many(&mut batch, LOGGED_TOGETHER).await > 0 {
            if let Err(error) = service::admin::api_keys::log(&app, &batch).await {
                let error = error.into_app();
                tracing::error!(calls = batch.len(), message = error.message, "calls were not logged");
            }
            batch.clear();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    (sender, task)
}

/// Readings and refusals that are written in one transaction.
const NOTED_TOGETHER: usize = 2_000;

/// Collects what was read and refused, and writes it a few times a second.
pub fn with_notes(app: App) -> (App, JoinHandle<()>) {
    let (reads, read) = mpsc::channel(10_000);
    let (refusals, refused) = mpsc::channel(10_000);
    let (one, other) = (collect(app.clone(), read), collect(app.clone(), refused));
    let task = tokio::spawn(async move {
        tokio::join!(one, other);
    });
    (App { notes: Some(service::Notes { reads, refusals }), ..app }, task)
}

/// Ends when every sender is gone and the queue is empty.
async fn collect(app: App, mut queue: mpsc::Receiver<AuditEvent>) {
    let mut batch = Vec::new();
    loop {
        let taken = queue.recv_many(&mut batch, NOTED_TOGETHER).await;
        if taken == 0 {
            break;
        }
        write_notes(&app, std::mem::take(&mut batch)).await;
        if taken < NOTED_TOGETHER {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Writes them, once more for a minute where the database takes nothing just now.
async fn write_notes(app: &App, batch: Vec<AuditEvent>) {
    for attempt in 0..12 {
        match service::chain::record(app, batch.clone()).await {
            Ok(()) => return,
            Err(error) => {
                let (count, message) = (batch.len(), error.into_app().message);
                tracing::error!(count, attempt, message, "readings and refusals could not be recorded");
            }
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

pub async fn stopped() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("stopping: requests under way are finished first");
}
