//! People, sessions, what is encrypted.

use contract::ErrorKind;
use contract::admin::PersonInput;
use contract::claim::ClaimFilter;
use domain::policy::Role;
use service::claims::list;
use service::{Ctx, account, admin};
use store::Reach;
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
        let token = issued.secret.rsplit('/').next().unwrap().to_owned();
        let nobody = kit.app.system(now());
        let sign_in = async |password: &str| {
            account::sign_in::sign_in(&kit.app, now(), "NORA@northgate.example ", password, "1.2.3.4").await
        };
        for no_password in ["", "copper lantern drifts east"] {
            assert!(sign_in(no_password).await.is_err(), "nobody signs in who has no password yet");
        }
        let choose = async |token: &str, at| {
            let ctx = Ctx { now: at, ..nobody.clone() };
            account::invitation::accept(&ctx, token, "copper lantern drifts east", "copper lantern drifts east").await
        };
        assert_eq!(account::invitation::view(&nobody, &token).await.unwrap().name, "Nora New");
        assert!(choose("nonsense", now()).await.is_err());
        assert!(choose(&token, now() + chrono::Duration::hours(72)).await.is_err(), "it has expired");
        choose(&token, now()).await.unwrap();
        assert!(choose(&token, now()).await.is_err(), "it works once");
        let signed = sign_in("copper lantern drifts east").await.unwrap();
        assert!(!signed.must_change_password);
        let caller = account::authenticate::session(&kit.app, now(), &signed.token).await.unwrap().unwrap();
        let nora = Ctx { caller, ..admin.clone() };
        assert_eq!(kind(list::list(&nora, &ClaimFilter::default()).await.unwrap_err()), ErrorKind::Forbidden);
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

#[tokio::test]
async fn an_invitation_goes_by_mail_and_nobody_else_sees_the_link() {
    on_both(|kit| async move {
        let (kit, mailbox) = kit.filled(1).await.with_mail();
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let input = PersonInput {
            name: "Nora New".into(),
            email: "nora@northgate.example".into(),
            role: "handler".into(),
            company_id: admin.caller.company.unwrap().to_string(),
            ..PersonInput::default()
        };
        let issued = admin::people::create(&admin, &input).await.unwrap();
        let id = issued.href.rsplit('/').next().unwrap();
        let standing = async || admin::people::view(&admin, id).await.unwrap().standing;
        assert_eq!((issued.secret.as_str(), mailbox.letters().len()), ("", 0), "it goes out with the transaction");
        assert!(standing().await.contains("waits to be sent"));
        // The mail server is away at first.
        mailbox.fail(service::ports::MailError::Failed("away".into()));
        kit.work().await;
        assert!(standing().await.contains("waits to be sent"));
        kit.work_at(now() + chrono::Duration::minutes(10)).await;
        let letters = mailbox.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, "nora@northgate.example");
        assert!(standing().await.contains("was sent"), "{}", standing().await);
        let token = letters[0].text.split("/welcome/").nth(1).unwrap().split_whitespace().next().unwrap();
        let password = "copper lantern drifts east";
        account::invitation::accept(&kit.app.system(now()), token, password, password).await.unwrap();
        assert_eq!(standing().await, "Active.");
        // Of two links that wait only the newer one is sent: the older opens nothing.
        let later = kit.ctx_at(NORTHGATE, Role::Administrator, now() + chrono::Duration::minutes(1)).await;
        admin::people::reset_password(&admin, id).await.unwrap();
        admin::people::reset_password(&later, id).await.unwrap();
        kit.work_at(now() + chrono::Duration::minutes(12)).await;
        assert_eq!(mailbox.letters().len(), 2);
        let jobs = store::jobs::list(&kit.app.store, Reach::Operator, Some(store::jobs::State::Failed), None, 9).await;
        assert!(jobs.unwrap().remove(0).error.unwrap().contains("replaced by a newer one"));
        // A new link takes the password away; an address that the mail server refuses is told.
        let latest = kit.ctx_at(NORTHGATE, Role::Administrator, now() + chrono::Duration::minutes(15)).await;
        admin::people::reset_password(&latest, id).await.unwrap();
        assert!(account::sign_in::sign_in(&kit.app, now(), &input.email, password, "a").await.is_err());
        mailbox.fail(service::ports::MailError::Refused("550 nora@northgate.example unknown".into()));
        kit.work_at(now() + chrono::Duration::minutes(20)).await;
        assert!(standing().await.contains("refuses the address"), "{}", standing().await);
        let jobs = store::jobs::list(&kit.app.store, Reach::Operator, Some(store::jobs::State::Failed), None, 9).await;
        let failed = jobs.unwrap().remove(0).error.unwrap();
        assert!(failed.contains("correct the address") && !failed.contains("nora"), "{failed}");
    })
    .await;
}
