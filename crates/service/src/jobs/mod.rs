//! Work that is put off: one file a kind. A job is enqueued in the transaction of what asks for it and
//! run by a worker, here or in another process, as [`crate::Actor::Job`]: it holds what its kind names
//! and reaches its company alone.

pub mod audit_export;
pub mod audit_verify;
pub mod claim_decided;
pub mod claims_seal;
pub mod document_read;
pub mod fairness_report;
pub mod figures_recount;
pub mod files_move;
pub mod files_sweep;
pub mod invoice_draft;
pub mod invoice_pdf;
pub mod mail_send;
pub mod model_measure;
pub mod model_retrain;
pub mod page;
pub mod provider_push;
pub mod provider_settle;
pub mod publication_make;
pub mod reminders;
pub mod run;
pub mod schedule;
pub mod stream_watch;
pub mod sweep;
pub mod trials_watch;
pub mod under_way;
pub mod usage_alerts;
pub mod usage_statements;

use std::pin::Pin;

use chrono::{DateTime, Utc};
use contract::page::Part;
use contract::table::Tone;
use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::Value;
use store::Tx;
use store::jobs::{self, NewJob};

use crate::{App, Ctx, Error, Result};

/// A kind of work.
pub struct Kind {
    pub key: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// All that a job of this kind may do.
    pub holds: &'static [Permission],
    pub manner: Manner,
    /// Where whoever asked for it sees what came of it.
    pub seen_at: &'static str,
    /// What came of it, in words. A refusal is final: trying again would not mend it.
    pub run: for<'a> fn(&'a Ctx, &'a Work) -> Running<'a>,
}

/// How work of a kind is gone about.
#[derive(Clone, Copy)]
pub struct Manner {
    /// How often it is tried.
    pub attempts: u32,
    /// It may take minutes: one at a time in a process, so that a hand is free for the rest.
    pub slow: bool,
    /// What is done where it is not tried again although it did not succeed, or where somebody ended it.
    pub give_up: Option<for<'a> fn(&'a Ctx, &'a Work) -> GivingUp<'a>>,
}

/// Quick, tried three times, and nothing to be done where that was in vain.
const USUAL: Manner = Manner { attempts: 3, slow: false, give_up: None };

pub type GivingUp<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

pub type Running<'a> = Pin<Box<dyn Future<Output = Result<String>> + Send + 'a>>;

/// All kinds.
pub static KINDS: &[&Kind] = &[
    &audit_export::KIND,
    &audit_verify::KIND,
    &claim_decided::KIND,
    &claims_seal::KIND,
    &document_read::KIND,
    &fairness_report::KIND,
    &fairness_report::ALL,
    &figures_recount::KIND,
    &files_move::KIND,
    &files_sweep::KIND,
    &invoice_draft::KIND,
    &invoice_pdf::KIND,
    &mail_send::KIND,
    &model_measure::KIND,
    &model_retrain::KIND,
    &model_measure::SERVING,
    &provider_push::KIND,
    &provider_settle::ALL,
    &provider_settle::KIND,
    &publication_make::KIND,
    &reminders::KIND,
    &stream_watch::KIND,
    &stream_watch::ALL,
    &sweep::KIND,
    &trials_watch::KIND,
    &usage_statements::KIND,
    &usage_alerts::KIND,
];

/// What earlier versions stored is moved so long after this version first runs: by then no replica of an
/// earlier one is left, which could not read it any more.
pub const ROLLED_OUT: chrono::Duration = chrono::Duration::hours(1);

pub fn kind(key: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|k| k.key == key)
}

/// What a job is about, while it runs.
pub struct Work {
    pub payload: Value,
    /// Counts from 1.
    pub attempt: u32,
    pub attempts: u32,
}

impl Work {
    /// An id of the payload.
    fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        let text = self.payload[name].as_str().and_then(|text| text.parse().ok());
        text.ok_or_else(|| Error::internal(format!("the payload names no {name}")))
    }

    /// Whether an attempt before this one did its work, and the process was killed before that was noted: by the audit row
    /// that went with it.
    async fn was_done(&self, ctx: &Ctx, action: &str) -> Result<bool> {
        Ok(self.attempt > 1 && store::audit::has_done(ctx.store(), &ctx.caller.actor.name(), action).await?)
    }

    fn is_last(&self) -> bool {
        self.attempt >= self.attempts
    }
}

/// Work as it is ordered.
pub struct Order {
    pub kind: &'static Kind,
    pub company: Option<CompanyId>,
    /// Ids and no personal data.
    pub payload: Value,
    /// Ordered twice while it waits or runs, it is done once.
    pub dedupe_key: Option<String>,
    /// What it is ordered together with.
    pub batch: Option<String>,
    /// `None`: as soon as somebody is free.
    pub due_at: Option<DateTime<Utc>>,
}

impl Order {
    pub fn of(kind: &'static Kind) -> Order {
        Order { kind, company: None, payload: Value::Null, dedupe_key: None, batch: None, due_at: None }
    }
}

/// Enqueues in the caller's transaction; `false` where the same work waits or runs already.
pub async fn enqueue(ctx: &Ctx, tx: &Tx, order: Order) -> Result<bool> {
    Ok(jobs::enqueue(tx, &new_job(ctx, order)).await?)
}

/// Orders work of the installation in a transaction of its own, unless it waits or runs already.
pub async fn order_once(app: &App, kind: &'static Kind, now: DateTime<Utc>, due_at: DateTime<Utc>) -> Result<()> {
    let ctx = app.system(now);
    let tx = ctx.begin().await?;
    let order = Order { dedupe_key: Some(kind.key.into()), due_at: Some(due_at), ..Order::of(kind) };
    enqueue(&ctx, &tx, order).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}

fn new_job(ctx: &Ctx, order: Order) -> NewJob {
    NewJob {
        id: ctx.id(),
        kind: order.kind.key,
        company: order.company,
        payload: order.payload,
        dedupe_key: order.dedupe_key,
        batch: order.batch,
        due_at: order.due_at.unwrap_or(ctx.now),
        attempts: order.kind.manner.attempts,
        created_by: ctx.caller.actor.name(),
        created_at: ctx.now,
    }
}

/// Orders a job of a kind for a company; `false` where one waits or runs already.
async fn order_for(ctx: &Ctx, tx: &store::Tx, kind: &'static Kind, company: domain::id::CompanyId) -> Result<bool> {
    let dedupe_key = Some(format!("{}:{company}", kind.key));
    enqueue(ctx, tx, Order { company: Some(company), payload: serde_json::json!({}), dedupe_key, ..Order::of(kind) })
        .await
}

/// For how long a page says what came of work.
const NEWS: chrono::Duration = chrono::Duration::minutes(10);

/// What a page says of work of a kind that waits or runs, and in how many seconds it looks again; where none does, what came
/// of the last that has just ended.
///
/// `of`: whose work it shows.
pub(crate) async fn awaited(
    ctx: &Ctx,
    kind: &Kind,
    of: impl Fn(&jobs::Job) -> bool,
    words: &str,
) -> Result<(Vec<Part>, Option<u32>)> {
    let all = jobs::under_way(ctx.store(), ctx.caller.reach, kind.key, 50).await?;
    if all.iter().any(&of) {
        return Ok((vec![Part::Notice(Tone::Notice, words.into())], Some(3)));
    }
    let ended = jobs::ended_since(ctx.store(), ctx.caller.reach, kind.key, ctx.now - NEWS, 50).await?;
    let last = ended.into_iter().find(of).and_then(|job| match (job.result, job.error) {
        (Some(words), _) => Some((Tone::Plain, words)),
        (None, Some(words)) => Some((Tone::Bad, words)),
        (None, None) => None,
    });
    Ok((last.map(|(tone, words)| Part::Notice(tone, words)).into_iter().collect(), None))
}

/// Orders a job of a kind for each insurer; in words.
async fn order_for_each(ctx: &Ctx, kind: &'static Kind) -> Result<String> {
    let mut insurers = store::companies::list(ctx.store(), store::Reach::Operator).await?;
    insurers.retain(|c| !c.operator);
    let tx = ctx.begin().await?;
    for company in &insurers {
        order_for(ctx, &tx, kind, company.id).await?;
    }
    tx.commit_bookkeeping().await?;
    Ok(format!("Ordered for {} companies.", insurers.len()))
}
