//! What administrators see of the work that waits, runs, is done or failed; cancelling and running again.

use contract::jobs::{JobView, JobsFilter, JobsView, ScheduleView};
use contract::table::Tone;
use contract::{AppError, ErrorKind};
use domain::id::JobId;
use domain::policy::{Permission, Reach};
use serde_json::json;
use store::jobs::{self, Job, State};
use store::{StoreError, schedules};

use super::kind;
use crate::names::Names;
use crate::{Ctx, Error, Result, id_from};

/// Jobs on a page.
const PAGE: u64 = 50;

pub async fn list(ctx: &Ctx, filter: &JobsFilter) -> Result<JobsView> {
    ctx.require(Permission::ReadJobs)?;
    let state = State::from_key(&filter.state);
    let after: Option<JobId> = filter.after.parse().ok();
    let mut found = jobs::list(ctx.store(), ctx.caller.reach, state, after, PAGE + 1).await?;
    let more = found.len() as u64 > PAGE;
    found.truncate(PAGE as usize);
    let older = more.then(|| found.last().map(|j| j.id.to_string())).flatten();
    let companies = found.iter().filter_map(|j| j.company).map(|c| c.to_string());
    let names = Names::of(ctx, companies.chain(found.iter().map(|j| j.created_by.clone()))).await?;
    let manages = ctx.caller.holds(Permission::ManageJobs);
    let mut counts = Vec::new();
    for state in State::ALL {
        counts.push((state.key().to_owned(), jobs::count(ctx.store(), ctx.caller.reach, state).await?));
    }
    Ok(JobsView {
        jobs: found.into_iter().map(|job| view(job, &names, manages)).collect(),
        counts,
        schedules: if ctx.caller.reach == Reach::Operator { planned(ctx).await? } else { Vec::new() },
        older,
    })
}

fn view(job: Job, names: &Names, manages: bool) -> JobView {
    let (standing, tone) = standing(&job);
    let words = match job.state {
        State::Done => job.result,
        State::Failed | State::Waiting => job.error,
        State::Running | State::Cancelled => None,
    };
    JobView {
        id: job.id,
        label: kind(&job.kind).map_or(job.kind.clone(), |k| k.label.to_owned()),
        about: job.company.map(|c| names.company(c)).unwrap_or_default(),
        asked_by: names.actor(&job.created_by),
        asked_at: job.created_at.into(),
        due_at: (job.state == State::Waiting).then_some(job.due_at.into()),
        finished_at: job.finished_at.map(Into::into),
        attempt: job.attempt,
        attempts: job.attempts,
        standing,
        tone,
        progress: job.progress.filter(|_| job.state == State::Running),
        words: words.unwrap_or_default(),
        may_cancel: manages && matches!(job.state, State::Waiting | State::Running) && !job.stop_asked,
        may_run_again: manages && matches!(job.state, State::Failed | State::Cancelled),
    }
}

fn standing(job: &Job) -> (String, Tone) {
    match job.state {
        State::Waiting if job.attempt > 0 => ("Waits for another attempt".into(), Tone::Notice),
        State::Waiting => ("Waits".into(), Tone::Plain),
        State::Running if job.stop_asked => ("Is being stopped".into(), Tone::Notice),
        State::Running => ("Runs".into(), Tone::Notice),
        State::Done => ("Done".into(), Tone::Good),
        State::Failed => ("Failed".into(), Tone::Bad),
        State::Cancelled => ("Cancelled".into(), Tone::Plain),
    }
}

async fn planned(ctx: &Ctx) -> Result<Vec<ScheduleView>> {
    let mut views = Vec::new();
    for schedule in schedules::list(ctx.store()).await? {
        let last = schedules::ticks(ctx.store(), &schedule.name, 1).await?.into_iter().next();
        views.push(ScheduleView {
            label: kind(&schedule.kind).map_or(schedule.kind.clone(), |k| k.label.to_owned()),
            times: super::schedule::in_words(&schedule.cron),
            next_at: schedule.next_due_at.into(),
            last_at: last.as_ref().map(|t| t.due_at).map(Into::into),
            skipped: last.and_then(|t| t.skipped).unwrap_or_default(),
        });
    }
    Ok(views)
}

fn ended(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::Refused(AppError::new(
            ErrorKind::Conflict,
            "This job stands otherwise by now, or the same work waits already. Reload the page.",
        )),
        other => other.into(),
    }
}

pub async fn cancel(ctx: &Ctx, id: &str) -> Result<()> {
    ctx.require(Permission::ManageJobs)?;
    let job = jobs::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let tx = ctx.begin().await?;
    jobs::cancel(&tx, job.id, ctx.now).await.map_err(ended)?;
    tx.commit(ctx.audit(job.company, "job.cancelled", "job", job.id, json!({ "kind": job.kind }))).await?;
    Ok(())
}

pub async fn run_again(ctx: &Ctx, id: &str) -> Result<()> {
    ctx.require(Permission::ManageJobs)?;
    let job = jobs::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let tx = ctx.begin().await?;
    jobs::again(&tx, job.id, ctx.now).await.map_err(ended)?;
    tx.commit(ctx.audit(job.company, "job.run_again", "job", job.id, json!({ "kind": job.kind }))).await?;
    Ok(())
}
