//! What claims finally settled for: recorded, corrected, told apart from what was decided.

use contract::ErrorKind;
use domain::Money;
use domain::outcome::Tier;
use domain::policy::Role;
use service::acts::{self, Entries};
use service::claims::decide::decide;
use service::claims::outcome::{self, Became, Put};
use service::claims::{create, import, similar, view};
use testkit::{HARBOUR, NORTHGATE, now, on_both};

use crate::{accept, audit_rows, entered, kind};

fn put(pounds: i64) -> Put {
    Put { amount: Money::from_pounds(pounds), settled_on: now().date_naive(), reference: "P-1".into() }
}

fn entries(all: &[(&str, &str)]) -> Entries {
    let all = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.collect::<std::collections::BTreeMap<_, _>>().into()
}

#[tokio::test]
async fn an_outcome_is_recorded_once_and_corrected_by_another() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let id = entered(&handler).await.claim.id.to_string();
        let before = audit_rows(&kit).await;
        let (first, became) = outcome::record(&handler, &id, put(900)).await.unwrap();
        assert_eq!((became, first.tier, first.judged.is_some()), (Became::Recorded, Tier::A, true));
        let (same, became) = outcome::record(&handler, &id, put(900)).await.unwrap();
        assert_eq!((became, same.id), (Became::Known, first.id));
        let (second, became) = outcome::record(&handler, &id, put(950)).await.unwrap();
        assert_eq!((became, second.supersedes), (Became::Corrected, Some(first.id)));
        assert_eq!(audit_rows(&kit).await, before + 2, "what changed nothing is not recorded");
        let all = outcome::read(&handler, &id).await.unwrap();
        assert_eq!(all.iter().map(|o| o.amount).collect::<Vec<_>>(), [950, 900].map(Money::from_pounds));
        assert!(all[0].superseded_at.is_none() && all[1].superseded_at.is_some());
        assert_eq!(all[0].reference, "P-1");
        // Nothing is settled by it.
        let claim = view::view(&handler, &id).await.unwrap();
        assert_eq!(claim.status, domain::settlement::ClaimStatus::Open);
        let stranger = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(kind(outcome::record(&stranger, &id, put(1)).await.unwrap_err()), ErrorKind::NotFound);
        assert_eq!(kind(outcome::read(&stranger, &id).await.unwrap_err()), ErrorKind::NotFound);
        let tomorrow = Put { settled_on: now().date_naive().succ_opt().unwrap(), ..put(900) };
        let refused = outcome::record(&handler, &id, tomorrow).await.unwrap_err().into_app();
        assert!(refused.field("settled_on").is_some());
    })
    .await;
}

/// A person who types on the day of the decision repeats the decision.
#[tokio::test]
async fn what_is_typed_on_the_day_of_the_decision_judges_no_model() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        let id = one.claim.id.to_string();
        let decision = decide(&handler, &id, accept(&one)).await.unwrap();
        let day = now().date_naive().to_string();
        let typed = |amount: String, seen: String| {
            entries(&[("id", &id), ("amount", &amount), ("settled_on", &day), ("seen", &seen)])
        };
        acts::run(&handler, "outcome.record", &typed(decision.amount.plain(), String::new())).await.unwrap();
        let first = outcome::read(&handler, &id).await.unwrap().remove(0);
        assert_eq!((first.tier, first.decided_day), (Tier::D, Some(now().date_naive())));
        let later = kit.ctx_at(NORTHGATE, Role::Handler, now() + chrono::Duration::days(1)).await;
        let stale = acts::run(&later, "outcome.record", &typed("900".into(), String::new())).await;
        assert_eq!(kind(stale.unwrap_err()), ErrorKind::Conflict, "another stands there by now");
        acts::run(&later, "outcome.record", &typed("900".into(), first.id.to_string())).await.unwrap();
        let second = outcome::read(&later, &id).await.unwrap().remove(0);
        assert_eq!((second.tier, second.supersedes), (Tier::A, Some(first.id)));
    })
    .await;
}

#[tokio::test]
async fn of_many_who_record_at_once_one_stands() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let id = entered(&handler).await.claim.id.to_string();
        let all = (0..8).map(|i| outcome::record(&handler, &id, put(900 + i % 3)));
        let done = futures_util::future::join_all(all).await;
        assert!(done.iter().filter(|d| d.is_ok()).count() >= 5, "{done:?}");
        let kept = outcome::read(&handler, &id).await.unwrap();
        assert_eq!(kept.iter().filter(|o| o.superseded_at.is_none()).count(), 1, "one is in force");
        for pair in kept.windows(2) {
            assert_eq!(pair[0].supersedes, Some(pair[1].id), "each corrects the one before");
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_of_outcomes_keeps_good_rows_and_names_bad_ones() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let mut made = Vec::new();
        for reference in ["MI-77", "MI-77", "MI-9"] {
            let entry = service::claims::entry::Entry { reference: Some(reference.into()), ..crate::claim(40_000) };
            made.push(create::enter(&handler, entry, "form", None).await.unwrap().0.claim);
        }
        let theirs = entered(&kit.ctx(HARBOUR, Role::Handler).await).await.claim;
        let number = |i: usize| service::claims::number(made[i].number);
        let file = format!(
            "Claim,Settled amount,Settled on,Reference\n{},900,2026-11-01,P-1\nmi-9,800.50,02/11/2026,\nMI-77,700,2026-11-01,\nC-999999,1,2026-11-01,\n{},1,2099-01-01,\n{},900,2026-11-01,P-1\n",
            number(0),
            number(1),
            number(0),
        );
        let report = import::import(&handler, "outcomes.csv", file.clone().into_bytes(), false).await.unwrap();
        assert_eq!(report.kept.iter().map(|k| k.line).collect::<Vec<_>>(), [2, 3]);
        let wrong: Vec<_> = report.problems.iter().map(|p| (p.line, p.column.as_str())).collect();
        assert_eq!(wrong, [(4, "Claim"), (5, "Claim"), (6, "Settled on")], "two claims have the reference MI-77");
        assert_eq!((report.known, report.refused), (1, 3), "the last row says what the first did");
        let again = import::import(&handler, "outcomes.csv", file.into_bytes(), false).await.unwrap();
        assert_eq!((again.kept.len(), again.known), (0, 3));
        let kept = outcome::read(&handler, &made[2].id.to_string()).await.unwrap();
        assert_eq!((kept[0].amount.pence(), kept[0].tier), (80_050, Tier::A));
        let foreign = kit.ctx(HARBOUR, Role::Handler).await;
        let file = format!("Claim,Settled amount,Settled on\n{},5,2026-11-01\n", number(2));
        import::import(&foreign, "o.csv", file.into_bytes(), false).await.unwrap();
        let untouched = outcome::read(&handler, &made[2].id.to_string()).await.unwrap();
        assert_eq!(untouched.len(), 1, "a number means a claim of one’s own company");
        assert_ne!(theirs.id, made[2].id);
    })
    .await;
}

/// Similar settled claims: true outcomes first, and what the others are is said.
#[tokio::test]
async fn accepted_predictions_are_no_evidence() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(HARBOUR, Role::Handler).await;
        let asked = entered(&handler).await.claim;
        let mut settled = Vec::new();
        for _ in 0..10 {
            let one = entered(&handler).await;
            decide(&handler, &one.claim.id.to_string(), accept(&one)).await.unwrap();
            settled.push(one.claim);
        }
        let before = similar::similar(&handler, &asked, None).await.unwrap();
        assert!(before.claims.rows.iter().all(|row| format!("{row:?}").contains("Accepted prediction")));
        assert!(!before.spread.unwrap().contains("most similar"), "accepted predictions give no spread");
        for claim in &settled[..9] {
            outcome::record(&handler, &claim.id.to_string(), put(800)).await.unwrap();
        }
        let after = similar::similar(&handler, &asked, None).await.unwrap();
        let whats: Vec<_> = after.claims.rows.iter().map(|row| format!("{row:?}")).collect();
        assert!(whats.iter().all(|row| row.contains("True outcome")), "{whats:?}");
        assert!(after.spread.unwrap().contains("The 9 most similar true outcomes"));
    })
    .await;
}

/// Typing the prediction first and accepting it afterwards makes no evidence of it; the claims system does.
#[tokio::test]
async fn what_is_typed_before_the_decision_repeats_it_too_until_the_claims_system_says_the_same() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        let (id, day) = (one.claim.id.to_string(), now().date_naive().to_string());
        let amount = one.claim.predicted.unwrap();
        let typed = entries(&[("id", &id), ("amount", &amount.plain()), ("settled_on", &day), ("seen", "")]);
        acts::run(&handler, "outcome.record", &typed).await.unwrap();
        assert_eq!(outcome::read(&handler, &id).await.unwrap()[0].tier, Tier::A, "nobody has decided here");
        decide(&handler, &id, accept(&one)).await.unwrap();
        let all = outcome::read(&handler, &id).await.unwrap();
        assert_eq!((all[0].tier, all[0].amount, all.len()), (Tier::D, amount, 2));
        assert_eq!(all[0].supersedes, Some(all[1].id), "nothing is edited");
        // The very same from the claims system is news: it confirms it.
        let same = Put { amount, settled_on: now().date_naive(), reference: String::new() };
        let (confirmed, became) = outcome::record(&handler, &id, same.clone()).await.unwrap();
        assert_eq!((became, confirmed.tier), (Became::Corrected, Tier::A));
        assert_eq!(outcome::record(&handler, &id, same).await.unwrap().1, Became::Known);
    })
    .await;
}

#[tokio::test]
async fn a_file_may_correct_one_claim_as_often_as_it_likes() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        let number = service::claims::number(one.claim.number);
        let day = now().date_naive();
        let rows = (0..150).map(|i| format!("{number},{},{day}\n", 500 + i)).collect::<String>();
        let file = format!("Claim,Settled amount,Settled on\n{rows}");
        let report = import::import(&handler, "many.csv", file.into_bytes(), false).await.unwrap();
        assert_eq!((report.refused, report.problems.len()), (0, 0));
        let all = outcome::read(&handler, &one.claim.id.to_string()).await.unwrap();
        assert_eq!(all[0].amount, Money::from_pounds(649), "the last line stands");
    })
    .await;
}

/// Whoever could hand in what was just accepted would make it a label.
#[tokio::test]
async fn a_file_of_the_decision_s_day_repeats_it_and_one_of_another_day_does_not() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let handed = |ctx: service::Ctx, number: String, amount: String| async move {
            let file = format!("Claim,Settled amount,Settled on\n{number},{amount},{}\n", now().date_naive());
            let done = import::import(&ctx, "o.csv", file.into_bytes(), false).await.unwrap();
            assert_eq!(done.kept.len(), 1, "{done:?}");
        };
        let one = entered(&handler).await;
        let (id, number) = (one.claim.id.to_string(), service::claims::number(one.claim.number));
        let accepted = one.claim.predicted.unwrap();
        decide(&handler, &id, accept(&one)).await.unwrap();
        handed(handler.clone(), number.clone(), accepted.plain()).await;
        let kept = outcome::read(&handler, &id).await.unwrap();
        assert_eq!((kept[0].tier, kept[0].amount), (Tier::D, accepted));
        // The next day's file says the same: now it is known apart from the decision.
        let tomorrow = kit.ctx_at(NORTHGATE, Role::Handler, now() + chrono::Duration::days(1)).await;
        handed(tomorrow, number, accepted.plain()).await;
        assert_eq!(outcome::read(&handler, &id).await.unwrap()[0].tier, Tier::A);
        // A file of an earlier day stays what it is, whatever is decided later.
        let one = entered(&handler).await;
        let (id, number) = (one.claim.id.to_string(), service::claims::number(one.claim.number));
        handed(handler.clone(), number, "620.00".into()).await;
        let later = kit.ctx_at(NORTHGATE, Role::Handler, now() + chrono::Duration::days(9)).await;
        decide(&later, &id, accept(&one)).await.unwrap();
        let kept = outcome::read(&handler, &id).await.unwrap();
        assert_eq!((kept.len(), kept[0].tier), (1, Tier::A));
    })
    .await;
}

#[tokio::test]
async fn a_decision_taken_back_repeats_nothing_any_more() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        let id = one.claim.id.to_string();
        let day = now().date_naive().to_string();
        let typed = [("id", id.as_str()), ("amount", "620"), ("settled_on", &day), ("seen", "")];
        acts::run(&handler, "outcome.record", &entries(&typed)).await.unwrap();
        let decision = decide(&handler, &id, accept(&one)).await.unwrap();
        assert_eq!(outcome::read(&handler, &id).await.unwrap()[0].tier, Tier::C);
        service::claims::undo::undo(&handler, &id, &decision.id.to_string()).await.unwrap();
        let kept = outcome::read(&handler, &id).await.unwrap();
        assert_eq!((kept[0].tier, kept[0].decided_day), (Tier::A, None));
        // Decided again, it repeats that.
        decide(&handler, &id, accept(&one)).await.unwrap();
        assert_eq!(outcome::read(&handler, &id).await.unwrap()[0].tier, Tier::C);
    })
    .await;
}
