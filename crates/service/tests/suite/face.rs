//! What pages do beyond showing: undoing a decision, several claims at once, views of one's own, files known from before.

use chrono::Duration;
use contract::ErrorKind;
use domain::policy::Role;
use domain::settlement::ClaimStatus;
use service::claims::decide::decide;
use service::claims::{flag, import, saved_views, undo, view};
use service::{Ctx, account};
use store::{Reach, claims};
use testkit::{HARBOUR, Kit, NORTHGATE, now, on_both};

use crate::{accept, entered, kind};

/// The same person some seconds later.
async fn later(kit: &Kit, role: Role, seconds: i64) -> Ctx {
    kit.ctx_at(NORTHGATE, role, now() + Duration::seconds(seconds)).await
}

#[tokio::test]
async fn a_decision_can_be_undone_for_ten_seconds_by_whoever_made_it() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        let (id, company) = (one.claim.id.to_string(), one.claim.company);
        let before = store::figures::standing(&kit.app.store, Reach::Company(company)).await.unwrap();
        let decision = decide(&handler, &id, accept(&one)).await.unwrap();
        let shown = view::view(&handler, &id).await.unwrap();
        assert_eq!(shown.decision.as_ref().unwrap().undo_seconds, Some(undo::WITHIN));
        let decided = decision.id.to_string();

        // Nobody else, and nobody later.
        let manager = later(&kit, Role::Manager, 1).await;
        assert_eq!(kind(undo::undo(&manager, &id, &decided).await.unwrap_err()), ErrorKind::Conflict);
        let late = later(&kit, Role::Handler, undo::WITHIN + 1).await;
        assert_eq!(view::view(&late, &id).await.unwrap().decision.unwrap().undo_seconds, None);
        assert_eq!(kind(undo::undo(&late, &id, &decided).await.unwrap_err()), ErrorKind::Conflict);
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(kind(undo::undo(&other, &id, &decided).await.unwrap_err()), ErrorKind::NotFound);

        let soon = later(&kit, Role::Handler, undo::WITHIN).await;
        undo::undo(&soon, &id, &decided).await.unwrap();
        let claim = claims::find(&kit.app.store, Reach::Company(company), one.claim.id).await.unwrap();
        assert_eq!((claim.status, claim.settled), (ClaimStatus::Open, None));
        assert!(!claim.medical_report, "what was stated with the decision is taken back with it");
        assert_eq!(store::figures::standing(&kit.app.store, Reach::Company(company)).await.unwrap(), before);
        let rows = store::audit::of_entity(&kit.app.store, Reach::Company(company), &id).await.unwrap();
        let acts: Vec<_> = rows.iter().map(|r| r.action.as_str()).filter(|a| a.starts_with("claim.")).collect();
        assert!(acts.contains(&"claim.decided") && acts.contains(&"claim.undone"), "{acts:?}");
        assert_eq!(kind(undo::undo(&soon, &id, &decided).await.unwrap_err()), ErrorKind::Conflict, "only once");
        // And it is decided again.
        decide(&soon, &id, accept(&one)).await.unwrap();
    })
    .await;
}

/// Undone by the one who decided, everything is as before: figures of every kind, and what was stated with it.
#[tokio::test]
async fn an_override_with_statements_leaves_nothing_when_it_is_undone() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = crate::untold(&handler).await;
        let (id, reach) = (one.claim.id.to_string(), Reach::Company(one.claim.company));
        let before = claims::find(&kit.app.store, reach, one.claim.id).await.unwrap();
        let put = service::claims::decide::Put {
            amount: Some(domain::Money::from_pounds(700)),
            reason: "liability".into(),
            note: "shared".into(),
            no_whiplash: true,
            ..Default::default()
        };
        let decision = decide(&handler, &id, put).await.unwrap();
        undo::undo(&handler, &id, &decision.id.to_string()).await.unwrap();
        let after = claims::find(&kit.app.store, reach, one.claim.id).await.unwrap();
        assert_eq!((after.facts, after.medical_report, after.status), (before.facts, false, ClaimStatus::Open));
        // The legal gate is closed again.
        assert_eq!(
            kind(
                decide(&handler, &id, service::claims::decide::Put { medical_report: false, ..accept(&one) })
                    .await
                    .unwrap_err()
            ),
            ErrorKind::Invalid
        );
        // Of two who undo at once one is told that it does not stand any more.
        let decision = decide(&handler, &id, accept(&one)).await.unwrap().id.to_string();
        let (a, b) = tokio::join!(undo::undo(&handler, &id, &decision), undo::undo(&handler, &id, &decision));
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_next_claim_is_the_one_behind_also_among_those_of_one_file() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(HARBOUR, Role::Handler).await;
        let entries: Vec<_> = (0..4).map(|i| (i, crate::claim(10_000 + i as i64))).collect();
        let saved = service::claims::create::from_file(&handler, entries, &Default::default()).await.unwrap().unwrap();
        let mut ids: Vec<_> = saved.iter().map(|(_, e)| e.claim.id).collect();
        ids.sort();
        for pair in ids.windows(2) {
            let next = view::view(&handler, &pair[1].to_string()).await.unwrap().next.unwrap();
            assert_eq!(next.1, format!("/claims/{}", pair[0]));
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_decision_tells_others_waits_until_it_stands() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let (handler, manager) = (kit.ctx(NORTHGATE, Role::Handler).await, kit.ctx(NORTHGATE, Role::Manager).await);
        let told = |ctx: Ctx| async move {
            let all = account::notifications::list(&ctx).await.unwrap();
            all.into_iter().filter(|n| n.text.contains("reviewed")).count()
        };
        for undone in [true, false] {
            let one = entered(&handler).await;
            let id = one.claim.id.to_string();
            flag::flag(&handler, &id, "look").await.unwrap();
            let before = told(handler.clone()).await;
            let decision = decide(&manager, &id, accept(&one)).await.unwrap();
            assert_eq!(told(handler.clone()).await, before, "not at once");
            if undone {
                undo::undo(&manager, &id, &decision.id.to_string()).await.unwrap();
                let shown = view::view(&manager, &id).await.unwrap();
                assert_eq!(shown.status, ClaimStatus::Flagged, "the review waits again");
                assert!(shown.review.unwrap().answer.is_none());
            }
            kit.work_at(now() + Duration::seconds(undo::WITHIN + 10)).await;
            assert_eq!(told(handler.clone()).await, before + usize::from(!undone));
        }
    })
    .await;
}

#[tokio::test]
async fn several_claims_are_flagged_together_or_not_at_all_and_managers_are_told_once() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let (handler, manager) = (kit.ctx(NORTHGATE, Role::Handler).await, kit.ctx(NORTHGATE, Role::Manager).await);
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(entered(&handler).await.claim.id.to_string());
        }
        let unread = |ctx: Ctx| async move { account::notifications::list(&ctx).await.unwrap().len() };
        let before = unread(manager.clone()).await;
        let decided = entered(&handler).await;
        decide(&handler, &decided.claim.id.to_string(), accept(&decided)).await.unwrap();
        let mixed: Vec<_> = ids.iter().cloned().chain([decided.claim.id.to_string()]).collect();
        let refused = flag::flag_all(&handler, &mixed, "Look").await.unwrap_err().into_app();
        assert!(refused.message.contains("already decided"), "{}", refused.message);
        assert_eq!(view::view(&handler, &ids[0]).await.unwrap().status, ClaimStatus::Open);

        let twice: Vec<_> = ids.iter().cloned().chain(ids.clone()).collect();
        assert_eq!(flag::flag_all(&handler, &twice, "Look").await.unwrap(), 3);
        assert_eq!(unread(manager.clone()).await, before + 1);
        assert_eq!(kind(flag::flag_all(&handler, &[], "Look").await.unwrap_err()), ErrorKind::Invalid);
        // Whoever looks at what they were told of has read it.
        let alone = entered(&handler).await.claim.id.to_string();
        flag::flag(&handler, &alone, "Look").await.unwrap();
        view::view(&manager, &alone).await.unwrap();
        let all = account::notifications::list(&manager).await.unwrap();
        assert!(all.iter().find(|n| n.href.ends_with(&alone)).unwrap().read);
    })
    .await;
}

#[tokio::test]
async fn chosen_claims_are_exported_and_nothing_else() {
    on_both(|kit| async move {
        let kit = kit.filled(6).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await.claim.id;
        let rows = |query: String| {
            let handler = handler.clone();
            async move { crate::list(&handler, "claims", &query).await.table.rows.len() }
        };
        assert_eq!(rows(format!("ids[]={one}")).await, 1);
        assert_eq!(rows("ids[]=garbage".into()).await, 0);
        let theirs = entered(&kit.ctx(HARBOUR, Role::Handler).await).await.claim.id;
        assert_eq!(rows(format!("ids[]={theirs}")).await, 0);
        assert!(rows(String::new()).await > 1);
    })
    .await;
}

#[tokio::test]
async fn views_belong_to_one_person() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let (handler, manager) = (kit.ctx(NORTHGATE, Role::Handler).await, kit.ctx(NORTHGATE, Role::Manager).await);
        saved_views::save(&handler, " Large ones ", "?sort=largest&status=open").await.unwrap();
        let own = saved_views::list(&handler).await.unwrap();
        assert_eq!((own[0].name.as_str(), own[0].query.as_str()), ("Large ones", "sort=largest&status=open"));
        assert!(saved_views::list(&manager).await.unwrap().is_empty());
        let theirs = saved_views::remove(&manager, &own[0].id.to_string()).await.unwrap_err();
        assert_eq!(kind(theirs), ErrorKind::NotFound);
        assert_eq!(saved_views::list(&handler).await.unwrap().len(), 1, "nobody removes another's");
        for (name, query) in
            [("", "a=b"), (&*"x".repeat(41), ""), ("x\u{7}", ""), ("x", &*"y".repeat(1_001)), ("x", "a b")]
        {
            assert_eq!(kind(saved_views::save(&handler, name, query).await.unwrap_err()), ErrorKind::Invalid);
        }
        for _ in 1..store::saved_views::MOST {
            saved_views::save(&handler, "More", "").await.unwrap();
        }
        assert_eq!(kind(saved_views::save(&handler, "Too many", "").await.unwrap_err()), ErrorKind::Conflict);
        saved_views::remove(&handler, &own[0].id.to_string()).await.unwrap();
        assert_eq!(saved_views::list(&handler).await.unwrap().len() as u64, store::saved_views::MOST - 1);
    })
    .await;
}

#[tokio::test]
async fn rows_that_were_imported_before_are_left_out_unless_they_are_wanted() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let csv = b"GeneralFixed,SpecialTherapy,Injury_Prognosis\n565,400,F. 6 months\n565,410,F. 6 months\n".to_vec();
        let more = [&csv[..], b"565,420,F. 6 months\n"].concat();
        assert_eq!(import::import(&handler, "a.csv", csv.clone(), false).await.unwrap().kept.len(), 2);
        let again = import::import(&handler, "b.csv", more.clone(), false).await.unwrap();
        assert_eq!((again.kept.len(), again.known), (1, 2));
        assert!(again.notes.iter().any(|n| n.starts_with("2 rows were imported before")), "{:?}", again.notes);
        assert_eq!(import::import(&handler, "b.csv", more, true).await.unwrap().kept.len(), 3);
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(
            import::import(&other, "a.csv", csv, false).await.unwrap().kept.len(),
            2,
            "another company's are apart"
        );
        let none =
            import::import(&handler, "x.csv", b"name,age\nAnn,4\n".to_vec(), false).await.unwrap_err().into_app();
        assert!(none.field("file").unwrap().starts_with("No claim was found"), "{none:?}");
    })
    .await;
}

#[tokio::test]
async fn charts_are_had_as_drawings_and_as_figures() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let engineer = kit.ctx(testkit::SOLATIUM, Role::Engineer).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let model = service::models::list::Registry::of(&engineer).await.unwrap().all[0].id.to_string();
        let of = |name: &'static str| {
            let (engineer, model) = (engineer.clone(), model.clone());
            async move { service::models::report::file(&engineer, &model, name).await }
        };
        let drawing = String::from_utf8(of("what-moves-predictions.svg").await.unwrap().bytes).unwrap();
        assert!(drawing.starts_with("<svg") && !drawing.contains("var(--"), "it stands by itself");
        let figures = String::from_utf8(of("mean-error-by-gender-and-age.csv").await.unwrap().bytes).unwrap();
        assert!(figures.lines().any(|line| line.starts_with("Female,")), "{figures}");
        for none in ["what-moves-predictions.exe", "nothing.svg", "nothing"] {
            assert_eq!(kind(of(none).await.unwrap_err()), ErrorKind::NotFound, "{none}");
        }

        let one = entered(&handler).await;
        let prediction = one.claim.prediction.unwrap().to_string();
        let waterfall = |ctx: Ctx, name: &'static str| {
            let prediction = prediction.clone();
            async move { service::claims::waterfall_file::file(&ctx, &prediction, name).await }
        };
        let figures = String::from_utf8(waterfall(handler.clone(), "waterfall.csv").await.unwrap().bytes).unwrap();
        let pence = |line: &str| (line.rsplit(',').next().unwrap().parse::<f64>().unwrap() * 100.0).round() as i64;
        let rows: Vec<i64> = figures.lines().skip(1).map(pence).collect();
        let (amount, parts) = rows.split_last().unwrap();
        assert_eq!(parts.iter().sum::<i64>(), *amount, "the figures add up to the penny");
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(kind(waterfall(other, "waterfall.svg").await.unwrap_err()), ErrorKind::NotFound);
    })
    .await;
}
