//! Work that is put off: claimed once, fenced, tried again, scheduled.

use chrono::Duration;
use contract::ErrorKind;
use domain::id::{Id, JobId};
use domain::policy::Role;
use service::jobs::{page, run, schedule};
use store::jobs::{self, End, NewJob, State};
use store::{Reach, Store, StoreError, schedules};
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::kind;

fn job(n: u8, kind: &'static str, key: Option<&str>) -> NewJob {
    NewJob {
        id: JobId::from_parts(u64::from(n), [n; 10]),
        kind,
        company: None,
        payload: serde_json::Value::Null,
        dedupe_key: key.map(str::to_owned),
        batch: None,
        due_at: now(),
        attempts: 3,
        created_by: "system".into(),
        created_at: now(),
    }
}

async fn enqueue(store: &Store, job: &NewJob) -> bool {
    let tx = store.begin().await.unwrap();
    let taken = jobs::enqueue(&tx, job).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    taken
}

async fn claim(store: &Store, token: &str, seconds: i64) -> Option<(jobs::Job, jobs::Lease)> {
    let at = now() + Duration::seconds(seconds);
    jobs::claim(store, &["sweep"], &[], token, at, at + run::LEASE).await.unwrap()
}

async fn end(store: &Store, lease: &jobs::Lease, end: End) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    jobs::finish(&tx, lease, &end, now()).await?;
    tx.commit_bookkeeping().await
}

async fn found(store: &Store, n: u8) -> jobs::Job {
    jobs::find(store, Reach::Operator, JobId::from_parts(u64::from(n), [n; 10])).await.unwrap()
}

#[tokio::test]
async fn a_job_goes_with_the_transaction_that_asks_for_it() {
    on_both(|kit| async move {
        // The whole of it: its directory goes with it.
        let kit = kit;
        let store = &kit.app.store;
        let tx = store.begin().await.unwrap();
        assert!(jobs::enqueue(&tx, &job(1, "sweep", None)).await.unwrap());
        drop(tx);
        assert!(claim(store, "a", 0).await.is_none(), "what rolled back asked for nothing");
        assert!(enqueue(store, &job(2, "sweep", Some("once"))).await);
        assert!(!enqueue(store, &job(3, "sweep", Some("once"))).await, "the same work waits already");
        let (_, lease) = claim(store, "a", 0).await.unwrap();
        assert!(!enqueue(store, &job(3, "sweep", Some("once"))).await, "or runs");
        end(store, &lease, End::Done("done".into())).await.unwrap();
        assert!(enqueue(store, &job(3, "sweep", Some("once"))).await, "what has ended stands in nobody's way");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_workers_one_gets_a_job() {
    on_both(|kit| async move {
        let kit = kit;
        let other = kit.reopened().await.store;
        for n in 1..=20 {
            enqueue(&kit.app.store, &job(n, "sweep", None)).await;
        }
        let hands = (0..8).map(|hand| {
            let store = if hand % 2 == 0 { kit.app.store.clone() } else { other.clone() };
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while let Some((job, _)) = claim(&store, &format!("hand {hand}"), 0).await {
                    mine.push(job.id);
                }
                mine
            })
        });
        let mut all = Vec::new();
        for hand in hands.collect::<Vec<_>>() {
            all.extend(hand.await.unwrap());
        }
        let claimed = all.len();
        all.sort();
        all.dedup();
        assert_eq!((claimed, all.len()), (20, 20), "each once");
    })
    .await;
}

#[tokio::test]
async fn whoever_has_lost_the_lease_changes_nothing() {
    on_both(|kit| async move {
        // The whole of it: its directory goes with it.
        let kit = kit;
        let store = &kit.app.store;
        enqueue(store, &job(1, "sweep", None)).await;
        let (_, slow) = claim(store, "slow", 0).await.unwrap();
        assert!(claim(store, "quick", 59).await.is_none(), "the lease stands");
        let (again, quick) = claim(store, "quick", 61).await.unwrap();
        assert_eq!(again.attempt, 2);
        let tx = store.begin().await.unwrap();
        assert!(matches!(jobs::hold(&tx, &slow).await, Err(StoreError::LeaseLost)));
        drop(tx);
        assert!(matches!(jobs::beat(store, &slow, now()).await, Err(StoreError::LeaseLost)));
        assert!(matches!(end(store, &slow, End::Done("late".into())).await, Err(StoreError::LeaseLost)));
        end(store, &quick, End::Done("in time".into())).await.unwrap();
        assert_eq!(found(store, 1).await.result.as_deref(), Some("in time"));
        // A beat moves the end of the lease.
        enqueue(store, &job(2, "sweep", None)).await;
        let (_, lease) = claim(store, "slow", 0).await.unwrap();
        assert!(!jobs::beat(store, &lease, now() + Duration::seconds(120)).await.unwrap());
        assert!(claim(store, "quick", 61).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn what_never_ends_is_given_up_and_told() {
    on_both(|kit| async move {
        let kit = kit.filled(1).await;
        kit.work().await;
        let store = &kit.app.store;
        let asker = kit.ctx(SOLATIUM, Role::Finance).await.caller.actor.name();
        enqueue(store, &NewJob { created_by: asker.clone(), ..job(1, "sweep", None) }).await;
        // Three workers that are killed in the middle.
        for (i, seconds) in [0, 100, 200].into_iter().enumerate() {
            assert_eq!(claim(store, "killed", seconds).await.unwrap().0.attempt as usize, i + 1);
        }
        let late = now() + Duration::seconds(300);
        assert!(run::next(&kit.app, &move || late).await.unwrap());
        let failed = found(store, 1).await;
        assert_eq!(failed.state, State::Failed);
        assert!(failed.error.unwrap().contains("never ended"));
        let told = store::notifications::list(store, asker.parse().unwrap(), 10).await.unwrap();
        assert!(
            told.iter().any(|(text, href, ..)| text.contains("failed") && href == "/jobs"),
            "whoever asked is told"
        );
        // Looked at and run again, with all its attempts.
        let admin = kit.ctx(SOLATIUM, Role::Administrator).await;
        let view = crate::report(&admin, "jobs", "state=failed").await;
        let acts = format!("{:?}", crate::table(&view, "Jobs").rows[0].last());
        assert!(acts.contains("job.again") && !acts.contains("job.cancel"), "{acts}");
        page::run_again(&admin, &failed.id.to_string()).await.unwrap();
        kit.work().await;
        let done = found(store, 1).await;
        assert_eq!((done.state, done.attempt), (State::Done, 1));
        assert!(done.result.unwrap().starts_with("Forgotten"));
        assert_eq!(kind(page::run_again(&admin, &done.id.to_string()).await.unwrap_err()), ErrorKind::Conflict);
    })
    .await;
}

#[tokio::test]
async fn what_fails_is_tried_again_later_and_what_is_refused_is_not() {
    on_both(|kit| async move {
        let (kit, mailbox) = kit.filled(1).await.with_mail();
        kit.work().await;
        let store = &kit.app.store;
        let company = kit.ctx(NORTHGATE, Role::Handler).await.caller.company;
        // A mail that does not exist is refused; one that cannot be sent is tried five times.
        let lost = NewJob {
            company,
            payload: serde_json::json!({ "mail": domain::id::MailId::from_parts(1, [1; 10]) }),
            ..job(1, "mail.send", None)
        };
        enqueue(store, &lost).await;
        kit.work().await;
        let refused = found(store, 1).await;
        assert_eq!((refused.state, refused.attempt), (State::Failed, 1));
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let person = kit.ctx(NORTHGATE, Role::Handler).await.caller.actor.name();
        service::admin::people::reset_password(&admin, &person).await.unwrap();
        let mut at = now();
        let mut waits = Vec::new();
        for _ in 0..5 {
            mailbox.fail(service::ports::MailError::Failed("away".into()));
            assert_eq!(kit.work_at(at).await, 1);
            let job = jobs::newest(store, "mail.send").await.unwrap().unwrap();
            waits.push((job.due_at - at).num_seconds());
            at = job.due_at;
            assert_eq!(kit.work_at(at - Duration::seconds(1)).await, 0, "not before it is due");
        }
        assert_eq!(waits[..4], [30, 120, 480, 1_920]);
        let given_up = jobs::newest(store, "mail.send").await.unwrap().unwrap();
        assert_eq!((given_up.state, given_up.attempt), (State::Failed, 5));
    })
    .await;
}

#[tokio::test]
async fn a_job_is_cancelled_while_it_waits_and_stopped_while_it_runs() {
    on_both(|kit| async move {
        let kit = kit.filled(1).await;
        kit.work().await;
        let store = &kit.app.store;
        let admin = kit.ctx(SOLATIUM, Role::Administrator).await;
        enqueue(store, &job(1, "sweep", None)).await;
        page::cancel(&admin, &found(store, 1).await.id.to_string()).await.unwrap();
        assert_eq!(found(store, 1).await.state, State::Cancelled);
        assert_eq!(kit.work().await, 0);
        enqueue(store, &job(2, "sweep", None)).await;
        let (running, lease) = claim(store, "a", 0).await.unwrap();
        page::cancel(&admin, &running.id.to_string()).await.unwrap();
        assert!(jobs::stop_asked(store, &lease).await.unwrap(), "its worker sees it");
        // Its worker is gone: the next one ends it without beginning it.
        let late = now() + Duration::seconds(100);
        assert!(run::next(&kit.app, &move || late).await.unwrap());
        assert_eq!(found(store, 2).await.state, State::Cancelled);
        // Nobody else's business.
        enqueue(store, &job(3, "sweep", None)).await;
        let id = found(store, 3).await.id.to_string();
        for (company, role) in [(NORTHGATE, Role::Administrator), (SOLATIUM, Role::Finance)] {
            let ctx = kit.ctx(company, role).await;
            assert_eq!(kind(page::cancel(&ctx, &id).await.unwrap_err()), ErrorKind::Forbidden);
        }
        let query = service::reports::Query::parse("");
        let theirs = service::reports::view(&kit.ctx(HARBOUR, Role::Administrator).await, "jobs", &query).await;
        assert_eq!(kind(theirs.unwrap_err()), ErrorKind::Forbidden);
    })
    .await;
}

#[tokio::test]
async fn a_job_reaches_its_company_alone_and_does_what_its_kind_names() {
    let kit = Kit::sqlite().await.filled(6).await;
    let (north, harbour) = (
        kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap(),
        kit.ctx(HARBOUR, Role::Handler).await.caller.company.unwrap(),
    );
    let invoices = store::invoices::list(&kit.app.store, Reach::Operator, true).await.unwrap();
    let theirs = invoices.iter().find(|i| i.company == harbour).unwrap();
    kit.work().await;
    // A job of Northgate's that names Harbour's invoice.
    let wrong = NewJob {
        company: Some(north),
        payload: serde_json::json!({ "invoice": theirs.id }),
        ..job(1, "invoice.pdf", None)
    };
    enqueue(&kit.app.store, &wrong).await;
    kit.work().await;
    let failed = found(&kit.app.store, 1).await;
    assert_eq!(failed.state, State::Failed);
    assert!(failed.error.unwrap().contains("not yours to see"));
}

#[tokio::test]
async fn ticks_that_were_missed_coalesce_and_two_schedulers_make_one_job() {
    on_both(|kit| async move {
        // The whole of it: its directory goes with it.
        let kit = kit;
        let store = &kit.app.store;
        schedule::plan(&kit.app, now()).await.unwrap();
        let planned = schedules::list(store).await.unwrap();
        assert!(planned.iter().all(|s| s.next_due_at > now()));
        assert_eq!(schedule::tick(&kit.app, now()).await.unwrap(), 0, "nothing is due yet");
        // Nothing ran for three days and a bit.
        let later = now() + Duration::days(3) + Duration::hours(14);
        let other = kit.reopened().await;
        let (one, two) = tokio::join!(schedule::tick(&kit.app, later), schedule::tick(&other, later));
        let due = |by| planned.iter().filter(|s| s.next_due_at <= by).count() as u64;
        assert_eq!(one.unwrap() + two.unwrap(), due(later), "one job a schedule");
        let ticks = schedules::ticks(store, "sweep", 10).await.unwrap();
        assert_eq!(ticks.len(), 4, "{ticks:?}");
        assert!(ticks[0].job.is_some() && ticks[0].skipped.is_none());
        assert!(ticks[1..].iter().all(|t| t.job.is_none() && t.skipped.as_ref().unwrap().contains("nothing ran")));
        assert_eq!(schedule::tick(&kit.app, later).await.unwrap(), 0);
        // A run that has not ended by the next tick is not begun twice.
        let next_day = later + Duration::days(1);
        assert_eq!(schedule::tick(&kit.app, next_day).await.unwrap(), due(next_day) - due(later));
        let ticks = schedules::ticks(store, "sweep", 1).await.unwrap();
        assert!(ticks[0].skipped.as_ref().unwrap().contains("has not ended"));
    })
    .await;
}

#[tokio::test]
async fn the_drafts_that_cannot_be_made_are_told_and_the_others_are_there() {
    on_both(|kit| async move {
        let kit = kit.filled(40).await;
        let october = "2026-10-20T10:00:00Z".parse().unwrap();
        crate::entered(&kit.ctx_at(HARBOUR, Role::Handler, october).await).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        for invoice in store::invoices::list(&kit.app.store, Reach::Operator, false).await.unwrap() {
            if invoice.number.is_none() {
                service::invoicing::invoices::discard(&finance, &invoice.id.to_string()).await.unwrap();
            }
        }
        let company = kit.ctx(HARBOUR, Role::Handler).await.caller.company.unwrap();
        kit.raw(&format!("DELETE FROM amendments WHERE company_id = '{company}'")).await;
        let month = "2026-10".parse().unwrap();
        service::invoicing::drafts::generate(&finance, "2026-10").await.unwrap();
        let view = service::invoicing::drafts::of_month(&finance, month).await.unwrap();
        assert_eq!((view.under_way, view.done), (2, 0));
        kit.work().await;
        let view = service::invoicing::drafts::of_month(&finance, month).await.unwrap();
        assert_eq!((view.under_way, view.done, view.failed.len()), (0, 1, 1));
        assert!(view.failed[0].0 == HARBOUR && view.failed[0].1.contains("had no price"), "{view:?}");
        let drafts = store::invoices::list(&kit.app.store, Reach::Operator, false).await.unwrap();
        let drafts: Vec<_> = drafts.iter().filter(|i| i.number.is_none()).collect();
        assert_eq!(drafts.len(), 1);
        assert_eq!(drafts[0].prepared_by, finance.caller.actor.name(), "whoever asked prepared it");
    })
    .await;
}
