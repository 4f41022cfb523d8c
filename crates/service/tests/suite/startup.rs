//! Opening a database: old ones, with the wrong key, by several at once.

use contract::claim::ClaimFilter;
use domain::policy::Role;
use service::claims::{list, view};
use service::invoicing::document::Format;
use service::{invoicing, models};
use store::{MasterKey, Reach, Store, StoreError};
use testkit::{Kit, NORTHGATE, SOLATIUM, on_both};

use crate::{accept, entered};

#[tokio::test]
async fn a_database_of_an_earlier_release_opens_and_works() {
    let packed = include_bytes!("../../../testkit/releases/0.1.0.db.zst");
    let kit = Kit::of_release(packed, include_str!("../../../testkit/releases/0.1.0.key")).await;
    let handler =
        kit.ctx_at(NORTHGATE, Role::Handler, chrono::DateTime::from_timestamp(1_796_000_000, 0).unwrap()).await;
    let all = list::list(&handler, &ClaimFilter::default()).await.unwrap();
    assert!(all.total > 10);
    let claims = store::claims::list(
        &kit.app.store,
        handler.caller.reach,
        &store::claims::ClaimQuery { page: 1, per_page: 50, ..Default::default() },
    )
    .await
    .unwrap()
    .0;
    for claim in &claims {
        view::view(&handler, &claim.id.to_string()).await.unwrap();
    }
    let people = store::people::list(&kit.app.store, Reach::Operator).await.unwrap();
    assert!(people.iter().any(|p| p.name == "Hannah Reed"), "names are readable");
    // It is worked on as before.
    let one = entered(&handler).await;
    service::claims::decide::decide(&handler, &one.claim.id.to_string(), accept(&one)).await.unwrap();
    let engineer = kit.ctx(SOLATIUM, Role::Engineer).await;
    assert!(models::list::Registry::of(&engineer).await.unwrap().serving.is_some());
    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    let issued = store::invoices::list(&kit.app.store, Reach::Operator, true).await.unwrap();
    let (_, pdf) = invoicing::document::download(&finance, &issued[0].id.to_string(), Format::Pdf).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    // What that release kept in the database moves to the files, and is as it was.
    service::jobs::files_move::order(&kit.app, testkit::now()).await.unwrap();
    assert!(kit.work_at(testkit::now() + service::jobs::ROLLED_OUT).await >= 1);
    assert_eq!(store::invoices::kept_pdfs(&kit.app.store).await.unwrap(), 0);
    assert_eq!(store::models::kept_bundles(&kit.app.store).await.unwrap(), 0);
    let (_, moved) = invoicing::document::download(&finance, &issued[0].id.to_string(), Format::Pdf).await.unwrap();
    assert_eq!(pdf, moved);
    let other = kit.reopened().await;
    let handler = service::Ctx { app: other, ..handler };
    assert!(entered(&handler).await.prediction.is_some(), "the moved bundle predicts");
    // The first start of a version with fingerprints notes the key; another is refused from then on.
    let wrong = Store::open(&kit.url, MasterKey::random()).await.err().unwrap();
    assert!(matches!(wrong, StoreError::WrongKey), "{wrong}");
}

#[tokio::test]
async fn an_old_database_does_not_take_another_key_for_its_own() {
    let packed = include_bytes!("../../../testkit/releases/0.1.0.db.zst");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.db");
    let mut reader = ruzstd::decoding::StreamingDecoder::new(&packed[..]).unwrap();
    std::io::copy(&mut reader, &mut std::fs::File::create(&path).unwrap()).unwrap();
    let url = format!("sqlite://{}?mode=rwc", path.display());
    assert!(Store::holds_sealed_data(&url).await.unwrap());
    let wrong = Store::open(&url, MasterKey::random()).await.err().unwrap();
    assert!(matches!(wrong, StoreError::WrongKey), "{wrong}");
}

/// Replicas that are started together, on a database that is empty.
#[tokio::test(flavor = "multi_thread")]
async fn three_start_at_once_on_an_empty_database() {
    let Some(kit) = Kit::empty_postgres().await else {
        eprintln!("SOLATIUM_TEST_POSTGRES is not set: not tested");
        return;
    };
    let (url, dir) = kit;
    let master = MasterKey::random();
    let starts: Vec<_> = (0..3)
        .map(|_| {
            let (url, master) = (url.clone(), master.clone());
            tokio::spawn(async move { Store::open(&url, master).await })
        })
        .collect();
    for start in starts {
        let store = start.await.unwrap().unwrap_or_else(|e| panic!("a replica did not start: {e}"));
        store.ready().await.unwrap();
    }
    drop(dir);
}

/// A newer version has migrated; this one is still asked whether it is ready.
#[tokio::test]
async fn an_older_replica_stays_ready() {
    on_both(|kit| async move {
        kit.raw("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 0)").await;
        kit.app.store.ready().await.unwrap();
        assert!(kit.reopened().await.store.ready().await.is_ok(), "and it may start again");
        kit.raw("DELETE FROM seaql_migrations WHERE version LIKE 'm20261124%'").await;
        assert!(kit.app.store.ready().await.is_err(), "but not without a migration of its own");
    })
    .await;
}
