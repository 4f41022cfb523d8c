//! Versions on trial: in the shadow nobody notices them, whatever they do; a canary answers a share and takes nobody with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contract::ErrorKind;
use domain::id::ModelId;
use domain::policy::Role;
use domain::trial::Stage;
use service::acts::{self, Entries};
use service::models::shadow::{Ask, Shadows};
use service::models::{self, trial};
use service::{App, Ctx};
use store::trials;
use testkit::{HARBOUR, Kit, NORTHGATE, now, on_both};

use crate::{entered, kind};

fn entries(all: &[(&str, &str)]) -> Entries {
    let all = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.collect::<std::collections::BTreeMap<_, _>>().into()
}

/// A version that Northgate's people approved, tried in the shadow beside the shared model.
async fn in_the_shadow(kit: &Kit) -> (ModelId, Ctx) {
    let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
    let id = testkit::approved(kit, NORTHGATE, testkit::third_bundle()).await;
    let all = [("id", id.to_string()), ("channels", "form,file,api".to_owned())];
    let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (*n, v.as_str())).collect();
    acts::run(&engineer, "trial.start", &entries(&all)).await.unwrap();
    (id, engineer)
}

async fn running(kit: &Kit, ctx: &Ctx) -> trials::Trial {
    trials::list(&kit.app.store, ctx.caller.company, 1).await.unwrap().remove(0)
}

async fn widen(kit: &Kit, ctx: &Ctx) -> service::Result<acts::Done> {
    let trial = running(kit, ctx).await;
    let (id, version) = (trial.id.to_string(), trial.version.to_string());
    acts::run(ctx, "trial.widen", &entries(&[("trial", &id), ("version", &version), ("note", "Nearer.")])).await
}

/// Waits until so many shadows are kept, or gives up.
async fn kept(kit: &Kit, trial: domain::id::TrialId, wanted: u64) -> (u64, u64) {
    let begun = Instant::now();
    loop {
        let found = trials::shadows(&kit.app.store, trial).await.unwrap();
        if found.0 >= wanted || begun.elapsed() > Duration::from_secs(20) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn with_shadows(kit: &Kit, ask: Option<Ask>) -> App {
    match ask {
        Some(ask) => Shadows::open_with(kit.app.clone(), ask).0,
        None => Shadows::open(kit.app.clone()).0,
    }
}

#[tokio::test]
async fn in_the_shadow_it_is_asked_of_each_claim_and_nobody_sees_it() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (challenger, engineer) = in_the_shadow(&kit).await;
        let trial = running(&kit, &engineer).await;
        let app = with_shadows(&kit, None);
        let handler = Ctx { app, ..kit.ctx(NORTHGATE, Role::Handler).await };
        let usage = async || store::figures::are_counted(&kit.app.store).await.unwrap();
        assert!(usage().await);
        for _ in 0..5 {
            let answered = entered(&handler).await.prediction.unwrap().0;
            assert_ne!(answered.model, challenger, "what serves answers");
        }
        assert_eq!(kept(&kit, trial.id, 5).await, (5, 0));
        // Another company is not asked for.
        let theirs = Ctx { app: handler.app.clone(), ..kit.ctx(HARBOUR, Role::Handler).await };
        entered(&theirs).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(kept(&kit, trial.id, 5).await.0, 5);
        // One at a time, and only what is approved.
        let again = [("id", challenger.to_string()), ("channels", "api".to_owned())];
        let again: Vec<(&str, &str)> = again.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(kind(acts::run(&engineer, "trial.start", &entries(&again)).await.unwrap_err()), ErrorKind::Conflict);
    })
    .await;
}

#[tokio::test]
async fn a_shadow_that_panics_sleeps_or_refuses_is_noticed_by_nobody() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (_, engineer) = in_the_shadow(&kit).await;
        let trial = running(&kit, &engineer).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let ask: Ask = {
            let asked = asked.clone();
            Arc::new(move |_, _| match asked.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("it is bad"),
                1 => Err("it will not".into()),
                _ => {
                    std::thread::sleep(Duration::from_secs(2));
                    Err("too late".into())
                }
            })
        };
        let app = with_shadows(&kit, Some(ask));
        let handler = Ctx { app, ..kit.ctx(NORTHGATE, Role::Handler).await };
        let begun = Instant::now();
        for _ in 0..6 {
            assert!(entered(&handler).await.prediction.is_some());
        }
        assert!(begun.elapsed() < Duration::from_millis(1_900), "nobody waits for it: {:?}", begun.elapsed());
        let (all, failed) = kept(&kit, trial.id, 6).await;
        assert_eq!((all, failed), (6, 6), "each is kept with why it said nothing");
    })
    .await;
}

#[tokio::test]
async fn a_canary_answers_its_share_and_nobody_changes_arms() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (challenger, engineer) = in_the_shadow(&kit).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let rows = |from: i64, n: i64| (0..n).map(|i| (i as u64, crate::claim(from + 7 * i))).collect::<Vec<_>>();
        let file = async |from, n| {
            service::claims::create::from_file(&handler, rows(from, n), &Default::default()).await.unwrap().unwrap()
        };
        let of = |all: &[(u64, service::claims::create::Entered)]| {
            all.iter().filter(|(_, e)| e.prediction.as_ref().is_some_and(|p| p.0.model == challenger)).count()
        };
        widen(&kit, &engineer).await.unwrap();
        let first = file(10_000, 400).await;
        let canaries = of(&first);
        assert!((6..40).contains(&canaries), "about 20 of 400: {canaries}");
        widen(&kit, &engineer).await.unwrap();
        assert_eq!(running(&kit, &engineer).await.share, 2_500);
        let second = file(20_000, 400).await;
        assert!((70..135).contains(&of(&second)), "about 100 of 400: {}", of(&second));
        // Predicted again, each is answered by the arm that it fell into.
        for (_, one) in first.iter().take(60) {
            let before = one.prediction.as_ref().unwrap().0.model;
            let later = kit.ctx_at(NORTHGATE, Role::Handler, now() + chrono::Duration::seconds(5)).await;
            let again = service::claims::create::predict_again(&later, &one.claim.id.to_string()).await.unwrap();
            assert_eq!(again.prediction.unwrap().0.model, before);
        }
        widen(&kit, &engineer).await.unwrap();
        assert_eq!(kind(widen(&kit, &engineer).await.unwrap_err()), ErrorKind::Conflict, "half is the most");
        // Deployed, it needs no other reason, and the trial is over.
        models::deploy::deploy(&engineer, challenger, "", None).await.unwrap();
        let over = running(&kit, &engineer).await;
        assert_eq!((over.stage, over.ended.is_some()), (Stage::Canary, true));
        assert_eq!(entered(&handler).await.prediction.unwrap().0.model, challenger);
    })
    .await;
}

#[tokio::test]
async fn a_trial_that_says_nothing_is_ended_and_what_a_person_did_first_stands() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (_, engineer) = in_the_shadow(&kit).await;
        let system = kit.app.system(now());
        assert_eq!(trial::watch(&system).await.unwrap(), (1, 0), "nothing is due");
        let late = kit.app.system(now() + chrono::Duration::days(90));
        assert_eq!(trial::watch(&late).await.unwrap(), (1, 1));
        let over = running(&kit, &engineer).await;
        assert!(over.ended.unwrap().1.contains("inconclusive"));
        assert_eq!(trial::watch(&late).await.unwrap(), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_version_can_be_shown_to_those_alone_who_know_its_material() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let id = testkit::approved(&kit, NORTHGATE, testkit::third_bundle()).await.to_string();
        let start =
            async || acts::run(&engineer, "trial.start", &entries(&[("id", &id), ("channels", "trained")])).await;
        assert_eq!(kind(start().await.unwrap_err()), ErrorKind::Invalid, "nobody could know anything of it yet");

        let mut draft =
            vec![("model".to_owned(), id.clone()), ("title".into(), "New".into()), ("words".into(), "Read.".into())];
        for n in 1..=5 {
            draft.extend(["", "a", "b", "c"].map(|letter| (format!("q{n}{letter}"), format!("Of {n}{letter}"))));
        }
        let draft: Vec<(&str, &str)> = draft.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        acts::run(&engineer, "material.save", &entries(&draft)).await.unwrap();
        let company = engineer.caller.company;
        let material =
            store::publications::materials(&kit.app.store, company, true, 1).await.unwrap().remove(0).id.to_string();
        acts::run(&engineer, "material.publish", &entries(&[("id", &material), ("version", "1")])).await.unwrap();
        start().await.unwrap();
        // Of all claims it would answer half.
        for _ in 0..3 {
            widen(&kit, &engineer).await.unwrap();
        }
        let challenger: ModelId = id.parse().unwrap();
        let answered = async || {
            let rows = (0..60).map(|i| (i, crate::claim(5_000 + 3 * i as i64))).collect::<Vec<_>>();
            let all = service::claims::create::from_file(&handler, rows, &Default::default()).await.unwrap().unwrap();
            all.iter().filter(|(_, e)| e.prediction.as_ref().is_some_and(|p| p.0.model == challenger)).count()
        };
        assert_eq!(answered().await, 0, "the handler does not know it yet");
        let places = service::publishing::material::right_places(material.parse().unwrap());
        let answers = |by: usize| {
            let names =
                places.iter().enumerate().map(|(n, place)| (format!("a{}", n + 1), ((place + by) % 3).to_string()));
            Entries::from(
                names.chain([("id".to_owned(), material.clone())]).collect::<std::collections::BTreeMap<_, _>>(),
            )
        };
        assert_eq!(kind(acts::run(&handler, "material.answer", &answers(1)).await.unwrap_err()), ErrorKind::Invalid);
        acts::run(&handler, "material.answer", &answers(0)).await.unwrap();
        let shown = answered().await;
        assert!((14..46).contains(&shown), "about 30 of 60: {shown}");
    })
    .await;
}

#[tokio::test]
async fn a_version_that_is_withdrawn_answers_nobody_from_then_on() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (challenger, engineer) = in_the_shadow(&kit).await;
        for _ in 0..3 {
            widen(&kit, &engineer).await.unwrap();
        }
        let withdraw = entries(&[("id", &challenger.to_string()), ("reason", "It is harmful.")]);
        acts::run(&engineer, "model.withdraw", &withdraw).await.unwrap();
        let over = running(&kit, &engineer).await;
        assert_eq!(over.ended.unwrap().1, "The version was withdrawn.");
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        for _ in 0..12 {
            assert_ne!(entered(&handler).await.prediction.unwrap().0.model, challenger);
        }
        let again = entries(&[("id", &challenger.to_string()), ("channels", "api")]);
        assert_eq!(kind(acts::run(&engineer, "trial.start", &again).await.unwrap_err()), ErrorKind::Conflict);
    })
    .await;
}

#[tokio::test]
async fn a_trial_that_was_ended_is_no_reason_to_deploy() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (challenger, engineer) = in_the_shadow(&kit).await;
        widen(&kit, &engineer).await.unwrap();
        let trial = running(&kit, &engineer).await;
        let (id, version) = (trial.id.to_string(), trial.version.to_string());
        let end = entries(&[("trial", &id), ("version", &version), ("note", "Enough.")]);
        acts::run(&engineer, "trial.end", &end).await.unwrap();
        let refused = models::deploy::deploy(&engineer, challenger, "", None).await.unwrap_err().into_app();
        assert!(refused.field("note").is_some());
    })
    .await;
}
