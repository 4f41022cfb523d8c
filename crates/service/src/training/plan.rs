//! When a model is retrained, and how: by the clocks of London, when its claims drift, or now (story 25).

use chrono::{DateTime, Utc};
use contract::ErrorKind;
use domain::calendar::london_date;
use domain::id::CompanyId;
use domain::policy::Permission;
use domain::tier::Capability;
use ml::families::Family;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::schedules::{self, Schedule};

use super::page::seen;
use crate::acts::{Done, Entries, Kind};
use crate::jobs::{self, schedule};
use crate::models::deploys_for;
use crate::{Ctx, Error, Result, tiers};

const NEEDS: Option<Permission> = Some(Permission::UploadModels);

pub static PLAN: Kind = Kind { name: "retraining.plan", needs: NEEDS, run: |ctx, entries| Box::pin(set(ctx, entries)) };

pub static UNPLAN: Kind =
    Kind { name: "retraining.unplan", needs: NEEDS, run: |ctx, entries| Box::pin(remove(ctx, entries)) };

pub static NOW: Kind = Kind { name: "retraining.now", needs: NEEDS, run: |ctx, _| Box::pin(now(ctx)) };

pub static STOP: Kind =
    Kind { name: "retraining.stop", needs: NEEDS, run: |ctx, entries| Box::pin(stop(ctx, entries)) };

/// How a company's model is retrained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    pub name: String,
    /// Which families are tried: `all`, or one.
    pub family: String,
    /// Learns from amounts too that were set without sight of a prediction.
    pub unanchored: bool,
    /// Also where an alert opens.
    pub on_drift: bool,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { name: "settlement".into(), family: "all".into(), unanchored: false, on_drift: true }
    }
}

/// The families that are tried where all are: each is quick and explains itself exactly.
const TRIED: [Family; 2] = [Family::Histogram, Family::ElasticNet];

impl Plan {
    pub fn families(&self) -> Vec<Family> {
        TRIED.into_iter().filter(|f| self.family == "all" || self.family == f.to_string()).collect()
    }

    /// What makes two retrainings on the same labels the same.
    pub fn recipe(&self) -> String {
        format!("{} {} {}", self.family, self.unanchored, env!("CARGO_PKG_VERSION"))
    }
}

/// Under which name a company's schedule stands.
fn name(company: Option<CompanyId>) -> String {
    company.map_or("retrain:all".into(), |company| format!("retrain:{company}"))
}

/// A company's plan, and when it is followed; the usual one where none is set.
pub async fn of(ctx: &Ctx, company: Option<CompanyId>) -> Result<Planned> {
    let found = schedules::find(ctx.store(), &name(company)).await?;
    let plan = found.as_ref().and_then(|s| serde_json::from_str::<Payload>(&s.payload).ok()).map(|p| p.plan);
    Ok((plan.unwrap_or_default(), found))
}

/// A plan with its schedule, where it is in force.
pub type Planned = (Plan, Option<Schedule>);

/// What the schedule's jobs are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    pub company: Option<CompanyId>,
    pub plan: Plan,
    /// Asked for by a person, now.
    #[serde(default)]
    pub asked: bool,
}

/// In characters.
const LONGEST_CRON: usize = 100;
/// Times that are looked at for two of one day: a pattern that is due on a few days a month shows itself within them.
const MANY: usize = 60;

/// The next times at which a pattern is due, by the clocks of London.
///
/// # Errors
///
/// Names the field where the pattern is none.
pub fn next_times(cron: &str, now: DateTime<Utc>, count: usize) -> Result<Vec<DateTime<Utc>>> {
    let wrong = |_| {
        Error::field(
            "cron",
            "give five parts that name a day that comes: minute, hour, day of the month, month, day of the week, such as \
             “0 3 1 * *”",
        )
    };
    if cron.len() > LONGEST_CRON {
        return Err(Error::field("cron", format!("shorten this to {LONGEST_CRON} characters")));
    }
    if cron.split_whitespace().count() != 5 {
        return Err(wrong(Error::internal("not five parts")));
    }
    let (mut times, mut after) = (Vec::new(), now);
    for _ in 0..count {
        after = schedule::next(cron, "Europe/London", after).map_err(wrong)?;
        times.push(after);
    }
    Ok(times)
}

/// The plan is the one that was seen: `seen` is what the page said of it.
fn unchanged(entries: &Entries, planned: Option<&Schedule>) -> Result<()> {
    match entries.text("seen") == seen(planned) {
        true => Ok(()),
        false => Err(Error::refused(
            ErrorKind::Conflict,
            "Somebody has changed the plan since you looked: look at it again.",
        )),
    }
}

/// The usual times, by their patterns.
pub(super) const OFTEN: [(&str, &str); 3] = [
    ("0 3 1 * *", "Monthly, on the first at three"),
    ("0 3 * * 1", "Weekly, on Mondays at three"),
    ("0 3 1 1,4,7,10 *", "Quarterly, on the first at three"),
];

/// `often` or `cron`, `family`, `unanchored`, `on_drift`, and `seen`: the plan in whose place it comes.
async fn set(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    tiers::require(ctx, Capability::OwnModels).await?;
    let company = deploys_for(ctx);
    let pattern = match entries.text("often") {
        "" => entries.text("cron"),
        often if !entries.text("cron").is_empty() && entries.text("cron") != often => {
            let words = "leave this empty, or choose “By the pattern below”: one of the two is followed";
            return Err(Error::field("cron", words));
        }
        often if OFTEN.iter().any(|(key, _)| *key == often) => often,
        _ => return Err(Error::field("often", "choose how often, or give a pattern below")),
    };
    let cron = pattern.split_whitespace().collect::<Vec<_>>().join(" ");
    let times = next_times(&cron, ctx.now, 5)?;
    // More often than daily the same labels would be looked at again and again.
    if next_times(&cron, ctx.now, MANY)?.windows(2).any(|pair| london_date(pair[1]) == london_date(pair[0])) {
        return Err(Error::field("cron", "give a pattern that is due once a day at the most"));
    }
    let family = entries.text("family").to_owned();
    if !(family == "all" || TRIED.iter().any(|f| f.to_string() == family)) {
        return Err(Error::field("family", "choose what is tried"));
    }
    let plan =
        Plan { family, unanchored: entries.is("unanchored"), on_drift: entries.is("on_drift"), ..Plan::default() };
    let payload = Payload { company, plan: plan.clone(), asked: false };
    let row = Schedule {
        name: name(company),
        kind: jobs::model_retrain::KIND.key.into(),
        payload: serde_json::to_string(&payload)?,
        cron: cron.clone(),
        zone: "Europe/London".into(),
        next_due_at: times[0],
    };
    let tx = ctx.begin().await?;
    unchanged(entries, schedules::hold(&tx, &row.name).await?.as_ref())?;
    schedules::put(&tx, &row, ctx.now).await?;
    let details = json!({ "cron": cron, "plan": plan });
    tx.commit(ctx.audit(company.or(ctx.caller.company), "retraining.planned", "company", "", details)).await?;
    Ok(Done::said(format!("Planned: next on {}.", domain::calendar::words(times[0]))))
}

/// `seen`: the plan that is taken back.
async fn remove(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let company = deploys_for(ctx);
    let tx = ctx.begin().await?;
    let planned = schedules::hold(&tx, &name(company)).await?;
    if planned.is_some() {
        unchanged(entries, planned.as_ref())?;
    }
    if !schedules::remove(&tx, &name(company)).await? {
        return Err(Error::refused(ErrorKind::Conflict, "No retraining is planned."));
    }
    tx.commit(ctx.audit(company.or(ctx.caller.company), "retraining.unplanned", "company", "", json!({}))).await?;
    Ok(Done::said("No retraining is planned any more."))
}

async fn now(ctx: &Ctx) -> Result<Done> {
    tiers::require(ctx, Capability::OwnModels).await?;
    let company = deploys_for(ctx);
    let (plan, _) = of(ctx, company).await?;
    let tx = ctx.begin().await?;
    if !jobs::model_retrain::order(ctx, &tx, &Payload { company, plan, asked: true }).await? {
        return Err(Error::refused(ErrorKind::Conflict, "A retraining waits or runs already."));
    }
    tx.commit(ctx.audit(company.or(ctx.caller.company), "retraining.asked", "company", "", json!({}))).await?;
    Ok(Done::said("Ordered. What came of it stands here."))
}

/// `id` of the job.
async fn stop(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let job = store::jobs::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    if job.kind != jobs::model_retrain::KIND.key || job.company != deploys_for(ctx) {
        return Err(store::StoreError::NotFound.into());
    }
    let tx = ctx.begin().await?;
    store::jobs::cancel(&tx, job.id, ctx.now).await.map_err(|error| match error {
        store::StoreError::Conflict(_) => Error::refused(ErrorKind::Conflict, "It has ended."),
        other => other.into(),
    })?;
    let company = job.company.or(ctx.caller.company);
    tx.commit(ctx.audit(company, "job.cancelled", "job", job.id, json!({ "kind": job.kind }))).await?;
    Ok(Done::said("The retraining is cancelled, or is being stopped: nothing of it is kept."))
}

/// An alert opened: a retraining is ordered, unless drift asked for one lately.
///
/// `whose`: the company whose own version it is, or `None` where it is everybody's; its plan as `of` read it.
pub(crate) async fn drifted(
    ctx: &Ctx,
    tx: &store::Tx,
    whose: Option<CompanyId>,
    (plan, schedule): Planned,
) -> Result<bool> {
    if schedule.is_none() || !plan.on_drift {
        return Ok(false);
    }
    let all = [store::retrainings::End::Candidate, store::retrainings::End::Rejected];
    let last = store::retrainings::last_of(tx, whose, &all).await?;
    if last.is_some_and(|last| ctx.now - last.ended_at < super::run::COOLDOWN) {
        return Ok(false);
    }
    jobs::model_retrain::order(ctx, tx, &Payload { company: whose, plan, asked: false }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_times_are_london_s() {
        let now = "2026-03-27T12:00:00Z".parse().unwrap();
        let times = next_times("30 3 * * 0", now, 3).unwrap();
        // The clocks go forward on 29 March: half past three is an hour earlier in UTC from then on.
        let told: Vec<String> = times.iter().map(|t| t.to_rfc3339()).collect();
        assert_eq!(told, ["2026-03-29T02:30:00+00:00", "2026-04-05T02:30:00+00:00", "2026-04-12T02:30:00+00:00"]);
        for wrong in ["", "daily", "61 3 * * *", "0 3 * *", "* * * * * *", "0 3 31 2 *"] {
            assert!(next_times(wrong, now, 5).unwrap_err().into_app().field("cron").is_some(), "{wrong}");
        }
    }
}
