//! What happens beside the claims in the demo's year: outcomes come late, from the claims system's monthly file; each
//! Monday the streams are looked at; physiotherapy becomes dearer, alerts open, and a retraining makes a candidate. All of it
//! by the use cases that do it in earnest, with the clock of then.

use std::collections::VecDeque;

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use domain::calendar::{london_date, midnight, week};
use domain::policy::Role;
use domain::{ClaimFacts, Head, Money};
use store::claims::Claim;

use super::claims::Dice;
use super::people::{INSURERS, OPERATOR, Team};
use super::trial::Tried;
use crate::acts::{self, Entries};
use crate::claims::outcome::{self, Put};
use crate::jobs::{run, schedule};
use crate::{App, Caller, Ctx, Error, Result, models, monitoring};

/// How long ago physiotherapy became dearer, and by how much.
pub const DRIFT: Duration = Duration::days(120);
const DEARER: f64 = 1.4;
/// How much of what it is dearer by is paid.
const PAID: f64 = 0.3;
/// Days after a decision until its outcome is known.
const SOONEST: u64 = 6;
const LATEST: u64 = 50;
/// Of a hundred claims, how many are never heard of.
const NEVER: u64 = 4;

/// A claim as it is claimed and settles at its time.
pub fn priced(facts: ClaimFacts, settlement: Money, drifted: bool) -> (ClaimFacts, Money) {
    let Some(therapy) = facts.heads.get(Head::SpecialTherapy).filter(|t| drifted && *t > Money::ZERO) else {
        return (facts, settlement);
    };
    let scaled = |amount: Money, by: f64| Money::from_pence((amount.pence() as f64 * by) as i64);
    let dearer = scaled(therapy, DEARER);
    let more = scaled(Money::from_pence(dearer.pence() - therapy.pence()), PAID);
    let facts = ClaimFacts { heads: facts.heads.with(Head::SpecialTherapy, dearer), ..facts };
    (facts, settlement.checked_add(more).unwrap_or(settlement))
}

/// An outcome on its way.
struct Coming {
    claim: Claim,
    put: Put,
    company: &'static str,
}

/// What is to happen, in the order of its time.
pub struct Year<'a> {
    app: &'a App,
    team: &'a Team,
    now: DateTime<Utc>,
    /// The Monday up to which everything has happened.
    monday: NaiveDate,
    coming: VecDeque<Coming>,
    /// Whether an engineer has planned retraining.
    planned: bool,
    tried: Tried,
    /// Enough claims for streams to be watched and models to be learnt: tests have a few, and nothing beside them.
    lively: bool,
}

/// Claims with which a year is lively.
const LIVELY: usize = 1_000;

impl<'a> Year<'a> {
    pub fn begin(app: &'a App, team: &'a Team, from: DateTime<Utc>, now: DateTime<Utc>, claims: usize) -> Year<'a> {
        let monday = week(london_date(from)) + Days::new(7);
        Year {
            app,
            team,
            now,
            monday,
            coming: VecDeque::new(),
            planned: false,
            tried: Tried::default(),
            lively: claims >= LIVELY,
        }
    }

    fn at(&self, caller: Caller, now: DateTime<Utc>) -> Ctx {
        Ctx { app: self.app.clone(), caller, now }
    }

    /// A claim was decided: some time later it is known what was paid.
    pub fn decided(&mut self, company: &'static str, claim: &Claim, at: DateTime<Utc>, paid: Money, dice: &mut Dice) {
        if dice.roll(100) < NEVER {
            return;
        }
        let settled_on = london_date(at) + Days::new(SOONEST + dice.roll(LATEST - SOONEST));
        let reference = format!("PAY-{}", 100_000 + dice.roll(900_000));
        self.coming.push_back(Coming {
            claim: claim.clone(),
            put: Put { amount: paid, settled_on, reference },
            company,
        });
    }

    /// Everything that happens up to a moment.
    pub async fn until(&mut self, moment: DateTime<Utc>) -> Result<()> {
        while self.lively && midnight(self.monday) + Duration::hours(7) < moment.min(self.now) {
            let at = midnight(self.monday) + Duration::hours(6);
            if self.monday.day() <= 7 {
                self.outcomes(at).await?;
            }
            self.watch(at).await?;
            schedule::tick(self.app, at).await?;
            while Box::pin(run::next(self.app, &|| at)).await? {}
            if self.planned {
                let at = at + Duration::hours(5);
                Box::pin(self.tried.go_on(self.app, self.team, INSURERS[0].name, at)).await?;
            }
            self.monday = self.monday + Days::new(7);
        }
        Ok(())
    }

    /// The claims system's file of the months before.
    async fn outcomes(&mut self, at: DateTime<Utc>) -> Result<()> {
        let known = london_date(at);
        let (ripe, rest): (VecDeque<Coming>, VecDeque<Coming>) =
            std::mem::take(&mut self.coming).into_iter().partition(|c| c.put.settled_on < known);
        self.coming = rest;
        for insurer in &INSURERS {
            let own = ripe.iter().filter(|c| c.company == insurer.name);
            let rows: Vec<_> = own.enumerate().map(|(i, c)| (i as u64 + 2, c.claim.clone(), c.put.clone())).collect();
            if rows.is_empty() {
                continue;
            }
            let ctx = self.at(self.team.caller(insurer.name, Role::Manager)?, at);
            for (_, _, became) in outcome::many(&ctx, rows).await? {
                became.map_err(|(_, words)| Error::internal(words))?;
            }
        }
        Ok(())
    }

    /// The look at each stream, and what engineers do about it.
    async fn watch(&mut self, at: DateTime<Utc>) -> Result<()> {
        for insurer in &INSURERS {
            let engineer = self.team.caller(insurer.name, Role::Engineer)?;
            let Some(company) = engineer.company else { continue };
            let system = Ctx { now: at, ..self.app.system(at) };
            let came = Box::pin(monitoring::run::company(&system, company, at)).await?;
            if came.opened > 0 && !self.planned && insurer.name == INSURERS[0].name {
                self.answered(engineer, at + Duration::hours(4)).await?;
            }
        }
        Ok(())
    }

    /// An engineer acknowledges the first alert, and plans retraining.
    async fn answered(&mut self, engineer: Caller, at: DateTime<Utc>) -> Result<()> {
        let ctx = self.at(engineer, at);
        let open = [domain::alert::State::Open];
        let (alerts, _) = store::monitoring::list(ctx.store(), ctx.caller.reach, &open, (1, 1)).await?;
        if let Some(alert) = alerts.first() {
            let (id, version) = (alert.id.to_string(), alert.version.to_string());
            let words = "Physiotherapy has become dearer with all providers, and little of it is paid.";
            act(&ctx, "alert.acknowledge", &[("id", id), ("version", version), ("note", words.to_owned())]).await?;
        }
        let plan = [("often", "0 3 1 * *"), ("family", "all"), ("unanchored", "false"), ("on_drift", "true")];
        act(&ctx, "retraining.plan", &plan.map(|(name, value)| (name, value.to_owned()))).await?;
        self.planned = true;
        Ok(())
    }

    /// The year ends: what serves is measured on what is known by then, and reports are made.
    pub async fn end(&mut self) -> Result<()> {
        if !self.lively {
            return Ok(());
        }
        self.until(self.now).await?;
        let engineer = self.at(self.team.caller(OPERATOR, Role::Engineer)?, self.now);
        let registry = models::list::Registry::of(&engineer).await?;
        for model in registry.all.iter().filter(|m| Some(m.company) == engineer.caller.company) {
            models::measure::keep(&engineer, model.id, None).await?;
        }
        for insurer in &INSURERS {
            self.reported(insurer.name).await?;
        }
        let now = self.now;
        while Box::pin(run::next(self.app, &|| now)).await? {}
        Ok(())
    }

    /// An insurer's engineer asks how fair its model is, and publishes how good it is.
    async fn reported(&self, insurer: &str) -> Result<()> {
        let engineer = self.at(self.team.caller(insurer, Role::Engineer)?, self.now);
        let Some(model) = models::list::Registry::of(&engineer).await?.serving else { return Ok(()) };
        act(&engineer, "model.measure", &[("id", model.to_string())]).await?;
        act(&engineer, "fairness.report", &[] as &[(&str, String)]).await?;
        let title = format!("The model until {}", self.now.format("%B %Y"));
        let with = [("model", model.to_string()), ("title", title), ("audience", "handlers".into())];
        act(&engineer, "publication.make", &with).await
    }
}

/// Does what a person does by a form.
pub(super) async fn act(ctx: &Ctx, name: &str, all: &[(impl AsRef<str>, String)]) -> Result<()> {
    let all = all.iter().map(|(name, value)| (name.as_ref().to_owned(), value.clone()));
    let entries: Entries = all.collect::<std::collections::BTreeMap<_, _>>().into();
    acts::run(ctx, name, &entries).await.map(|_| ())
}
