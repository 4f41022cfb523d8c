//! Doing one job: claimed, begun, kept, ended.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::policy::Reach;
use futures_util::FutureExt;
use serde_json::json;
use store::jobs::{self, End, Job, Lease};
use store::notifications::{self, Notification};
use store::{StoreError, people};

use super::{Kind, Work, kind};
use crate::{Actor, App, Caller, Ctx, Error, Result, secret};

/// What reads the clock: this crate does not.
pub type Clock<'a> = &'a (dyn Fn() -> DateTime<Utc> + Send + Sync);

/// How long a job is a worker's without a sign of life, and how often it gives one.
pub const LEASE: chrono::Duration = chrono::Duration::seconds(60);
const BEAT: Duration = Duration::from_secs(15);
/// How often a job that runs looks whether somebody asked it to end.
const LOOK: Duration = Duration::from_secs(1);

/// Does the job that has been due longest, if there is one; `false` where there is none.
pub async fn next(app: &App, clock: Clock<'_>) -> Result<bool> {
    let token = secret::token();
    let now = clock();
    // The place of slow work is taken before the job is: of two hands that look at once one gets it.
    let place = app.work.take_slow();
    let known: Vec<&str> = super::KINDS.iter().filter(|k| !k.manner.slow || place.is_some()).map(|k| k.key).collect();
    let served = app.work.served();
    let Some((job, lease)) = jobs::claim(&app.store, &known, &served, &token, now, now + LEASE).await? else {
        return Ok(false);
    };
    let Some(kind) = kind(&job.kind) else { return Ok(false) };
    app.work.serves(job.company);
    let _place = place.filter(|_| kind.manner.slow);
    let ctx = ctx_of(app, kind, &job, &lease, now);
    let end = match attempt(&ctx, kind, &job, &lease, clock).await {
        Some(end) => end,
        // Somebody else has it by now.
        None => return Ok(true),
    };
    if let (End::Failed(_) | End::Cancelled, Some(give_up)) = (&end, kind.manner.give_up) {
        give_up(&ctx, &work_of(&job)).await?;
    }
    metrics::counter!("solatium_jobs_total", "kind" => kind.key, "end" => word(&end)).increment(1);
    match finish(&ctx, kind, &job, &lease, &end, clock()).await {
        Err(Error::Internal { source, .. }) if lost(source.as_ref()) => Ok(true),
        other => other.map(|()| true),
    }
}

fn lost(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref::<StoreError>(), Some(StoreError::LeaseLost))
}

fn word(end: &End) -> &'static str {
    match end {
        End::Done(_) => "done",
        End::Again(..) => "again",
        End::Failed(_) => "failed",
        End::Cancelled => "cancelled",
    }
}

/// As whom a job acts.
fn ctx_of(app: &App, kind: &Kind, job: &Job, lease: &Lease, now: DateTime<Utc>) -> Ctx {
    let actor = Actor::Job { lease: lease.clone(), holds: kind.holds, asked_by: job.created_by.clone() };
    let caller = Caller {
        actor,
        reach: job.company.map_or(Reach::Operator, Reach::Company),
        company: job.company,
        department: None,
        gate: None,
        origin: Default::default(),
    };
    Ctx { app: app.clone(), caller, now }
}

/// Runs a job until it ends, somebody ends it, or it is no longer ours (`None`).
async fn attempt(ctx: &Ctx, kind: &Kind, job: &Job, lease: &Lease, clock: Clock<'_>) -> Option<End> {
    if job.stop_asked {
        return Some(End::Cancelled);
    }
    if job.attempt > job.attempts {
        let words = format!("It was begun {} times and never ended: the process stopped in the middle.", job.attempts);
        return Some(End::Failed(words));
    }
    let work = work_of(job);
    let running = AssertUnwindSafe((kind.run)(ctx, &work)).catch_unwind();
    let done = tokio::select! {
        done = running => done,
        stop = stopped(&ctx.app, lease, clock) => return stop,
    };
    Some(match done {
        Ok(Ok(words)) => End::Done(words),
        Ok(Err(Error::Internal { source, .. })) if lost(source.as_ref()) => return None,
        Ok(Err(error)) => failed(error, job, clock()),
        Err(_) => failed(Error::internal(format!("the job {} panicked", kind.key)), job, clock()),
    })
}

fn work_of(job: &Job) -> Work {
    let payload = serde_json::from_str(&job.payload).unwrap_or_default();
    Work { payload, attempt: job.attempt, attempts: job.attempts }
}

/// Keeps the lease. Ends when the job should end, or is no longer ours.
async fn stopped(app: &App, lease: &Lease, clock: Clock<'_>) -> Option<End> {
    let mut since = Duration::ZERO;
    loop {
        tokio::time::sleep(LOOK).await;
        since += LOOK;
        let asked = if since >= BEAT {
            since = Duration::ZERO;
            jobs::beat(&app.store, lease, clock() + LEASE).await
        } else {
            jobs::stop_asked(&app.store, lease).await
        };
        match asked {
            Ok(false) => {}
            Ok(true) => return Some(End::Cancelled),
            Err(StoreError::LeaseLost) => return None,
            // The database may be away for a moment; the lease outlasts that.
            Err(error) => tracing::warn!(%error, "a sign of life could not be given"),
        }
    }
}

/// A refusal is final; what went wrong inside is tried again later.
fn failed(error: Error, job: &Job, now: DateTime<Utc>) -> End {
    let last = job.attempt >= job.attempts || matches!(error, Error::Refused(_));
    let error = error.into_app();
    let fields: Vec<String> = error.fields.iter().map(|f| f.message.clone()).collect();
    let words = if fields.is_empty() { error.message } else { fields.join(" ") };
    if last {
        return End::Failed(words);
    }
    // 30 seconds, two minutes, eight.
    let wait = 30 * 4_i64.pow(job.attempt.saturating_sub(1).min(5));
    End::Again(words, now + chrono::Duration::seconds(wait))
}

async fn finish(ctx: &Ctx, kind: &Kind, job: &Job, lease: &Lease, end: &End, now: DateTime<Utc>) -> Result<()> {
    let tx = ctx.app.store.begin().await?;
    jobs::finish(&tx, lease, end, now).await?;
    let End::Failed(words) = end else { return Ok(tx.commit_bookkeeping().await?) };
    for user in concerned(ctx, job).await? {
        let text = format!("{} failed: {words}", kind.label);
        notifications::create(
            &tx,
            &Notification { id: ctx.id(), user, cause: "work".into(), text, href: kind.seen_at.into(), at: now },
        )
        .await?;
    }
    let details = json!({ "kind": kind.key, "attempts": job.attempt });
    tx.commit(ctx.audit(job.company, "job.failed", "job", job.id, details)).await?;
    Ok(())
}

/// Who is told of a failure: whoever asked for the work, else our administrators.
async fn concerned(ctx: &Ctx, job: &Job) -> Result<Vec<domain::id::UserId>> {
    if let Ok(asked) = job.created_by.parse() {
        return Ok(vec![asked]);
    }
    Ok(people::operator_administrators(ctx.store()).await?)
}

/// Notes how far a job is; whoever is not at a job does nothing here.
pub async fn progress(ctx: &Ctx, done: u64, of: u64) -> Result<()> {
    let Actor::Job { lease, .. } = &ctx.caller.actor else { return Ok(()) };
    let tx = ctx.app.store.begin().await?;
    jobs::progress(&tx, lease, done, of).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}
