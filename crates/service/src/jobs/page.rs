//! What administrators see of the work that waits, runs, is done or failed; cancelling and running again.

use contract::page::{Part, Report, Tab};
use contract::table::{Cell, Table, Tone, grouped};
use contract::{AppError, ErrorKind};
use domain::id::JobId;
use domain::policy::{Permission, Reach};
use serde_json::json;
use store::jobs::{self, Job, State};
use store::{StoreError, schedules};

use super::kind;
use crate::acts::{Done, Kind};
use crate::names::Names;
use crate::ports::ShutIn;
use crate::reports::Query;
use crate::{Ctx, Error, Result, id_from};

/// Jobs on a page.
const PAGE: u64 = 50;

pub static AGAIN: Kind = Kind {
    name: "job.again",
    needs: Some(Permission::ManageJobs),
    run: |ctx, entries| {
        Box::pin(async move {
            run_again(ctx, entries.text("id")).await?;
            Ok(Done::said("The job is in the queue again."))
        })
    },
};

pub static CANCEL: Kind = Kind {
    name: "job.cancel",
    needs: Some(Permission::ManageJobs),
    run: |ctx, entries| {
        Box::pin(async move {
            cancel(ctx, entries.text("id")).await?;
            Ok(Done::said("The job is cancelled, or is being stopped."))
        })
    },
};

/// The page: by standing, a page at a time.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let state = State::from_key(query.text("state"));
    let after: Option<JobId> = query.text("after").parse().ok();
    let mut found = jobs::list(ctx.store(), ctx.caller.reach, state, after, PAGE + 1).await?;
    let more = found.len() as u64 > PAGE;
    found.truncate(PAGE as usize);
    let older =
        more.then(|| found.last().map(|j| format!("/jobs?state={}&after={}", query.text("state"), j.id))).flatten();
    let companies = found.iter().filter_map(|j| j.company).map(|c| c.to_string());
    let names = Names::of(ctx, companies.chain(found.iter().map(|j| j.created_by.clone()))).await?;
    let manages = ctx.caller.holds(Permission::ManageJobs);
    let mut tabs = vec![Tab { label: "All".into(), href: "/jobs".into(), shown: state.is_none() }];
    let mut running = 0;
    for of in State::ALL {
        let count = jobs::count(ctx.store(), ctx.caller.reach, of).await?;
        running += if of == State::Running { count } else { 0 };
        tabs.push(Tab {
            label: format!("{} {}", tab(of), grouped(count)),
            href: format!("/jobs?state={}", of.key()),
            shown: state == Some(of),
        });
    }
    let columns = ["Job", "About", "Asked by", "Asked", "Standing", "Next, or ended", "What came of it", "Act"];
    let mut table = Table::new("Jobs", &columns, "No job of this kind.");
    for job in found {
        table.row(row(job, &names, manages));
    }
    let mut parts = vec![Part::Tabs("Jobs by standing".into(), tabs), Part::Table(table)];
    if ctx.caller.reach == Reach::Operator {
        for (program, reads) in ctx.app.ports.reader.missing() {
            let words = format!("{program} is not installed here: {reads} are kept and not read.");
            parts.insert(0, Part::Notice(Tone::Notice, words));
        }
        match ctx.app.ports.reader.shut_in() {
            ShutIn::Fully => {}
            ShutIn::ByBubblewrap => {
                let words = "Documents are read inside bubblewrap: this kernel has no Landlock.";
                parts.insert(0, Part::Notice(Tone::Plain, words.into()));
            }
            ShutIn::Not => {
                let words = "Documents are kept and not read: this machine has neither Landlock with seccomp nor bubblewrap to shut the reader in.";
                parts.insert(0, Part::Notice(Tone::Bad, words.into()));
            }
        }
        parts.push(Part::Table(planned(ctx).await?));
    }
    Ok(Report {
        actions: older.map(|href| ("Older jobs".to_owned(), href)).into_iter().collect(),
        parts,
        // What runs is looked at again.
        again: (running > 0).then_some(2),
        ..Report::default()
    })
}

fn tab(state: State) -> &'static str {
    match state {
        State::Waiting => "Waiting",
        State::Running => "Running",
        State::Failed => "Failed",
        State::Done => "Done",
        State::Cancelled => "Cancelled",
    }
}

fn row(job: Job, names: &Names, manages: bool) -> Vec<Cell> {
    let (mut standing, tone) = standing(&job);
    if job.attempt > 1 {
        standing = format!("{standing}, attempt {} of {}", job.attempt, job.attempts);
    }
    let label = kind(&job.kind).map_or(job.kind.clone(), |k| k.label.to_owned());
    let words = match (job.state, job.progress) {
        (State::Done, _) => job.result.unwrap_or_default(),
        (State::Failed | State::Waiting, _) => job.error.unwrap_or_default(),
        (State::Running, Some((done, of))) => format!("{done} of {of}"),
        (State::Running | State::Cancelled, _) => String::new(),
    };
    let act = if manages && matches!(job.state, State::Waiting | State::Running) && !job.stop_asked {
        Cell::act(CANCEL.name, job.id, "Cancel", &label)
    } else if manages && matches!(job.state, State::Failed | State::Cancelled) {
        Cell::act(AGAIN.name, job.id, "Run again", &label)
    } else {
        Cell::Empty
    };
    let at = if job.state == State::Waiting { Some(job.due_at) } else { job.finished_at };
    vec![
        Cell::text(&label),
        job.company.map_or(Cell::Empty, |c| Cell::Text(names.company(c))),
        Cell::Text(names.actor(&job.created_by)),
        Cell::Time(job.created_at.into()),
        Cell::Badge(standing, tone),
        Cell::time(at),
        Cell::Text(words),
        act,
    ]
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

async fn planned(ctx: &Ctx) -> Result<Table> {
    let mut table =
        Table::new("What runs by itself", &["Job", "Times, in London", "Next", "Last", "Left out"], "Nothing.");
    for schedule in schedules::list(ctx.store()).await? {
        let last = schedules::ticks(ctx.store(), &schedule.name, 1).await?.into_iter().next();
        table.row(vec![
            Cell::Text(kind(&schedule.kind).map_or(schedule.kind.clone(), |k| k.label.to_owned())),
            Cell::Text(super::schedule::in_words(&schedule.cron)),
            Cell::Time(schedule.next_due_at.into()),
            Cell::time(last.as_ref().map(|t| t.due_at)),
            last.and_then(|t| t.skipped).filter(|why| !why.is_empty()).map_or(Cell::Empty, Cell::Text),
        ]);
    }
    Ok(table)
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
