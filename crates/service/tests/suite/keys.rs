//! What is personal: encrypted, registered, moved, wrapped anew, destroyed.

use std::collections::BTreeSet;

use contract::claim::ClaimFilter;
use domain::policy::Role;
use domain::settlement::ClaimStatus;
use sea_orm::{ConnectionTrait, Database, Statement};
use service::claims::create::enter;
use service::claims::{decide, flag, list, review, view};
use store::register::{self, Kept};
use store::{MasterKey, Masters, Reach, Store, claimants, claims};
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::{accept, entered};

async fn rows(kit: &Kit, sql: &str) -> Vec<Vec<Option<String>>> {
    let connection = Database::connect(&kit.url).await.unwrap();
    let found = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    let all = found
        .iter()
        .map(|row| (0..row.column_names().len()).map(|i| row.try_get_by_index::<Option<String>>(i).unwrap()).collect())
        .collect();
    connection.close().await.unwrap();
    all
}

#[tokio::test]
async fn every_column_is_in_the_register_and_nothing_sealed_can_be_read() {
    let kit = Kit::sqlite().await.filled(30).await;
    let handler = kit.ctx(NORTHGATE, Role::Handler).await;
    let one = entered(&handler).await;
    flag::flag(&handler, &one.claim.id.to_string(), "Her neck is sore").await.unwrap();
    let manager = kit.ctx(NORTHGATE, Role::Manager).await;
    review::hand_back(&manager, &one.claim.id.to_string(), "Ask for the report").await.unwrap();
    let there: BTreeSet<(String, String)> = rows(
        &kit,
        "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'",
    )
    .await
    .into_iter()
    .map(|row| (row[0].clone().unwrap(), row[1].clone().unwrap()))
    .collect();
    let registered: BTreeSet<(String, String)> =
        register::columns().map(|(table, column, _)| (table.to_owned(), column.to_owned())).collect();
    let missing: Vec<_> = there.difference(&registered).collect();
    assert!(missing.is_empty(), "say in store/src/register.rs how these are kept: {missing:?}");
    let gone: Vec<_> = registered.difference(&there).collect();
    assert!(gone.is_empty(), "the register names columns that are not there: {gone:?}");
    let mut sealed = 0;
    for (table, column, kept) in register::columns() {
        let prefix = match kept {
            Kept::WithClaimant => "v2:clt_",
            Kept::WithCompany => "v2:com_",
            _ => continue,
        };
        for row in
            rows(&kit, &format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND {column} <> ''")).await
        {
            let text = row[0].clone().unwrap();
            assert!(text.starts_with(prefix), "{table}.{column}: {text}");
            sealed += 1;
        }
    }
    assert!(sealed > 100, "only {sealed} sealed values were looked at");
    // What earlier versions kept in clear is not written any more.
    let clear = rows(&kit, "SELECT id FROM claims WHERE external_reference IS NOT NULL OR whiplash IS NOT NULL OR dominant_injury IS NOT NULL").await;
    assert!(clear.is_empty());
}

#[tokio::test]
async fn a_claimant_is_who_the_insurer_says_and_their_key_is_their_erasure() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let enter = async |company: &str, claimant: &str, pence: i64| {
            let ctx = kit.ctx(company, Role::Handler).await;
            let json = serde_json::json!({
                "general_fixed_pence": pence, "injury_description": "A sore neck", "claimant_reference": claimant,
                "external_reference": format!("R-{pence}"), "accident_type": "Rear end",
            });
            let entry = service::claims::entry::from_json(&json, now().date_naive()).unwrap();
            enter(&ctx, entry, "form", None).await.unwrap().0
        };
        let (one, two) = (enter(NORTHGATE, "K-77", 50_000).await, enter(NORTHGATE, " K-77 ", 60_000).await);
        let (other, theirs) = (enter(NORTHGATE, "K-78", 70_000).await, enter(HARBOUR, "K-77", 80_000).await);
        assert_eq!(one.claim.claimant, two.claim.claimant, "claims of one person share their key");
        assert!(other.claim.claimant != one.claim.claimant && theirs.claim.claimant != one.claim.claimant);
        // Found by the whole reference, whatever its case, and by no part of it.
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let search = async |text: &str| {
            let filter = ClaimFilter { search: text.into(), ..ClaimFilter::default() };
            list::list(&handler, &filter).await.unwrap().total
        };
        assert_eq!((search("r-50000").await, search("R-5000").await, search("R-80000").await), (1, 0, 0));
        assert_eq!(search(&service::claims::number(one.claim.number)).await, 1);
        // Another replica, which has read the claim before.
        let replica = kit.reopened().await;
        let there = service::Ctx { app: replica, ..handler.clone() };
        let reach = handler.caller.reach;
        let read = async |ctx: &service::Ctx, id| claims::find(ctx.store(), reach, id).await.unwrap();
        assert_eq!(read(&there, one.claim.id).await.facts.injury_description.as_deref(), Some("A sore neck"));
        let tx = kit.app.store.begin().await.unwrap();
        claimants::shred(&tx, one.claim.claimant.unwrap(), now()).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        for ctx in [&handler, &there] {
            for id in [one.claim.id, two.claim.id] {
                let erased = read(ctx, id).await;
                assert!(erased.erased && erased.reference.is_none() && erased.facts.injury_description.is_none());
                assert!(erased.total > domain::Money::ZERO, "amounts stay");
                view::view(ctx, &id.to_string()).await.unwrap();
            }
            assert!(!read(ctx, other.claim.id).await.erased);
        }
        list::list(&handler, &ClaimFilter::default()).await.unwrap();
        // What is read by engineers goes on without them.
        let engineer = kit.ctx(SOLATIUM, Role::Engineer).await;
        let mut export = service::exports::begin(&engineer, "predictions.csv", &Default::default()).await.unwrap();
        while export.next().await.unwrap().is_some() {}
        let again = enter(NORTHGATE, "K-77", 90_000).await;
        assert_ne!(again.claim.claimant, one.claim.claimant, "an erased person is not known again");
    })
    .await;
}

#[tokio::test]
async fn a_new_master_key_takes_over_step_by_step() {
    on_both(|kit| async move {
        let kit = kit.filled(6).await;
        let (old, new) = (kit.master.clone(), MasterKey::random());
        let with = async |current: &MasterKey, old: Option<&MasterKey>| {
            let masters = Masters { current: current.clone(), old: old.cloned() };
            let store = Store::open(&kit.url, masters).await?;
            Ok::<_, store::StoreError>(service::App::new(store, Default::default(), kit.app.ports.clone()))
        };
        assert!(matches!(with(&new, None).await.err(), Some(store::StoreError::WrongKey)));
        // Replicas with both keys, while one with the old key alone still runs.
        let both = with(&new, Some(&old)).await.unwrap();
        let names = async |app: &service::App| {
            let mut names: Vec<String> =
                store::people::list(&app.store, Reach::Operator).await.unwrap().into_iter().map(|p| p.name).collect();
            names.sort();
            names
        };
        let before = names(&kit.app).await;
        assert_eq!(names(&both).await, before);
        let ctx = both.system(now());
        assert!(store::keyring::outdated(&both.store).await.unwrap() >= 4, "companies and the lookups' key");
        service::keys::rewrap(&ctx).await.unwrap();
        assert_eq!(store::keyring::outdated(&both.store).await.unwrap(), 0);
        assert_eq!(service::keys::rewrap(&ctx).await.unwrap(), 0, "again is nothing");
        assert!(matches!(with(&old, None).await.err(), Some(store::StoreError::WrongKey)), "the old key opens nothing");
        let after = with(&new, None).await.unwrap();
        assert_eq!(names(&after).await, before);
        // What was encrypted and hashed under the old key is found and read.
        let signed = service::account::sign_in::sign_in(
            &after,
            now(),
            "handler@northgate.example",
            service::demo::PASSWORD,
            "a",
        )
        .await;
        assert!(signed.is_ok());
        let handler = service::Ctx { app: after, ..kit.ctx(NORTHGATE, Role::Handler).await };
        let one = entered(&handler).await;
        assert!(one.prediction.is_some(), "the bundle is found among the files");
    })
    .await;
}

#[tokio::test]
async fn claims_of_an_earlier_release_are_moved_and_are_as_they_were() {
    let packed = include_bytes!("../../../testkit/releases/0.1.0.db.zst");
    let kit = Kit::of_release(packed, include_str!("../../../testkit/releases/0.1.0.key")).await;
    let handler = kit.ctx(NORTHGATE, Role::Handler).await;
    let all = async || {
        let query = claims::ClaimQuery { page: 1, per_page: 500, ..Default::default() };
        claims::list(&kit.app.store, Reach::Operator, &query).await.unwrap().0
    };
    let before = all().await;
    let open =
        before.iter().find(|c| c.company == handler.caller.company.unwrap() && c.status == ClaimStatus::Open).unwrap();
    // Some are worked on before they are moved.
    let put = decide::Put {
        no_whiplash: true,
        ..accept(&service::claims::create::Entered { claim: open.clone(), prediction: None, shadow: None })
    };
    decide::decide(&handler, &open.id.to_string(), put).await.unwrap();
    // And some are predicted again.
    let other = before.iter().find(|c| c.company == open.company && c.status == ClaimStatus::Open && c.id != open.id);
    if let Some(other) = other {
        service::claims::create::predict_again(&handler, &other.id.to_string()).await.unwrap();
    }
    let before = all().await;
    let predictions = async || {
        let query = store::predictions::PredictionQuery { page: 1, per_page: 500, ..Default::default() };
        store::predictions::list(&kit.app.store, Reach::Operator, &query).await.unwrap().0
    };
    let predicted = predictions().await;
    service::jobs::claims_seal::order(&kit.app, now()).await.unwrap();
    kit.work().await;
    assert!(store::seal::unmoved(&kit.app.store).await.unwrap() > 0, "not while older replicas may still run");
    kit.work_at(now() + service::jobs::ROLLED_OUT).await;
    assert_eq!(store::seal::unmoved(&kit.app.store).await.unwrap(), 0);
    let after = all().await;
    assert_eq!(after.len(), before.len());
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(
            (&was.facts, &was.reference, was.total, was.status),
            (&is.facts, &is.reference, is.total, is.status)
        );
        assert!(was.claimant.is_none() && is.claimant.is_some());
    }
    for (was, is) in predicted.iter().zip(&predictions().await) {
        assert_eq!((&was.facts, &was.contributions, was.amount), (&is.facts, &is.contributions, is.amount));
    }
    for (table, column, kept) in register::columns() {
        if kept == Kept::WithClaimant {
            let left = rows(
                &kit,
                &format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND {column} NOT LIKE 'v2:clt_%'"),
            )
            .await;
            assert!(left.is_empty(), "{table}.{column} is left with another key");
        }
    }
    let days = rows(&kit, "SELECT id FROM predictions WHERE created_day IS NULL").await;
    assert!(days.is_empty(), "days are filled in");
    let engineer = kit.ctx(SOLATIUM, Role::Engineer).await;
    let mut export = service::exports::begin(&engineer, "predictions.csv", &Default::default()).await.unwrap();
    assert!(export.next().await.unwrap().is_some());
}
