//! A retraining from beginning to end: snapshot, checks, training, comparison, a candidate or a reason.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Duration;
use domain::claim::ACCIDENT_TYPES;
use domain::id::{CompanyId, ModelId, RetrainingId};
use domain::money::whole_pounds as pounds;
use ml::evaluate::{Estimate, Judged};
use ml::families::Family;
use ml::features::Recovered;
use ml::interval::ClaimKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::retrainings::{self, End, Retraining};

use super::checks::{self, Check};
use super::collect::{Collected, collect};
use super::plan::Plan;
use super::{Example, Wanted};
use crate::copies::Copies;
use crate::jobs::run::progress;
use crate::models::cache::Loaded;
use crate::models::{compare, upload};
use crate::{Ctx, Error, Result, files, monitoring};

/// Labels without which nothing is learnt, and new true outcomes without which a schedule does not learn anew.
pub const FEWEST: usize = 300;
pub const FEWEST_NEW: usize = 200;
/// The newest share of the labels on which candidate and champion are compared, of true outcomes only. The candidate has not
/// seen them, nor has a champion that was retrained here: of one that was trained elsewhere that is not known.
const HELD_OUT: f64 = 0.2;
/// True outcomes without which nothing is compared.
const FEWEST_COMPARED: usize = 60;
/// While the champion alarms, a candidate may be so much worse, at the most.
const TOLERATED: f64 = 0.02;
/// Days after a retraining that drift asked for in which it asks for none.
pub const COOLDOWN: Duration = Duration::days(7);
/// Steps of a retraining, for its progress.
const STEPS: u64 = 100;

/// What a retraining came to, as its page shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub checks: Vec<Check>,
    /// True outcomes on which candidate and champion are compared, and their mean errors on them, in pounds. What was tried is
    /// told by the newest of the labels before those.
    pub held_out: usize,
    pub tried: Vec<(String, f64)>,
    #[serde(default)]
    pub candidate: Option<(String, f64)>,
    pub champion: Option<(String, f64)>,
    /// The candidate's error less the champion's.
    pub difference: Option<Estimate>,
    /// Whether what serves alarmed: then a candidate need not be certainly better.
    #[serde(default)]
    pub alarmed: bool,
    pub recipe: String,
}

/// What it ended with, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub end: End,
    pub reason: String,
    pub model: Option<ModelId>,
}

struct Under<'a> {
    ctx: &'a Ctx,
    company: Option<CompanyId>,
    plan: &'a Plan,
    body: Body,
    collected: Collected,
}

/// Retrains a company's model (or the one for all). `due`: whether it is asked for by a schedule or by drift, which need
/// enough that is new.
pub async fn retrain(ctx: &Ctx, company: Option<CompanyId>, plan: &Plan, due: bool) -> Result<Ended> {
    let begun = std::time::Instant::now();
    if let Some(company) = company {
        // A plan that was made under another tier is not followed.
        crate::tiers::allowed::of_company(ctx, company, domain::tier::Capability::OwnModels).await?;
    }
    progress(ctx, 1, STEPS).await?;
    let collected = collect(ctx, company, plan.unanchored).await?;
    progress(ctx, 10, STEPS).await?;
    let mut under = Under { ctx, company, plan, body: Body::default(), collected };
    let ended = match under.stopped(due).await? {
        Some(ended) => ended,
        None => under.learn().await?,
    };
    let took = Duration::from_std(begun.elapsed()).unwrap_or_default();
    under.keep(took, &ended).await?;
    Ok(ended)
}

fn skipped(reason: String) -> Option<Ended> {
    Some(Ended { end: End::Skipped, reason, model: None })
}

impl Under<'_> {
    /// Why nothing is learnt.
    async fn stopped(&mut self, due: bool) -> Result<Option<Ended>> {
        let labels = self.collected.kept.len();
        if labels < FEWEST {
            return Ok(skipped(format!("{labels} of {FEWEST} labels are known.")));
        }
        let last = retrainings::last_of(self.ctx.store(), self.company, &[End::Candidate, End::Rejected]).await?;
        self.body.recipe = self.plan.recipe();
        if let Some(last) = &last {
            let recipe = serde_json::from_str::<Body>(&last.body).map(|b| b.recipe).unwrap_or_default();
            if last.data == self.collected.hash() && recipe == self.body.recipe {
                return Ok(skipped(
                    "Nothing is new since the last retraining: the same labels and the same recipe.".into(),
                ));
            }
            let new = self.collected.outcomes_since(last.began_at.timestamp_millis());
            if due && new < FEWEST_NEW {
                return Ok(skipped(format!("{new} of {FEWEST_NEW} new outcomes are known since the last retraining.")));
            }
        }
        let predicted: Vec<Option<i64>> = self.collected.kept.iter().map(|k| k.predicted).collect();
        self.body.checks = checks::all(&self.collected, &predicted, ACCIDENT_TYPES);
        let failed = self.body.checks.iter().find(|c| c.decisive && !c.passed);
        Ok(failed.map(|c| Ended {
            end: End::Rejected,
            reason: format!("The data do not pass the check of {}: {}.", c.name, c.found),
            model: None,
        }))
    }

    /// What serves now.
    async fn champion(&self) -> Result<Option<Arc<Loaded>>> {
        match self.company {
            Some(company) => self.ctx.app.models.champion(&self.ctx.app, company).await,
            None => {
                let now = store::models::deployments(self.ctx.store(), None, 1).await?.pop();
                match now.filter(|d| d.in_force() && d.serves) {
                    Some(d) => Ok(Some(self.ctx.app.models.get(&self.ctx.app, d.model).await?)),
                    None => Ok(None),
                }
            }
        }
    }

    /// From which label on nothing is learnt from while candidate and champion are compared.
    async fn cut(&self) -> Result<usize> {
        let kept = &self.collected.kept;
        let cut = ((1.0 - HELD_OUT) * kept.len() as f64) as usize;
        let Some(champion) = self.champion().await? else { return Ok(cut) };
        let Some(made) = retrainings::of_model(self.ctx.store(), champion.id).await? else { return Ok(cut) };
        Ok(cut.max(kept.partition_point(|k| k.at <= made.began_at.timestamp_millis())))
    }

    /// The true outcomes among labels from a place on.
    fn judging(&self, from: usize) -> Arc<Vec<Example>> {
        self.judging_until(from, self.collected.kept.len())
    }

    /// Those up to another place. A copy of a claim before the first place judges nothing: it is known from there.
    fn judging_until(&self, from: usize, to: usize) -> Arc<Vec<Example>> {
        let signature = |e: &Example| (e.facts.heads, e.settlement);
        let learnt: HashSet<_> = self.collected.examples[..from].iter().map(signature).collect();
        let both = self.collected.kept[from..to].iter().zip(&self.collected.examples[from..to]);
        let judges = both.filter(|(kept, example)| kept.tier.judges() && !learnt.contains(&signature(example)));
        Arc::new(judges.map(|(_, example)| example.clone()).collect())
    }

    async fn learn(&mut self) -> Result<Ended> {
        if let Some(ended) = self.made_before().await? {
            return Ok(ended);
        }
        let cut = self.cut().await?;
        let held_out = self.judging(cut);
        self.body.held_out = held_out.len();
        if held_out.len() < FEWEST_COMPARED {
            let reason = format!(
                "{} of {FEWEST_COMPARED} true outcomes are known that the serving version has not learnt from: nothing could be \
                 compared.",
                held_out.len()
            );
            return Ok(Ended { end: End::Skipped, reason, model: None });
        }
        let before = Arc::new(self.collected.examples[..cut].to_vec());
        let family = self.chosen(cut).await?;
        let bundle = self.train(family, before, (45, 70)).await?;
        let candidate = judged(bundle, held_out.clone()).await?;
        let mae = mean_error(&candidate);
        self.body.candidate = Some((family.to_string(), mae));
        if let Some(rejected) = self.compared(&candidate, mae, held_out).await? {
            return Ok(rejected);
        }
        let bundle = self.train(family, self.collected.examples.clone(), (70, 98)).await?;
        self.candidate(family, bundle).await
    }

    /// A candidate that this retraining had made when the process was killed: it is taken up, not made again.
    async fn made_before(&self) -> Result<Option<Ended>> {
        let company = match self.company {
            Some(company) => company,
            None => crate::models::operator(self.ctx).await?,
        };
        let Some(last) = store::models::newest(self.ctx.store(), company, &self.plan.name).await? else {
            return Ok(None);
        };
        let manifest: ml::Manifest = serde_json::from_str(&last.manifest)?;
        // What people upload may say anything of itself: this retraining's own was made by this very job.
        if last.uploaded_by != self.ctx.caller.actor.name()
            || manifest.training.sha256 != self.collected.hash()
            || retrainings::of_model(self.ctx.store(), last.id).await?.is_some()
        {
            return Ok(None);
        }
        let reason = "A candidate, made before an interruption. It waits for a person’s approval.".into();
        Ok(Some(Ended { end: End::Candidate, reason, model: Some(last.id) }))
    }

    /// The family that is nearest on the newest of what is learnt from, where several are to be tried: the labels on which it
    /// is then compared have no part in the choice.
    async fn chosen(&mut self, cut: usize) -> Result<Family> {
        let families = self.plan.families();
        let [first, ..] = families[..] else { return Err(Error::internal("no family was to be tried")) };
        if families.len() == 1 {
            return Ok(first);
        }
        let inner = ((1.0 - HELD_OUT) * cut as f64) as usize;
        let (before, rest) = (Arc::new(self.collected.examples[..inner].to_vec()), self.judging_until(inner, cut));
        let step = 35 / families.len() as u64;
        let mut best = (first, f64::INFINITY);
        for (i, family) in families.iter().enumerate() {
            let from = 10 + i as u64 * step;
            let bundle = self.train(*family, before.clone(), (from, from + step)).await?;
            let mae = mean_error(&judged(bundle, rest.clone()).await?);
            self.body.tried.push((family.to_string(), mae));
            if mae < best.1 {
                best = (*family, mae);
            }
        }
        Ok(best.0)
    }

    async fn train(&self, family: Family, examples: Arc<Vec<Example>>, (from, to): (u64, u64)) -> Result<Vec<u8>> {
        let wanted = Wanted {
            family,
            name: self.plan.name.clone(),
            author: "Solatium, retraining".into(),
            notes: self.notes(family),
            created: self.ctx.now.to_rfc3339(),
            data: self.collected.hash(),
            seed: 1,
        };
        let (done, of) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(1)));
        let told = {
            let (done, of) = (done.clone(), of.clone());
            Arc::new(move |d: usize, o: usize| {
                done.store(d, Ordering::Relaxed);
                of.store(o.max(1), Ordering::Relaxed);
            })
        };
        let training = self.ctx.app.ports.trainer.train(wanted, examples, told);
        tokio::pin!(training);
        loop {
            tokio::select! {
                trained = &mut training => {
                    return trained.map_err(|e| Error::internal(format!("training {family}: {e}")));
                }
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {
                    let part = done.load(Ordering::Relaxed) as u64 * (to - from) / of.load(Ordering::Relaxed) as u64;
                    progress(self.ctx, from + part, STEPS).await?;
                }
            }
        }
    }

    /// Why the best of those tried is no candidate, or nothing where it is one.
    async fn compared(&mut self, candidate: &[Judged], mae: f64, held_out: Arc<Vec<Example>>) -> Result<Option<Ended>> {
        let Some(champion) = self.champion().await? else { return Ok(None) };
        // An insurer may have versions of the same name.
        let owner = store::models::named(self.ctx.store(), champion.id).await?.company;
        let shared = self.company.is_some_and(|own| own != owner);
        let whose = if shared { " of Solatium" } else { "" };
        let name = format!("{} v{}{whose}", champion.name, champion.version);
        let own = judged_by(champion, held_out).await?;
        let pairs = compare::paired(&own, candidate);
        let difference = compare::difference(&pairs.iter().collect::<Vec<_>>());
        let its = mean_error(&own);
        (self.body.champion, self.body.difference) = (Some((name.clone(), its)), Some(difference));
        let alarms = match self.company {
            Some(company) => monitoring::run::alarms(self.ctx, company).await?,
            None => false,
        };
        let limit = if alarms { TOLERATED * its } else { 0.0 };
        self.body.alarmed = alarms;
        let better = if alarms { difference.high <= limit } else { difference.high < limit };
        Ok((!better).then(|| Ended {
            end: End::Rejected,
            reason: format!(
                "Not certainly nearer than {name}: {} against {} on the newest {} true outcomes; it is nearer by {} to {}.",
                pounds(mae),
                pounds(its),
                self.body.held_out,
                signed(-difference.high),
                signed(-difference.low)
            ),
            model: None,
        }))
    }

    fn notes(&self, family: Family) -> String {
        let c = &self.collected;
        format!(
            "Retrained on {} labels, {} of them true outcomes ({family}). Compared on the newest {} true outcomes as learnt from \
             what was known before them; then learnt anew from all.",
            c.kept.len(),
            c.outcomes(),
            self.body.held_out
        )
    }

    async fn candidate(&self, family: Family, bundle: Vec<u8>) -> Result<Ended> {
        let uploaded = upload::store(self.ctx, self.company, bundle, &self.notes(family)).await?;
        let Some(model) = uploaded.model else {
            return Ok(Ended { end: End::Rejected, reason: uploaded.message, model: None });
        };
        let against = match (&self.body.champion, &self.body.difference) {
            (Some((name, _)), Some(d)) => {
                format!(", nearer than {name} by {} ({} to {})", pounds(-d.value), pounds(-d.high), pounds(-d.low))
            }
            _ => String::new(),
        };
        let alarmed = match self.body.alarmed {
            true => " What serves alarms: a candidate that may be up to 2% further off is one.",
            false => "",
        };
        let reason = format!("A candidate: {family}{against}.{alarmed} It waits for a person’s approval.");
        Ok(Ended { end: End::Candidate, reason, model: Some(model) })
    }

    /// The row, with its snapshot as a file.
    async fn keep(&self, took: Duration, ended: &Ended) -> Result<()> {
        let company = match self.company {
            Some(company) => company,
            None => crate::models::operator(self.ctx).await?,
        };
        let snapshot = serde_json::to_vec(&self.collected.kept)?;
        let file = files::put(&self.ctx.app, company, "snapshot", &snapshot).await?;
        let row = Retraining {
            id: self.ctx.id::<RetrainingId>(),
            company: self.company,
            asked_by: self.ctx.caller.actor.name(),
            began_at: self.ctx.now,
            ended_at: self.ctx.now + took,
            end: ended.end,
            reason: ended.reason.clone(),
            labels: self.collected.kept.len() as i32,
            outcomes: self.collected.outcomes() as i32,
            data: self.collected.hash(),
            model: ended.model,
            body: serde_json::to_string(&self.body)?,
        };
        let tx = self.ctx.begin().await?;
        retrainings::create(&tx, &row).await?;
        store::files::name(&tx, &file, self.ctx.now).await?;
        let details = json!({ "end": ended.end.key(), "labels": row.labels, "model": row.model, "reason": row.reason });
        tx.commit(self.ctx.audit(Some(company), "model.retrained", "retraining", row.id, details)).await?;
        Ok(())
    }
}

fn signed(value: f64) -> String {
    domain::Money::from_pence((100.0 * value).round() as i64).signed()
}

fn mean_error(judged: &[Judged]) -> f64 {
    judged.iter().map(Judged::error).sum::<f64>() / judged.len().max(1) as f64
}

/// What a bundle that was just trained says of the held-out labels.
async fn judged(bundle: Vec<u8>, held_out: Arc<Vec<Example>>) -> Result<Vec<Judged>> {
    let work = move || ml::Bundle::read(&bundle).map(|bundle| judge(&bundle, &held_out)).map_err(|e| e.to_string());
    let judged = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    judged.map_err(|e| Error::internal(format!("the trained bundle is unsound: {e}")))
}

async fn judged_by(model: Arc<Loaded>, held_out: Arc<Vec<Example>>) -> Result<Vec<Judged>> {
    tokio::task::spawn_blocking(move || judge(&model.bundle, &held_out)).await.map_err(Error::internal)
}

/// One for each example: what cannot be valued counts as its sum.
fn judge(bundle: &ml::Bundle, examples: &[Example]) -> Vec<Judged> {
    let mut groups = Copies::new();
    let one = |e: &Example| {
        let group = groups.of((e.facts.heads.total(), e.settlement));
        let total = e.facts.heads.total().unwrap_or_default();
        let (amount, lower, upper) =
            bundle.value(&e.facts).map_or((total, total, total), |v| (v.amount, v.lower, v.upper));
        Judged {
            kind: ClaimKind::of(&Recovered::of(&e.facts)),
            group,
            protected: Default::default(),
            settlement: e.settlement as f64 / 100.0,
            prediction: amount.as_pounds(),
            lower: lower.as_pounds(),
            upper: upper.as_pounds(),
        }
    };
    examples.iter().map(one).collect()
}
