//! The lane: claims of integrations that arrive while a transaction runs are saved together in the next.
//! Each is acknowledged only after its commit; if saving many fails, each is tried alone.
//!
//! Key and champion come from memory ([`crate::memory`]). The transaction reads the stamp under which they
//! stood: where it has moved on, a key was made or revoked or a model deployed, and the request starts
//! again with what is true now.

use std::collections::BTreeSet;

use domain::id::CompanyId;
use store::retries::{self, Remembered};
use store::{Tx, stamps};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::create::{Entered, Prepared, Retry, answered, earlier, prepare_with};
use super::entry::Entry;
use super::save::{save_all, save_alone};
use crate::account::authenticate;
use crate::models::shadow;
use crate::{Actor, App, Ctx, Error, Result};
use contract::ErrorKind;

/// Requests that wait; who comes on top of them is asked to come again.
const WAITING: usize = 256;
/// Requests that are saved together.
const TOGETHER: usize = 128;

/// After so many that cannot be saved even alone, the others are not tried.
const GIVEN_UP: usize = 3;

/// Where requests wait.
#[derive(Clone)]
pub struct Lane {
    waiting: mpsc::Sender<Ticket>,
}

/// A request that waits to be saved.
struct Ticket {
    prepared: Prepared,
    company: CompanyId,
    retry: Option<Retry>,
    /// What key and model were known under.
    stamp: i64,
    reply: oneshot::Sender<Outcome>,
}

enum Outcome {
    Saved(Box<Entered>),
    /// The same request came first.
    Came,
    /// Key or model may have changed.
    Stale,
    Failed(Error),
}

impl Lane {
    /// The application with a lane, and the task that works on it until the application is gone.
    pub fn open(app: App) -> (App, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let task = tokio::spawn(work(app.clone(), receiver));
        (App { lane: Some(Lane { waiting: sender }), ..app }, task)
    }

    pub(super) async fn enter(
        &self,
        ctx: &Ctx,
        entry: Entry,
        channel: &str,
        retry: Option<Retry>,
    ) -> Result<(Entered, bool)> {
        if let Some(retry) = &retry
            && let Some(entered) = earlier(ctx, retry).await?
        {
            authenticate::still_valid(ctx).await?;
            return Ok((entered, true));
        }
        let company = ctx.caller.own_company()?;
        // Once more where it was stale, and no oftener: a stamp does not move on all the time.
        let mut stamp = match ctx.caller.actor {
            Actor::Key { stamp, .. } => stamp,
            _ => ctx.app.memory.known_stamp(&ctx.app).await?,
        };
        for _ in 0..3 {
            let serving = ctx.app.memory.serving(&ctx.app, company).await?;
            let prepared = prepare_with(ctx, entry.clone(), channel, serving)?;
            let (reply, answer) = oneshot::channel();
            let ticket = Ticket { prepared, company, retry: retry.clone(), stamp, reply };
            self.waiting.try_send(ticket).map_err(|_| busy())?;
            match answer.await.map_err(Error::internal)? {
                Outcome::Saved(entered) => {
                    shadow::after(&ctx.app, &entered);
                    return Ok((*entered, false));
                }
                Outcome::Came => {
                    let Some(retry) = &retry else { return Err(Error::internal("there was no other request")) };
                    let first = earlier(ctx, retry).await?.ok_or(store::StoreError::NotFound)?;
                    return Ok((first, true));
                }
                Outcome::Stale => {
                    ctx.app.memory.refresh(&ctx.app).await?;
                    stamp = ctx.app.memory.stamp();
                    authenticate::still_valid(ctx).await?;
                }
                Outcome::Failed(error) => return Err(error),
            }
        }
        Err(busy())
    }
}

pub(super) fn busy() -> Error {
    Error::refused(ErrorKind::Unavailable, "Too many requests at once. Nothing was saved: try again in a second.")
}

async fn work(app: App, mut receiver: mpsc::Receiver<Ticket>) {
    let mut tickets = Vec::new();
    // Ends when every sender is gone and nothing waits.
    while receiver.recv_many(&mut tickets, TOGETHER).await > 0 {
        metrics::histogram!("solatium_lane_together").record(tickets.len() as f64);
        serve(&app, std::mem::take(&mut tickets)).await;
    }
}

async fn serve(app: &App, tickets: Vec<Ticket>) {
    // The same request twice at a time: one after the other.
    let (mut seen, mut together, mut later) = (BTreeSet::new(), Vec::new(), Vec::new());
    for ticket in tickets {
        let key = ticket.retry.as_ref().map(|r| (ticket.company, r.key.clone()));
        if key.is_none_or(|key| seen.insert(key)) { together.push(ticket) } else { later.push(ticket) }
    }
    if together.len() > 1 {
        match save(app, &together).await {
            Ok(outcomes) => {
                for (ticket, outcome) in together.drain(..).zip(outcomes) {
                    let _ = ticket.reply.send(outcome);
                }
            }
            Err(error) => {
                let error = error.into_app();
                tracing::warn!(message = error.message, "saving together failed");
                together = without_earlier(app, together).await;
                if !together.is_empty()
                    && let Ok(outcomes) = save(app, &together).await
                {
                    for (ticket, outcome) in together.drain(..).zip(outcomes) {
                        let _ = ticket.reply.send(outcome);
                    }
                }
            }
        }
    }
    let mut failed = 0;
    for ticket in together.into_iter().chain(later) {
        if failed >= GIVEN_UP {
            // The database is away: nobody waits for it one after the other.
            let _ = ticket.reply.send(Outcome::Failed(busy()));
            continue;
        }
        let outcome = match save(app, std::slice::from_ref(&ticket)).await {
            Ok(mut outcomes) => outcomes.pop().unwrap_or(Outcome::Stale),
            Err(Error::Internal { source, .. }) if came(source.as_ref()) => Outcome::Came,
            Err(Error::Refused(error)) if error.kind == ErrorKind::Conflict && ticket.retry.is_some() => Outcome::Came,
            Err(error) => {
                failed += 1;
                Outcome::Failed(error)
            }
        };
        let _ = ticket.reply.send(outcome);
    }
}

/// Answers those whose request came first meanwhile, and gives the others: they are not made to wait for it.
async fn without_earlier(app: &App, tickets: Vec<Ticket>) -> Vec<Ticket> {
    let mut others = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let known = match &ticket.retry {
            Some(retry) => retries::find(&app.store, ticket.company, &retry.key, ticket.prepared.at()).await,
            None => Ok(None),
        };
        match known {
            Ok(Some(_)) => drop(ticket.reply.send(Outcome::Came)),
            _ => others.push(ticket),
        }
    }
    others
}

fn came(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(store::StoreError::Conflict(_)))
}

/// Saves those whose key and model still stand, in one transaction.
async fn save(app: &App, tickets: &[Ticket]) -> Result<Vec<Outcome>> {
    if let Some(outcomes) = save_at_once(app, tickets).await? {
        return Ok(outcomes);
    }
    let tx = app.store.begin().await?;
    let stamp = stamps::hold(&tx).await?;
    let fresh: Vec<&Ticket> = tickets.iter().filter(|t| t.stamp == stamp).collect();
    let mut entered = save_all(&tx, fresh.iter().map(|t| t.prepared.clone()).collect()).await?.into_iter();
    let mut outcomes = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        outcomes.push(match ticket.stamp == stamp {
            true => Outcome::Saved(Box::new(entered.next().ok_or_else(|| Error::internal("a claim was not saved"))?)),
            false => Outcome::Stale,
        });
    }
    remember(&tx, tickets, &outcomes).await?;
    if !fresh.is_empty() {
        tx.commit_recorded().await?;
    }
    Ok(outcomes)
}

/// The same in one go, as it nearly always can be done: all of them fresh, and nothing in between.
async fn save_at_once(app: &App, tickets: &[Ticket]) -> Result<Option<Vec<Outcome>>> {
    let Some(stamp) = tickets.first().map(|t| t.stamp).filter(|stamp| tickets.iter().all(|t| t.stamp == *stamp)) else {
        return Ok(None);
    };
    // Once more where something came in between: then it is known.
    for _ in 0..2 {
        let prepared = tickets.iter().map(|t| t.prepared.clone()).collect();
        let remembered = |entered: &[Entered]| to_remember(tickets.iter().zip(entered));
        if let Some(saved) = save_alone(&app.store, prepared, stamp, remembered).await? {
            metrics::counter!("solatium_lane_saved_total", "way" => "alone").increment(saved.len() as u64);
            return Ok(Some(saved.into_iter().map(|entered| Outcome::Saved(Box::new(entered))).collect()));
        }
        if tickets.iter().any(|t| t.prepared.names_claimant()) {
            break;
        }
    }
    metrics::counter!("solatium_lane_saved_total", "way" => "transaction").increment(tickets.len() as u64);
    Ok(None)
}

/// The requests that named a key of their own, with what they entered.
fn to_remember<'a>(
    saved: impl Iterator<Item = (&'a Ticket, &'a Entered)>,
) -> Result<Vec<(CompanyId, String, Remembered)>> {
    let mut all = Vec::new();
    for (ticket, entered) in saved {
        if let Some(retry) = &ticket.retry {
            all.push((ticket.company, retry.key.clone(), retry.remembered(answered(entered)?)));
        }
    }
    Ok(all)
}

async fn remember(tx: &Tx, tickets: &[Ticket], outcomes: &[Outcome]) -> Result<()> {
    let saved = tickets.iter().zip(outcomes).filter_map(|(ticket, outcome)| match outcome {
        Outcome::Saved(entered) => Some((ticket, entered.as_ref())),
        Outcome::Came | Outcome::Stale | Outcome::Failed(_) => None,
    });
    let all = to_remember(saved)?;
    let Some(now) = tickets.first().map(|t| t.prepared.at()) else { return Ok(()) };
    Ok(retries::remember_all(tx, &all, now).await?)
}
