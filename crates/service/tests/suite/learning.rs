//! Models learnt anew from what claims settled for: a candidate or why not, by the schedule or now, and never from what the
//! model said itself.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Duration;
use contract::ErrorKind;
use domain::Money;
use domain::id::{ClaimId, ClaimantId};
use domain::policy::Role;
use service::acts::{self, Entries};
use service::claims::create;
use service::claims::entry::Entry;
use service::claims::outcome::{self, Put};
use service::jobs::schedule;
use service::ports::{Steps, Trainer, TrainerError};
use service::training::plan::Plan;
use service::training::run::{Ended, retrain};
use service::training::{Example, Wanted};
use service::{Ctx, models};
use store::retrainings::{self, End};
use store::{Reach, claimants, claims};
use testkit::{HARBOUR, Kit, NORTHGATE, now, on_both};

use crate::kind;

fn entries(all: &[(&str, &str)]) -> Entries {
    let all = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.collect::<std::collections::BTreeMap<_, _>>().into()
}

/// A linear model alone: it is learnt in a moment.
fn linear() -> Plan {
    Plan { family: "elasticnet".into(), ..Plan::default() }
}

/// Northgate's claims with outcomes from its claims system, each by what it was predicted and claimed, in pence.
pub async fn settled(kit: &Kit, count: usize, amount: impl Fn(usize, i64, i64) -> i64) -> Vec<ClaimId> {
    let handler = kit.ctx_at(NORTHGATE, Role::Handler, now() - Duration::days(40)).await;
    let file = ml::data::parse_claims(testkit::rows(count * 2, 900).as_slice());
    let asked = file.rows.into_iter().filter(|row| row.facts.heads.total().is_some_and(|t| t > Money::ZERO));
    let entries: Vec<(u64, Entry)> = asked
        .take(count)
        .enumerate()
        .map(|(i, row)| {
            let protected = store::claims::Protected {
                driver_age: Some(20 + (i % 60) as u8),
                // The last of more than two hundred are neither.
                gender: Some(if i >= 200 && count < 220 { "Other" } else { ["Female", "Male"][i % 2] }.into()),
            };
            let (facts, reference) = (row.facts, Some(format!("L-{i}")));
            (i as u64, Entry { facts, protected, reference, claimant_reference: None, medical_report: true })
        })
        .collect();
    let made = create::from_file(&handler, entries, &Default::default()).await.unwrap().unwrap();
    let later = kit.ctx(NORTHGATE, Role::Handler).await;
    let mut ids = Vec::with_capacity(made.len());
    for (i, (_, entered)) in made.into_iter().enumerate() {
        let predicted = entered.claim.predicted.map_or(0, Money::pence);
        let amount = Money::from_pence(amount(i, predicted, entered.claim.total.pence()).max(0));
        let put = Put { amount, settled_on: now().date_naive(), reference: String::new() };
        outcome::record(&later, &entered.claim.id.to_string(), put).await.unwrap();
        ids.push(entered.claim.id);
    }
    ids
}

/// As the job does it for Northgate.
async fn system(kit: &Kit) -> Ctx {
    let company = kit.ctx(NORTHGATE, Role::Engineer).await.caller.company;
    let mut ctx = kit.app.system(now() + Duration::minutes(5));
    (ctx.caller.company, ctx.caller.reach) = (company, Reach::Company(company.unwrap()));
    ctx
}

async fn again(ctx: &Ctx) -> Ended {
    retrain(ctx, ctx.caller.company, &linear(), false).await.unwrap()
}

#[tokio::test]
async fn what_is_nearer_becomes_a_candidate_and_is_deployed_by_nobody() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let ctx = system(&kit).await;
        assert_eq!(again(&ctx).await.end, End::Skipped, "nothing is known yet");
        // What serves knows nothing of a world in which half of what is claimed is paid.
        settled(&kit, 420, |_, _, claimed| claimed / 2).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let serving = models::list::Registry::of(&engineer).await.unwrap().serving;
        let ended = again(&ctx).await;
        assert_eq!(ended.end, End::Candidate, "{}", ended.reason);
        let registry = models::list::Registry::of(&engineer).await.unwrap();
        let candidate = registry.all.iter().find(|m| Some(m.id) == ended.model).unwrap();
        assert!(candidate.approved.is_none() && Some(candidate.company) == ctx.caller.company);
        assert_eq!(registry.serving, serving, "nothing is deployed by itself");
        let row = retrainings::last_of(&kit.app.store, ctx.caller.company, &[End::Candidate]).await.unwrap().unwrap();
        assert_eq!((row.labels, row.outcomes, row.model), (420, 420, ended.model));
        // The same labels by the same recipe are not learnt from twice.
        let twice = again(&ctx).await;
        assert_eq!(twice.end, End::Skipped);
        assert!(twice.reason.starts_with("Nothing is new"), "{}", twice.reason);
        // Another insurer sees neither.
        let stranger = kit.ctx(HARBOUR, Role::Engineer).await;
        assert!(models::list::Registry::of(&stranger).await.unwrap().all.iter().all(|m| Some(m.id) != ended.model));
        let query = service::reports::Query::parse(&format!("id={}", row.id));
        let refused = service::reports::view(&stranger, "retraining", &query).await.unwrap_err();
        assert_eq!(kind(refused), ErrorKind::NotFound);
    })
    .await;
}

/// Gives the same bundle, whatever it is asked for.
struct Fixed(Vec<u8>);

#[async_trait]
impl Trainer for Fixed {
    async fn train(&self, _: Wanted, _: Arc<Vec<Example>>, _: Steps) -> Result<Vec<u8>, TrainerError> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn what_is_no_nearer_is_rejected_and_kept_by_nobody() {
    on_both(|kit| async move {
        let mut kit = kit.filled(2).await;
        settled(&kit, 420, |i, predicted, _| predicted + if i % 2 == 0 { 1_000 } else { -1_000 }).await;
        kit.app.ports.trainer = Arc::new(Fixed(testkit::third_bundle()));
        let ctx = system(&kit).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let before = models::list::Registry::of(&engineer).await.unwrap().all.len();
        let ended = again(&ctx).await;
        assert_eq!((ended.end, ended.model), (End::Rejected, None), "{}", ended.reason);
        assert!(ended.reason.starts_with("Not certainly nearer than settlement v"), "{}", ended.reason);
        assert_eq!(models::list::Registry::of(&engineer).await.unwrap().all.len(), before);
    })
    .await;
}

#[tokio::test]
async fn outcomes_that_are_what_was_predicted_are_not_learnt_from() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        settled(&kit, 320, |_, predicted, _| predicted).await;
        let ended = again(&system(&kit).await).await;
        assert_eq!(ended.end, End::Rejected);
        assert!(ended.reason.contains("the check of leaks"), "{}", ended.reason);
    })
    .await;
}

#[tokio::test]
async fn an_erased_claimant_is_in_no_later_training() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let ids = settled(&kit, 420, |_, _, claimed| claimed / 2).await;
        let ctx = system(&kit).await;
        let found = claims::by_ids(&kit.app.store, ctx.caller.reach, &ids[..20]).await.unwrap();
        let claimant: Vec<ClaimantId> = found.iter().filter_map(|c| c.claimant).collect();
        assert_eq!(claimant.len(), 20);
        for id in claimant {
            let tx = kit.app.store.begin().await.unwrap();
            claimants::shred(&tx, id, now()).await.unwrap();
            tx.commit_bookkeeping().await.unwrap();
        }
        assert_eq!(again(&ctx).await.end, End::Candidate);
        let row = retrainings::last_of(&kit.app.store, ctx.caller.company, &[End::Candidate]).await.unwrap().unwrap();
        assert_eq!(row.labels, 400);
    })
    .await;
}

#[tokio::test]
async fn two_schedulers_order_one_retraining_and_one_that_is_killed_is_done_again() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        settled(&kit, 320, |_, _, claimed| claimed / 2).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let plan = [("cron", "0 3 1 * *"), ("family", "elasticnet")];
        acts::run(&engineer, "retraining.plan", &entries(&plan)).await.unwrap();
        // Whoever planned without having seen that is told.
        let blind = acts::run(&engineer, "retraining.plan", &entries(&plan)).await.unwrap_err();
        assert_eq!(kind(blind), ErrorKind::Conflict);
        for (cron, wrong) in [("0 0,20 1 * *", "once a day"), ("0 3 31 2 *", "a day that comes")] {
            let refused = acts::run(&engineer, "retraining.plan", &entries(&[("cron", cron), ("family", "all")])).await;
            let refused = refused.unwrap_err().into_app();
            assert!(refused.field("cron").is_some_and(|words| words.contains(wrong)), "{cron}: {refused:?}");
        }
        kit.work().await;
        let due = now() + Duration::days(10);
        let other = kit.reopened().await;
        let (one, two) = tokio::join!(schedule::tick(&kit.app, due), schedule::tick(&other, due));
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        // A process that took it is killed: nobody hears of it again.
        let until = due + service::jobs::run::LEASE;
        let taken = store::jobs::claim(&kit.app.store, &["model.retrain"], &[], "killed", due, until).await.unwrap();
        assert!(taken.is_some());
        assert_eq!(kit.work_at(due).await, 0, "it is another's until its lease is over");
        assert_eq!(
            kit.work_at(due + Duration::minutes(30)).await,
            2,
            "the retraining, and the candidate's measurement"
        );
        let (rows, _) = retrainings::list(&kit.app.store, engineer.caller.company, (1, 10)).await.unwrap();
        assert_eq!(rows.iter().map(|r| r.end).collect::<Vec<_>>(), [End::Candidate], "once");
    })
    .await;
}
