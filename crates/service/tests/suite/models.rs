//! Uploading, deploying, comparing models; working without one.

use contract::ErrorKind;
use domain::Money;
use domain::policy::Role;
use service::claims::decide::{Put, decide};
use service::claims::outcome;
use service::models::list::Registry;
use service::models::measure;
use service::{account, admin, models};
use store::Reach;
use testkit::{HARBOUR, NORTHGATE, SOLATIUM, now, on_both};

use crate::{accept, entered, kind};

#[tokio::test]
async fn models_are_checked_deployed_and_rolled_back() {
    on_both(|kit| async move {
        let kit = kit.filled(20).await;
        let engineer = kit.ctx(SOLATIUM, Role::Engineer).await;
        let refused = models::upload::upload(&engineer, b"not a bundle".to_vec(), "").await.unwrap();
        assert!(refused.model.is_none() && refused.checks.iter().any(|c| !c.passed));
        assert_eq!(
            kind(models::upload::upload(&engineer, testkit::bundle(), "").await.unwrap_err()),
            ErrorKind::Conflict
        );
        let registry = Registry::of(&engineer).await.unwrap();
        assert_eq!(registry.serving().as_deref(), Some("settlement v2"));
        let (newest, first) = (registry.all[0].id, registry.all[1].id);
        // Deployed with a reason, and rolled back from with one: the version is withdrawn.
        assert_eq!(models::deploy::roll_back(&engineer, "Too low.", None).await.unwrap(), "settlement v1");
        let again = models::deploy::roll_back(&engineer, "Again.", None).await.unwrap_err();
        assert_eq!(kind(again), ErrorKind::Conflict, "a second roll-back has nowhere to go");
        let back = models::deploy::deploy(&engineer, newest, "Once more.", None).await.unwrap_err().into_app();
        assert!(back.message.contains("was withdrawn: Too low."), "{}", back.message);
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        assert_eq!(entered(&handler).await.prediction.unwrap().2, 1, "the version that serves answers at once");
        let parts = models::compare::compare(&engineer, &first.to_string(), &newest.to_string(), false).await.unwrap();
        let words = format!("{parts:?}");
        assert!(words.contains("on average") && words.contains("Which is nearer cannot be said yet"), "{words}");
        // An insurer's engineer deploys for that insurer alone, and returns to what serves everybody.
        let own = kit.ctx(NORTHGATE, Role::Engineer).await;
        let mine = testkit::approved(&kit, NORTHGATE, testkit::third_bundle()).await;
        models::deploy::deploy(&own, mine, "Our own.", None).await.unwrap();
        assert_eq!(entered(&handler).await.prediction.unwrap().0.model, mine);
        let theirs = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(entered(&theirs).await.prediction.unwrap().0.model, first);
        models::deploy::give_back(&own, None).await.unwrap();
        assert_eq!(entered(&handler).await.prediction.unwrap().0.model, first);
        assert_eq!(kind(models::deploy::give_back(&own, None).await.unwrap_err()), ErrorKind::Conflict);
        // Stopped, nothing answers: for the insurer alone, or for everybody.
        models::deploy::stop(&own, "The tariff has changed.", None).await.unwrap();
        assert!(entered(&handler).await.prediction.is_none() && entered(&theirs).await.prediction.is_some());
        models::deploy::stop(&engineer, "All of it.", None).await.unwrap();
        assert!(entered(&theirs).await.prediction.is_none());
        let csv = exported(&engineer, "").await;
        for personal in ["Female", "gender", "driver_age", "sore neck", "Hannah"] {
            assert!(!csv.contains(personal), "{personal} is in the export");
        }
    })
    .await;
}

/// Story 23: who uploads does not approve, nothing unapproved is deployed, and of two who deploy at once one is told.
#[tokio::test]
async fn a_version_serves_once_a_second_person_approved_it() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let id = models::upload::upload(&engineer, testkit::bundle(), "").await.unwrap().model.unwrap();
        let said = |result: service::Result<String>| result.unwrap_err().into_app().message;
        assert!(said(models::deploy::deploy(&engineer, id, "Now.", None).await).contains("has to approve"));
        assert!(said(models::approve::approve(&engineer, id, "").await).contains("does not approve it"));
        let stranger = kit.ctx(HARBOUR, Role::Administrator).await;
        assert_eq!(kind(models::approve::approve(&stranger, id, "").await.unwrap_err()), ErrorKind::NotFound);
        let ours = kit.ctx(SOLATIUM, Role::Administrator).await;
        assert!(said(models::approve::approve(&ours, id, "").await).contains("another company’s"));
        let second = kit.ctx(NORTHGATE, Role::Administrator).await;
        models::approve::approve(&second, id, "Looked at it.").await.unwrap();
        assert!(said(models::approve::approve(&second, id, "").await).contains("approved already"));
        let why = models::deploy::deploy(&engineer, id, " ", None).await.unwrap_err().into_app();
        assert!(why.field("note").is_some(), "it takes another's place: for a reason");
        // Both saw that nothing of their own serves.
        models::deploy::deploy(&engineer, id, "Ours.", Some(None)).await.unwrap();
        let other = testkit::approved(&kit, NORTHGATE, testkit::third_bundle()).await;
        assert!(
            said(models::deploy::deploy(&engineer, other, "Mine.", Some(None)).await).contains("has changed since")
        );
    })
    .await;
}

/// Stories 20 and 21: a manifest's figures are held against true outcomes before a version is approved.
#[tokio::test]
async fn a_version_that_is_not_what_it_says_is_not_approved() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let rows = (0..measure::FEWEST as i64 + 20).map(|i| (i as u64, crate::claim(20_000 + 700 * i))).collect();
        let made = service::claims::create::from_file(&handler, rows, &Default::default()).await.unwrap().unwrap();
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let second = kit.ctx(NORTHGATE, Role::Administrator).await;
        let id = models::upload::upload(&engineer, testkit::bundle(), "").await.unwrap().model.unwrap();
        let company = handler.caller.company;
        let early = models::measure::measure(&second, id, company).await.unwrap();
        assert!(early.all.is_none() && early.refuses().is_none(), "too few outcomes are no verdict");
        for (_, entered) in &made {
            // Four times what anybody would predict.
            let put = outcome::Put {
                amount: entered.claim.total.checked_add(Money::from_pounds(4_000)).unwrap(),
                settled_on: now().date_naive(),
                reference: String::new(),
            };
            outcome::record(&handler, &entered.claim.id.to_string(), put).await.unwrap();
        }
        let said = |result: service::Result<String>| result.unwrap_err().into_app().message;
        assert!(said(models::approve::approve(&second, id, "").await).contains("measure it first"));
        models::measure::keep(&second, id, company).await.unwrap();
        assert!(said(models::approve::approve(&second, id, "").await).contains("not the model that was described"));
        let page = crate::report(&engineer, "model", &format!("id={id}")).await;
        assert!(format!("{page:?}").contains("and errs by £"), "claimed and measured stand side by side");
    })
    .await;
}

#[tokio::test]
async fn without_a_model_a_person_decides_by_hand() {
    on_both(|kit| async move {
        let kit = kit;
        let ctx = kit.app.system(now());
        let token = account::setup::offer(&ctx).await.unwrap().unwrap();
        let first = |token| account::setup::FirstAdministrator {
            token,
            name: "Ada",
            email: "ada@example.org",
            password: "copper lantern drifts west",
        };
        account::setup::complete(&ctx, first(&token)).await.unwrap();
        assert_eq!(
            kind(account::setup::complete(&ctx, first(&token)).await.unwrap_err()),
            ErrorKind::NotFound,
            "the link works once"
        );
        assert!(account::setup::offer(&ctx).await.unwrap().is_none());
        let input = contract::admin::CompanyInput { name: "Insurer".into(), ..Default::default() };
        let company = admin::companies::create(&ctx, &input).await.unwrap();
        let mut handler = ctx.clone();
        handler.caller.company = Some(company);
        handler.caller.reach = Reach::Company(company);
        let one = crate::untold(&handler).await;
        assert!(one.prediction.is_none());
        let id = one.claim.id.to_string();
        assert_eq!(kind(decide(&handler, &id, accept(&one)).await.unwrap_err()), ErrorKind::Conflict);
        let own = Put { amount: Some(Money::from_pounds(800)), reason: "negotiated".into(), ..Put::default() };
        let refused = decide(&handler, &id, own.clone()).await.unwrap_err().into_app();
        assert!(
            refused.field("medical_report").is_some(),
            "whiplash is not known: a report, or a word that it is none"
        );
        let own = Put { no_whiplash: true, ..own };
        assert_eq!(decide(&handler, &id, own).await.unwrap().kind, domain::settlement::DecisionKind::Manual);
    })
    .await;
}

/// Story 11: what engineers learn from.
#[tokio::test]
async fn overridden_predictions_are_found_whatever_came_after() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let engineer = kit.ctx(SOLATIUM, Role::Engineer).await;
        let all = crate::list(&engineer, "predictions", "").await;
        let overridden = crate::list(&engineer, "predictions", "overridden=true").await;
        let csv = exported(&engineer, "").await;
        let lines = csv.lines().filter(|l| l.contains(",overridden,")).count();
        assert!(overridden.total > 0 && overridden.total < all.total);
        assert_eq!((overridden.total as usize, csv.lines().count() - 1), (lines, all.total as usize));
        assert!(overridden.table.rows.iter().all(|row| format!("{row:?}").contains("overridden")));
        // The file holds what the page's filter shows.
        assert_eq!(overridden.table.csv.as_deref(), Some("/export/predictions.csv?overridden=true"));
        let some = exported(&engineer, "overridden=true").await;
        assert_eq!(some.lines().count() - 1, lines);
        assert!(some.lines().skip(1).all(|line| line.contains(",overridden,")));
    })
    .await;
}

/// The whole export as text.
async fn exported(ctx: &service::Ctx, query: &str) -> String {
    let mut export =
        service::exports::begin(ctx, "predictions.csv", &service::reports::Query::parse(query)).await.unwrap();
    let mut text = Vec::new();
    while let Some(piece) = export.next().await.unwrap() {
        text.extend(piece);
    }
    String::from_utf8(text).unwrap()
}

/// What is predicted while an export is read stands in it once, or not at all.
#[tokio::test]
async fn an_export_repeats_nothing() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let entries = |from: i64, n: i64| (0..n).map(|i| (i as u64, crate::claim(from + i))).collect();
        service::claims::create::from_file(&handler, entries(10_000, 1_100), &Default::default()).await.unwrap();
        let engineer = kit.ctx_at(SOLATIUM, Role::Engineer, now() + chrono::Duration::seconds(1)).await;
        let mut export = service::exports::begin(&engineer, "predictions.csv", &Default::default()).await.unwrap();
        let mut text = export.next().await.unwrap().unwrap();
        let later = kit.ctx_at(NORTHGATE, Role::Handler, now() + chrono::Duration::seconds(2)).await;
        service::claims::create::from_file(&later, entries(20_000, 50), &Default::default()).await.unwrap();
        while let Some(piece) = export.next().await.unwrap() {
            text.extend(piece);
        }
        let text = String::from_utf8(text).unwrap();
        let ids: Vec<&str> = text.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
        let different: std::collections::BTreeSet<&&str> = ids.iter().collect();
        assert_eq!((different.len(), ids.len()), (ids.len(), 1_104));
        let times: Vec<&str> = text.lines().skip(1).map(|l| l.split(',').nth(1).unwrap()).collect();
        assert!(times.is_sorted(), "oldest first");
    })
    .await;
}
