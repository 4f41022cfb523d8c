//! Uploading, deploying, comparing models; working without one.

use contract::ErrorKind;
use domain::Money;
use domain::policy::Role;
use service::claims::decide::{Put, decide};
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
        assert!(refused.model_id.is_none() && refused.checks.iter().any(|c| !c.passed));
        assert_eq!(
            kind(models::upload::upload(&engineer, testkit::bundle(), "").await.unwrap_err()),
            ErrorKind::Conflict
        );
        let registry = models::list::list(&engineer).await.unwrap();
        assert_eq!(registry.serving.as_deref(), Some("settlement v2"));
        assert_eq!(models::deploy::roll_back(&engineer).await.unwrap(), "settlement v1");
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        assert_eq!(entered(&handler).await.prediction.unwrap().2, 1, "the version that serves answers at once");
        let (a, b) = (registry.choices[0].0.to_string(), registry.choices[1].0.to_string());
        let comparison = models::compare::compare(&engineer, &a, &b).await.unwrap();
        assert!(!comparison.claims.rows.is_empty() && comparison.words.contains("on average"));
        // An insurer's engineer deploys for that insurer alone.
        let own = kit.ctx(NORTHGATE, Role::Engineer).await;
        models::deploy::deploy(&own, &a, "").await.unwrap();
        assert_eq!(entered(&handler).await.prediction.unwrap().2, 2);
        let theirs = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(entered(&theirs).await.prediction.unwrap().2, 1);
        let csv = exported(&engineer, "").await;
        for personal in ["Female", "gender", "driver_age", "sore neck", "Hannah"] {
            assert!(!csv.contains(personal), "{personal} is in the export");
        }
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
    let mut export = models::export::export(ctx, &service::reports::Query::parse(query)).await.unwrap();
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
        let mut export = models::export::export(&engineer, &Default::default()).await.unwrap();
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
