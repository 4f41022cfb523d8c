//! Figures that are added up as things happen are those that counting anew gives.

use domain::policy::Role;
use sea_orm::{ConnectionTrait, Database, Statement};
use service::claims::{decide, flag, review};
use store::figures;
use testkit::{Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::{accept, entered};

pub async fn all(kit: &Kit) -> Vec<(String, String, String, String, i64, i64)> {
    let connection = Database::connect(&kit.url).await.unwrap();
    let sql =
        "SELECT company_id, measure, day, label, number, pence FROM figures WHERE number <> 0 ORDER BY 1, 2, 3, 4";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    let text = |row: &sea_orm::QueryResult, i: usize| row.try_get_by_index::<String>(i).unwrap();
    let number = |row: &sea_orm::QueryResult, i: usize| row.try_get_by_index::<i64>(i).unwrap();
    let all =
        rows.iter().map(|r| (text(r, 0), text(r, 1), text(r, 2), text(r, 3), number(r, 4), number(r, 5))).collect();
    connection.close().await.unwrap();
    all
}

#[tokio::test]
async fn what_is_added_up_is_what_counting_anew_gives() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        // Every way in which a claim comes to stand otherwise.
        let (one, two, three) = (entered(&handler).await, entered(&handler).await, entered(&handler).await);
        decide::decide(&handler, &one.claim.id.to_string(), accept(&one)).await.unwrap();
        for claim in [&two, &three] {
            flag::flag(&handler, &claim.claim.id.to_string(), "look").await.unwrap();
        }
        review::hand_back(&manager, &two.claim.id.to_string(), "go on").await.unwrap();
        decide::decide(&manager, &three.claim.id.to_string(), accept(&three)).await.unwrap();
        let four = entered(&handler).await.claim.id.to_string();
        for undone in [true, false] {
            let put = decide::Put {
                amount: Some(domain::Money::from_pounds(700)),
                reason: "negotiated".into(),
                medical_report: true,
                ..decide::Put::default()
            };
            let decision = decide::decide(&handler, &four, put).await.unwrap();
            if undone {
                service::claims::undo::undo(&handler, &four, &decision.id.to_string()).await.unwrap();
            }
        }
        service::claims::create::predict_again(&handler, &two.claim.id.to_string()).await.unwrap();
        let added = all(&kit).await;
        assert!(added.len() > 100, "only {} figures", added.len());
        let tx = kit.app.store.begin().await.unwrap();
        figures::recount(&tx).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        assert_eq!(added, all(&kit).await);
        assert!(added.iter().any(|f| f.1 == "quick"), "acceptances at once are among them");
    })
    .await;
}

#[tokio::test]
async fn a_database_without_figures_is_counted_once() {
    let packed = include_bytes!("../../../testkit/releases/0.1.0.db.zst");
    let kit = Kit::of_release(packed, include_str!("../../../testkit/releases/0.1.0.key")).await;
    service::jobs::figures_recount::order(&kit.app, testkit::now()).await.unwrap();
    assert_eq!(kit.work().await, 1);
    let counted = all(&kit).await;
    assert!(counted.len() > 20, "{counted:?}");
    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    let usage = crate::report(&finance, "usage", "").await;
    assert!(matches!(&usage.filters[0].asks, contract::page::Asks::Choice(months) if months.len() > 1));
    service::jobs::figures_recount::order(&kit.app, testkit::now()).await.unwrap();
    assert_eq!(kit.work().await, 0, "and not again");
}

/// Claims of an integration, which are written alone, are counted, numbered and recorded as all others are.
#[tokio::test(flavor = "multi_thread")]
async fn claims_that_are_written_alone_are_counted_as_others_are() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let company = admin.caller.company.unwrap();
        service::admin::api_keys::create(&admin, &company.to_string(), "test").await.unwrap();
        let key = service::admin::api_keys::list(&admin).await.unwrap().keys[0].id;
        let first = entered(&handler).await.claim.number;
        let stamp = store::stamps::read(&kit.app.store).await.unwrap();
        let (app, _) = service::claims::lane::Lane::open(kit.app.clone());
        let actor = service::Actor::Key { id: key, stamp };
        let caller = service::Caller { actor, ..handler.caller.clone() };
        let ctx = service::Ctx { app, caller, now: now() };
        let before = kit.app.store.written_alone();
        let calls = (0..30).map(|i| {
            let ctx = ctx.clone();
            tokio::spawn(
                async move { service::claims::create::enter(&ctx, crate::claim(30_000 + i), "api", None).await },
            )
        });
        let mut numbers = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            let (entered, replayed) = call.await.unwrap().unwrap();
            assert!(!replayed && entered.prediction.is_some());
            let found = store::claims::find(&kit.app.store, store::Reach::Company(company), entered.claim.id).await;
            assert_eq!(found.unwrap().facts, entered.claim.facts);
            numbers.push(entered.claim.number);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (first + 1..=first + 30).collect::<Vec<_>>());
        assert!(kit.app.store.written_alone() > before, "the lane writes alone");
        let added = all(&kit).await;
        let tx = kit.app.store.begin().await.unwrap();
        figures::recount(&tx).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        assert_eq!(added, all(&kit).await);
        let broken = service::chain::verify(&kit.app.system(now()), &[]).await.unwrap().broken;
        assert_eq!(broken, None);
        // One who says whose claim it is goes the other way, to the same effect.
        let json = serde_json::json!({ "general_fixed_pence": 51_000, "claimant_reference": "P-1" });
        let entry = service::claims::entry::from_json(&json, now().date_naive()).unwrap();
        let alone = kit.app.store.written_alone();
        let (named, _) = service::claims::create::enter(&ctx, entry, "api", None).await.unwrap();
        assert_eq!((named.claim.number, kit.app.store.written_alone()), (first + 31, alone));
        // A key that was revoked after the call began enters nothing more, by the lane or in a batch.
        service::admin::api_keys::revoke(&admin, &key.to_string()).await.unwrap();
        let refused = service::claims::create::enter(&ctx, crate::claim(1), "api", None).await.map(|_| ());
        assert_eq!(refused.map_err(crate::kind), Err(contract::ErrorKind::Unauthenticated));
        let refused = service::claims::batch::enter(&ctx, vec![Ok(crate::claim(1))], None).await.map(|_| ());
        assert_eq!(refused.map_err(crate::kind), Err(contract::ErrorKind::Unauthenticated));
    })
    .await;
}
