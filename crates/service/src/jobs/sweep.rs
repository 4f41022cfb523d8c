//! Forgetting what has served: ended sessions and links, remembered requests, counts, the log of API
//! calls, mail, jobs that are done.

use chrono::Duration;
use store::{import_marks, integration, invitations, jobs, mails, rates, retries, schedules, sessions};

use super::{Kind, Running, USUAL, Work};
use crate::{Ctx, Result};

pub static KIND: Kind =
    Kind { key: "sweep", label: "Forgetting what has served", holds: &[], manner: USUAL, seen_at: "/jobs", run };

/// How long things are kept.
const CALLS: Duration = Duration::days(90);
const JOBS: Duration = Duration::days(30);
const FAILED: Duration = Duration::days(90);
const TICKS: Duration = Duration::days(90);
const MAILS: Duration = Duration::days(90);
const RATES: Duration = Duration::days(1);
/// A file that comes again so much later is another one.
const MARKS: Duration = Duration::days(400);

/// Rows of the log of API calls that one transaction forgets.
const PORTION: u64 = 5_000;

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(sweep(ctx))
}

async fn sweep(ctx: &Ctx) -> Result<String> {
    let now = ctx.now;
    let tx = ctx.begin().await?;
    sessions::sweep(&tx, now).await?;
    let links = invitations::sweep(&tx, now).await?;
    let requests = retries::sweep(&tx, now).await?;
    let counts = rates::sweep(&tx, now - RATES).await?;
    let jobs = jobs::sweep(&tx, now - JOBS, now - FAILED).await?;
    let ticks = schedules::sweep(&tx, now - TICKS).await?;
    let mails = mails::sweep(&tx, now - MAILS).await?;
    import_marks::sweep(&tx, now - MARKS).await?;
    tx.commit_bookkeeping().await?;
    let mut calls = 0;
    loop {
        let tx = ctx.begin().await?;
        let gone = integration::sweep_calls(&tx, now - CALLS, PORTION).await?;
        tx.commit_bookkeeping().await?;
        calls += gone;
        if gone < PORTION {
            break;
        }
    }
    Ok(format!(
        "Forgotten: {links} links, {requests} remembered requests, {counts} counts, {jobs} ended jobs, {ticks} ticks, {mails} mails, {calls} API calls."
    ))
}
