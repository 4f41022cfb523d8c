//! What is done again and again, by the clocks of London. A tick is a row, so that of two schedulers one
//! makes its job; ticks that were missed coalesce into one, and each that is left out says why.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use store::schedules::{self, Schedule, Tick};

use super::{
    Kind, Order, audit_export, audit_verify, fairness_report, files_sweep, kind, model_measure, provider_settle,
    reminders, stream_watch, sweep, trials_watch, usage_alerts, usage_statements,
};
use crate::{App, Error, Result};

/// A schedule of this version.
struct Planned {
    name: &'static str,
    kind: &'static Kind,
    /// Minute, hour, day of the month, month, day of the week.
    cron: &'static str,
}

const PLANNED: &[Planned] = &[
    Planned { name: "audit.verify", kind: &audit_verify::KIND, cron: "7 4 * * *" },
    Planned { name: "audit.export", kind: &audit_export::KIND, cron: "37 4 * * *" },
    Planned { name: "sweep", kind: &sweep::KIND, cron: "17 3 * * *" },
    Planned { name: "streams.watch", kind: &stream_watch::ALL, cron: "23 5 * * 1" },
    Planned { name: "fairness.reports", kind: &fairness_report::ALL, cron: "11 5 2 * *" },
    Planned { name: "models.measure", kind: &model_measure::SERVING, cron: "31 4 3 * *" },
    Planned { name: "trials.watch", kind: &trials_watch::KIND, cron: "*/15 * * * *" },
    Planned { name: "usage.state", kind: &usage_statements::KIND, cron: "0 6 1 * *" },
    Planned { name: "provider.reconcile", kind: &provider_settle::ALL, cron: "41 5 * * *" },
    Planned { name: "usage.tell", kind: &usage_alerts::KIND, cron: "*/30 * * * *" },
    Planned { name: "reminders.send", kind: &reminders::KIND, cron: "0 8 * * 1-5" },
    Planned { name: "files.sweep", kind: &files_sweep::KIND, cron: "47 3 * * *" },
];

const ZONE: &str = "Europe/London";

/// Most missed ticks that are noted one by one.
const NOTED: usize = 50;

/// When something runs, as people say it: "At 04:07." What cannot be read is shown as it stands.
pub fn in_words(cron: &str) -> String {
    Cron::from_str(cron).map_or_else(|_| cron.to_owned(), |cron| cron.describe())
}

/// The first moment after an instant at which a schedule is due.
///
/// # Errors
///
/// Where the pattern or the zone is none.
pub fn next(cron: &str, zone: &str, after: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let zone: Tz = zone.parse().map_err(|_| Error::internal(format!("{zone} is no time zone")))?;
    let cron = Cron::from_str(cron).map_err(Error::internal)?;
    let next = cron.find_next_occurrence(&after.with_timezone(&zone), false).map_err(Error::internal)?;
    Ok(next.with_timezone(&Utc))
}

/// Writes this version's schedules where they are missing or otherwise.
pub async fn plan(app: &App, now: DateTime<Utc>) -> Result<()> {
    let there = schedules::list(&app.store).await?;
    for planned in PLANNED {
        let stands = there.iter().find(|s| s.name == planned.name);
        if stands.is_some_and(|s| s.cron == planned.cron && s.zone == ZONE && s.kind == planned.kind.key) {
            continue;
        }
        let schedule = Schedule {
            name: planned.name.into(),
            kind: planned.kind.key.into(),
            payload: "null".into(),
            cron: planned.cron.into(),
            zone: ZONE.into(),
            next_due_at: next(planned.cron, ZONE, now)?,
        };
        let tx = app.store.begin().await?;
        schedules::put(&tx, &schedule, now).await?;
        tx.commit_bookkeeping().await?;
    }
    Ok(())
}

/// Makes the jobs of the schedules that are due, and says how many.
pub async fn tick(app: &App, now: DateTime<Utc>) -> Result<u64> {
    let mut made = 0;
    for schedule in schedules::due(&app.store, now).await? {
        // A newer version's schedule is left to it.
        if let Some(kind) = kind(&schedule.kind) {
            made += u64::from(one(app, &schedule, kind, now).await?);
        }
    }
    Ok(made)
}

async fn one(app: &App, schedule: &Schedule, kind: &'static Kind, now: DateTime<Utc>) -> Result<bool> {
    let (mut due, mut missed) = (schedule.next_due_at, Vec::new());
    let mut following = next(&schedule.cron, &schedule.zone, due)?;
    while following <= now {
        missed.push(due);
        due = following;
        following = next(&schedule.cron, &schedule.zone, due)?;
    }
    let ctx = app.system(now);
    let tx = app.store.begin().await?;
    let payload: serde_json::Value = serde_json::from_str(&schedule.payload).unwrap_or_default();
    let order = Order {
        company: payload["company"].as_str().and_then(|id| id.parse().ok()),
        payload,
        dedupe_key: Some(format!("schedule:{}", schedule.name)),
        ..Order::of(kind)
    };
    let job = super::new_job(&ctx, order);
    let mut tick = Tick { schedule: schedule.name.clone(), due_at: due, job: Some(job.id), skipped: None };
    let free = store::jobs::enqueue(&tx, &job).await?;
    if !free {
        (tick.job, tick.skipped) = (None, Some("the run before it has not ended".into()));
    }
    if !schedules::tick(&tx, &tick, now).await? {
        // Another scheduler was first: what was enqueued here goes with the transaction.
        return Ok(false);
    }
    for due_at in missed.into_iter().rev().take(NOTED) {
        let skipped = Some(format!("nothing ran then; made up for by the tick of {}", domain::calendar::words(due)));
        schedules::tick(&tx, &Tick { schedule: schedule.name.clone(), due_at, job: None, skipped }, now).await?;
    }
    schedules::move_on(&tx, &schedule.name, following).await?;
    tx.commit_bookkeeping().await?;
    Ok(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_daily_tick_comes_once_on_the_days_on_which_the_clocks_change() {
        let ticks = |from: &str, until: &str| {
            let (mut now, mut ticks) = (at(from), Vec::new());
            loop {
                now = next("30 1 * * *", ZONE, now).unwrap();
                if now >= at(until) {
                    return ticks;
                }
                ticks.push(now);
            }
        };
        // 29 March 2026: 01:30 does not exist in London. 25 October 2026: it comes twice.
        for (from, until) in
            [("2026-03-28T12:00:00Z", "2026-03-31T12:00:00Z"), ("2026-10-24T12:00:00Z", "2026-10-27T12:00:00Z")]
        {
            let ticks = ticks(from, until);
            let days: std::collections::BTreeSet<_> = ticks.iter().map(|t| domain::calendar::london_date(*t)).collect();
            assert_eq!((ticks.len(), days.len()), (3, 3), "{ticks:?}");
        }
    }
}
