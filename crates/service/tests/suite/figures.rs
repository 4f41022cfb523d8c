//! Figures that are added up as things happen are those that counting anew gives.

use domain::policy::Role;
use sea_orm::{ConnectionTrait, Database, Statement};
use service::claims::{decide, flag, review};
use store::figures;
use testkit::{Kit, NORTHGATE, SOLATIUM, on_both};

use crate::{accept, entered};

async fn all(kit: &Kit) -> Vec<(String, String, String, String, i64, i64)> {
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
