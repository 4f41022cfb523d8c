//! What a version on trial would have said: asked after the answer is given and saved, in a queue that is bounded, within
//! 250 ms, and kept in a table of its own. Whatever it does (panic, sleep, refuse), nobody who is answered waits for it or
//! sees it; nothing of it is charged.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::id::TrialId;
use domain::{ClaimFacts, Money};
use ml::bundle::Valuation;
use store::trials::{self, Shadow};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::cache::Loaded;
use super::serving::OnTrial;
use crate::claims::create::Entered;
use crate::{App, Result};

/// Claims that wait; one more is dropped and counted.
const WAITING: usize = 1_000;
/// The most that are kept together.
const TOGETHER: usize = 64;
/// How long a version is waited for.
const LONGEST: Duration = Duration::from_millis(250);
/// Questions at a time, also those that nobody waits for any more: a version that sleeps holds no more than these.
const PLACES: usize = 2;

/// How a version is asked: tests have their own.
pub type Ask = Arc<dyn Fn(&Loaded, &ClaimFacts) -> std::result::Result<Valuation, String> + Send + Sync>;

/// Claims that were not asked, of each trial, until they are kept.
type Dropped = Arc<Mutex<BTreeMap<TrialId, i32>>>;

/// Where claims wait to be asked in the shadow.
#[derive(Clone)]
pub struct Shadows {
    waiting: mpsc::Sender<Look>,
    dropped: Dropped,
}

/// A claim that was answered.
struct Look {
    trial: Arc<OnTrial>,
    shadow: Shadow,
    facts: ClaimFacts,
}

impl Shadows {
    /// The application with its shadows, and the task that asks until the application is gone.
    pub fn open(app: App) -> (App, JoinHandle<()>) {
        Shadows::open_with(app, Arc::new(|model, facts| model.bundle.value(facts).map_err(|e| e.to_string())))
    }

    /// The same with a way to ask of one's own.
    pub fn open_with(app: App, ask: Ask) -> (App, JoinHandle<()>) {
        let (waiting, receiver) = mpsc::channel(WAITING);
        let dropped = Dropped::default();
        let task = tokio::spawn(work(app.clone(), receiver, dropped.clone(), ask));
        (App { shadows: Some(Shadows { waiting, dropped }), ..app }, task)
    }
}

/// A claim was answered and saved: what is on trial is asked, if there is room.
pub(crate) fn after(app: &App, entered: &Entered) {
    let (Some(shadows), Some(trial), Some((prediction, ..))) = (&app.shadows, &entered.shadow, &entered.prediction)
    else {
        return;
    };
    let shadow = Shadow {
        prediction: prediction.id,
        trial: trial.trial.id,
        company: entered.claim.company,
        claim: entered.claim.id,
        answered: prediction.amount,
        said: Err("not asked".into()),
        duration_us: 0,
        at: prediction.at,
    };
    let look = Look { trial: trial.clone(), shadow, facts: entered.claim.facts.clone() };
    if shadows.waiting.try_send(look).is_err() {
        if let Ok(mut dropped) = shadows.dropped.lock() {
            *dropped.entry(trial.trial.id).or_default() += 1;
        }
        metrics::counter!("solatium_shadows_dropped_total").increment(1);
    }
}

async fn work(app: App, mut receiver: mpsc::Receiver<Look>, dropped: Dropped, ask: Ask) {
    let places = Arc::new(Semaphore::new(PLACES));
    let mut looks = Vec::new();
    // The last sender of its own is dropped with the application: it holds none.
    let app = App { shadows: None, ..app };
    while receiver.recv_many(&mut looks, TOGETHER).await > 0 {
        let mut asked = Vec::with_capacity(looks.len());
        for look in looks.drain(..) {
            asked.push(one(look, &places, &ask).await);
        }
        let missed: Vec<(TrialId, i32)> =
            dropped.lock().map(|mut all| std::mem::take(&mut *all).into_iter().collect()).unwrap_or_default();
        if let Err(error) = keep(&app, &asked, &missed).await {
            let error = error.into_app();
            tracing::warn!(message = error.message, "what was said in the shadow was not kept");
        }
    }
}

async fn one(look: Look, places: &Arc<Semaphore>, ask: &Ask) -> Shadow {
    let Look { trial, shadow, facts } = look;
    let (ask, begun) = (ask.clone(), Instant::now());
    let said = match places.clone().try_acquire_owned() {
        // Every place is held by a question that has not come back.
        Err(_) => Err("it has not answered those before".to_owned()),
        Ok(place) => {
            let asking = tokio::task::spawn_blocking(move || {
                let _place = place;
                let said = std::panic::catch_unwind(AssertUnwindSafe(|| ask(&trial.challenger, &facts)));
                said.unwrap_or_else(|_| Err("it panicked".into()))
            });
            match tokio::time::timeout(LONGEST, asking).await {
                Ok(Ok(said)) => said,
                Ok(Err(_)) => Err("it was ended".into()),
                Err(_) => Err("it took longer than 250 ms".into()),
            }
        }
    };
    let said: std::result::Result<(Money, Money, Money), String> = said.map(|v| (v.amount, v.lower, v.upper));
    let words = |words: String| words.chars().take(200).collect();
    Shadow {
        said: said.map_err(words),
        duration_us: begun.elapsed().as_micros().try_into().unwrap_or(i64::MAX),
        ..shadow
    }
}

async fn keep(app: &App, asked: &[Shadow], missed: &[(TrialId, i32)]) -> Result<()> {
    let tx = app.store.begin().await?;
    trials::keep(&tx, asked, missed).await?;
    Ok(tx.commit_bookkeeping().await?)
}
