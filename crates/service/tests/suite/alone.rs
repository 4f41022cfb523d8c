//! Changes that are written in one go: they build on what is remembered, and notice where it is no longer so.

use domain::policy::Role;
use service::Ctx;
use store::audit::{AuditEvent, AuditQuery, Origin};
use store::retries::{self, Remembered};
use store::{Reach, Store, Writes, audit, claims, stamps};
use testkit::{Kit, NORTHGATE, now, on_both};

fn event(ctx: &Ctx) -> AuditEvent {
    AuditEvent {
        id: ctx.id(),
        at: now(),
        company: ctx.caller.company,
        actor_kind: "system",
        actor_id: None,
        action: "test.alone",
        entity: "test",
        entity_id: None,
        details: serde_json::json!({}),
        origin: Origin::default(),
    }
}

/// Takes a number, remembers a request and records an event; the number, where it was written.
async fn written(store: &Store, ctx: &Ctx, request: &str, stamp: i64) -> Option<i64> {
    let company = ctx.caller.company.unwrap();
    let mut alone = store.alone().await;
    let number = claims::take_numbers_alone(&mut alone, company, 1).await.unwrap().unwrap();
    let mut writes = Writes::default();
    writes.audit(event(ctx));
    let remembered = Remembered { request_hash: "h".into(), answer: number.to_string() };
    retries::put_all(store, &mut writes, &[(company, request.to_owned(), remembered)], now()).await.unwrap();
    alone.write(writes, stamp).await.unwrap().then_some(number)
}

async fn recorded(kit: &Kit) -> u64 {
    let query = AuditQuery { action: "test.alone".into(), ..AuditQuery::default() };
    audit::count(&kit.app.store, Reach::Operator, &query).await.unwrap()
}

async fn holds(kit: &Kit) {
    let verified = service::chain::verify(&kit.app.system(now()), &[]).await.unwrap();
    assert_eq!(verified.broken, None);
}

#[tokio::test]
async fn what_came_in_between_is_noticed_and_nothing_is_written() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let (store, other) = (&kit.app.store, kit.reopened().await);
        let stamp = stamps::read(store).await.unwrap();
        let first = written(store, &handler, "a", stamp).await.unwrap();
        assert_eq!(written(store, &handler, "b", stamp).await, Some(first + 1));
        // Another process enters a claim: a number and the end of the chain are no longer what they were.
        let theirs = Ctx { app: other.clone(), ..handler.clone() };
        assert_eq!(crate::entered(&theirs).await.claim.number, first + 2);
        assert_eq!(written(store, &handler, "c", stamp).await, None);
        assert_eq!(recorded(&kit).await, 2);
        assert_eq!(written(store, &handler, "c", stamp).await, Some(first + 3), "it is read anew");
        // This process itself enters one: that is known.
        assert_eq!(crate::entered(&handler).await.claim.number, first + 4);
        assert_eq!(written(store, &handler, "d", stamp).await, Some(first + 5));
        // A key was revoked or a model deployed.
        assert_eq!(written(store, &handler, "e", stamp + 1).await, None);
        // A request that was remembered before: what is written with it is undone, and no transaction stays open.
        assert_eq!(written(store, &handler, "d", stamp).await, None);
        assert_eq!(recorded(&kit).await, 4);
        assert_eq!(crate::entered(&handler).await.claim.number, first + 6);
        holds(&kit).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_from_two_processes_leave_no_gap() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let stamp = stamps::read(&kit.app.store).await.unwrap();
        let stores = [kit.app.store.clone(), kit.reopened().await.store];
        let before = recorded(&kit).await;
        let mut runs = Vec::new();
        for run in 0..40 {
            let (store, handler) = (stores[run % 2].clone(), handler.clone());
            runs.push(tokio::spawn(async move {
                // Each until it comes through: what came in between was the other's.
                for _ in 0..200 {
                    if let Some(number) = written(&store, &handler, &format!("r{run}"), stamp).await {
                        return number;
                    }
                }
                panic!("it never came through");
            }));
        }
        let mut numbers = Vec::new();
        for run in runs {
            numbers.push(run.await.unwrap());
        }
        numbers.sort_unstable();
        assert!(numbers.len() == 40 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
        assert_eq!(recorded(&kit).await, before + 40);
        assert_eq!(crate::entered(&handler).await.claim.number, numbers[39] + 1);
        holds(&kit).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_off_is_written_whole_or_not_at_all() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let stamp = stamps::read(&kit.app.store).await.unwrap();
        for run in 0..60_u64 {
            let (store, handler) = (kit.app.store.clone(), handler.clone());
            let task = tokio::spawn(async move { written(&store, &handler, &format!("r{run}"), stamp).await });
            tokio::time::sleep(std::time::Duration::from_micros(run * 40)).await;
            task.abort();
            let _ = task.await;
        }
        // Nobody finds a transaction open; and what was under way when it was broken off is done before these.
        crate::entered(&handler).await;
        assert!(written(&kit.app.store, &handler, "last", stamp).await.is_some());
        let remembered = retries::count(&kit.app.store).await.unwrap();
        assert_eq!(recorded(&kit).await, remembered, "an audit row for each, and none besides");
        holds(&kit).await;
    })
    .await;
}
