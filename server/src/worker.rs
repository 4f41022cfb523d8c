//! Does the jobs, in the server or in a process of its own.

use std::time::Duration;

use chrono::Utc;
use service::App;
use service::jobs::{claims_seal, figures_recount, files_move, run, schedule};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Jobs that are done at the same time.
const HANDS: usize = 2;
/// How often a hand that is free looks for work, and how often the schedules are looked at.
const LOOK: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_secs(5);
/// How long jobs under way are waited for when the process is to stop. What is not done by then is
/// begun anew elsewhere, once its lease has run out.
const FAREWELL: Duration = Duration::from_secs(20);

/// The hands that do the jobs, until they are stopped.
pub struct Worker {
    hands: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Worker {
    pub fn start(app: &App) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let mut hands = JoinSet::new();
        hands.spawn(clockwork(app.clone(), stopped.clone()));
        for _ in 0..HANDS {
            hands.spawn(hand(app.clone(), stopped.clone()));
        }
        Worker { hands, stop }
    }

    /// Begins nothing more, and waits a while for what is under way.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let all = async { while self.hands.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("a job is left unfinished: another worker begins it anew");
        }
    }
}

/// One who does a job after another.
async fn hand(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let wait = match run::next(&app, &Utc::now).await {
            Ok(true) => continue,
            Ok(false) => LOOK,
            Err(error) => {
                // Logged as it is turned into words.
                let _ = error.into_app();
                TICK
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Orders what is due.
async fn clockwork(app: App, mut stop: watch::Receiver<bool>) {
    let now = Utc::now();
    let begun = [
        schedule::plan(&app, now).await,
        files_move::order(&app, now).await,
        claims_seal::order(&app, now).await,
        figures_recount::order(&app, now).await,
    ];
    for begun in begun {
        if let Err(error) = begun {
            let _ = error.into_app();
        }
    }
    while !*stop.borrow() {
        if let Err(error) = schedule::tick(&app, Utc::now()).await {
            let _ = error.into_app();
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
}
