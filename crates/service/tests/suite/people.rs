//! People, sessions, what is encrypted.

use contract::ErrorKind;
use contract::admin::PersonInput;
use contract::claim::ClaimFilter;
use domain::policy::Role;
use service::claims::list;
use service::{Ctx, account, admin};
use testkit::{Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::{entered, kind};

#[tokio::test]
async fn personal_fields_are_not_in_the_database_as_text() {
    let kit = Kit::sqlite().await.filled(3).await;
    entered(&kit.ctx(NORTHGATE, Role::Handler).await).await;
    kit.app.store.close().await;
    let bytes = std::fs::read(kit.dir.path().join("test.db")).unwrap();
    for secret in ["A sore neck", "Hannah Reed", "handler@northgate.example"] {
        let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!found, "“{secret}” stands readable in the database");
    }
    let wrong = store::Store::open(&kit.url, store::MasterKey::random()).await.err().unwrap();
    assert!(matches!(wrong, store::StoreError::WrongKey), "another key does not even open it: {wrong}");
}

#[tokio::test]
async fn people_come_and_go() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let admin = kit.ctx(SOLATIUM, Role::Administrator).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let company = manager.caller.company.unwrap().to_string();
        let person = |role: &str| PersonInput {
            name: "Nora New".into(),
            email: "nora@northgate.example".into(),
            role: role.into(),
            company_id: company.clone(),
            ..PersonInput::default()
        };
        assert!(
            admin::people::create(&manager, &person("administrator")).await.is_err(),
            "a manager makes handlers only"
        );
        let issued = admin::people::create(&manager, &person("handler")).await.unwrap();
        assert!(admin::people::create(&admin, &person("handler")).await.is_err(), "the address is taken");
        let signed = account::sign_in::sign_in(&kit.app, now(), "NORA@northgate.example ", &issued.secret, "1.2.3.4")
            .await
            .unwrap();
        assert!(signed.must_change_password);
        let caller = account::authenticate::session(&kit.app, now(), &signed.token).await.unwrap().unwrap();
        let nora = Ctx { caller, ..admin.clone() };
        assert_eq!(kind(list::list(&nora, &ClaimFilter::default()).await.unwrap_err()), ErrorKind::Forbidden);
        account::change_password::change_password(
            &nora,
            &issued.secret,
            "copper lantern drifts east",
            "copper lantern drifts east",
        )
        .await
        .unwrap();
        let id = issued.href.rsplit('/').next().unwrap();
        admin::people::set_active(&admin, id, false).await.unwrap();
        assert!(
            account::authenticate::session(&kit.app, now(), &signed.token).await.unwrap().is_none(),
            "sessions end at once"
        );
        assert!(
            account::sign_in::sign_in(
                &kit.app,
                now(),
                "nora@northgate.example",
                "copper lantern drifts east",
                "1.2.3.4"
            )
            .await
            .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn failed_sign_ins_wait_longer_and_longer() {
    on_both(|kit| async move {
        let kit = kit.filled(1).await;
        let attempt = async |password: &str, seconds: i64| {
            let at = now() + chrono::Duration::seconds(seconds);
            account::sign_in::sign_in(&kit.app, at, "handler@northgate.example", password, "9.9.9.9")
                .await
                .map_err(kind)
        };
        for _ in 0..3 {
            assert_eq!(attempt("wrong", 0).await.unwrap_err(), ErrorKind::Unauthenticated);
        }
        assert_eq!(
            attempt(service::demo::PASSWORD, 0).await.unwrap_err(),
            ErrorKind::TooMany,
            "even with the right password"
        );
        assert!(attempt(service::demo::PASSWORD, 61).await.is_ok(), "but never for long");
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_unused_and_in_any_case() {
    let kit = Kit::sqlite().await.filled(1).await;
    let signed = account::sign_in::sign_in(&kit.app, now(), "handler@northgate.example", service::demo::PASSWORD, "a")
        .await
        .unwrap();
    let at = async |minutes: i64| {
        let at = now() + chrono::Duration::minutes(minutes);
        account::authenticate::session(&kit.app, at, &signed.token).await.unwrap().is_some()
    };
    assert!(at(59).await && at(110).await, "use keeps it alive");
    assert!(!at(110 + 60).await, "an hour unused ends it");
    let mut minute = 110;
    while minute < 12 * 60 - 50 {
        minute += 50;
        at(minute).await;
    }
    assert!(!at(12 * 60).await, "twelve hours end it in any case");
}
