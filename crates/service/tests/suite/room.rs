//! The claims handler's room: what is confirmed of documents, offers, authority, own estimates, assessed heads, the diary,
//! bookmarks, contests, and what people wish to be told.

use std::collections::BTreeMap;

use contract::ErrorKind;
use contract::claim::{ClaimFilter, WhatIf};
use domain::Money;
use domain::policy::Role;
use domain::settlement::ClaimStatus;
use service::acts::Done;
use service::claims::decide::{self, Put};
use service::claims::{flag, list, undo, view, what_if};
use service::documents::upload;
use service::{Ctx, Result, acts};
use store::claims::Claim;
use store::{Reach, claims, figures, offers};
use testkit::{HARBOUR, Kit, NORTHGATE, on_both};

use crate::{accept, entered, kind};

const LETTER: &[u8] =
    "Date of accident: 31/03/2026\nPhysiotherapy: £425.00\nPhysiotherapy fees: £450.00\nLoss of earnings: £310.50\n"
        .as_bytes();

pub async fn act(ctx: &Ctx, name: &str, entries: &[(&str, &str)]) -> Result<Done> {
    let entries: BTreeMap<String, String> =
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    acts::run(ctx, name, &entries.into()).await
}

/// Puts the letter on a claim, and says under which id.
async fn added(ctx: &Ctx, claim: &str, name: &str) -> String {
    upload::upload(ctx, claim, name, testkit::ports::sent(LETTER)).await.unwrap().document.id.to_string()
}

async fn again(ctx: &Ctx, claim: &Claim) -> Claim {
    claims::find(&ctx.app.store, ctx.caller.reach, claim.id).await.unwrap()
}

/// A person's decision for an amount, a report being there.
fn settling(pounds: i64) -> Put {
    Put {
        amount: Some(Money::from_pounds(pounds)),
        reason: "negotiated".into(),
        medical_report: true,
        ..Put::default()
    }
}

/// The figures are what counting everything gives.
async fn figures_hold(kit: &Kit) {
    let before = crate::figures::all(kit).await;
    let tx = kit.app.store.begin().await.unwrap();
    figures::recount(&tx).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    assert_eq!(crate::figures::all(kit).await, before);
}

#[tokio::test]
async fn what_a_document_says_goes_to_the_claim_by_a_person_alone() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let claim = entered(&handler).await.claim;
        let id = claim.id.to_string();
        let document = added(&handler, &id, "letter.txt").await;
        kit.work().await;
        let found = async || service::documents::list::one(&handler, &document).await.unwrap();
        let of = |all: &[service::documents::Found], raw: &str| {
            let found = all.iter().find(|f| f.raw.contains(raw)).unwrap();
            (found.id.to_string(), found.answer.version.to_string(), found.answer.state.clone())
        };
        assert_eq!(again(&handler, &claim).await.facts, claim.facts, "reading changes nothing");
        let all = found().await.1;
        let (wages, version, _) = of(&all, "310.50");
        let answer = |id: &str, version: &str, answer: &str, value: &str| {
            [("id", id), ("version", version), ("answer", answer), ("value", value)].map(|(a, b)| (a, b.to_owned()))
        };
        let put = async |ctx: &Ctx, entries: [(&str, String); 4]| {
            let entries: Vec<(&str, &str)> = entries.iter().map(|(a, b)| (*a, b.as_str())).collect();
            act(ctx, "document.answer", &entries).await
        };
        // A value that cannot be is refused beside its input, and nothing is answered.
        let wrong = put(&handler, answer(&wages, &version, "confirm", "lots")).await.unwrap_err().into_app();
        assert_eq!((wrong.kind, wrong.fields[0].field.as_str()), (ErrorKind::Invalid, "value"));
        let said = put(&handler, answer(&wages, &version, "confirm", "310.50")).await.unwrap().said;
        assert!(said.contains("predicted anew"), "{said}");
        let now = again(&handler, &claim).await;
        assert_eq!(now.facts.heads.get(domain::Head::SpecialEarningsLoss), Some(Money::from_pence(31_050)));
        assert_eq!(now.total.pence(), claim.total.pence() + 31_050);
        assert!(now.prediction.is_some() && now.prediction != claim.prediction);
        // Two who answer at once: the second is told who was first.
        let beaten = put(&manager, answer(&wages, &version, "reject", "")).await.unwrap_err().into_app();
        assert_eq!(beaten.kind, ErrorKind::Conflict);
        assert!(beaten.message.contains("Hannah Reed"), "{}", beaten.message);
        // Of two values for one field the other is passed over, and can still be taken.
        let (first, version, _) = of(&all, "425.00");
        put(&handler, answer(&first, &version, "confirm", "430")).await.unwrap();
        let all = found().await.1;
        assert_eq!(of(&all, "425.00").2, "edited");
        let (second, version, state) = of(&all, "450.00");
        assert_eq!(state, "passed_over");
        put(&handler, answer(&second, &version, "confirm", "450.00")).await.unwrap();
        let therapy = again(&handler, &claim).await.facts.heads.get(domain::Head::SpecialTherapy);
        assert_eq!(therapy, Some(Money::from_pounds(450)));
        let (date, version, _) = of(&found().await.1, "31/03/2026");
        put(&handler, answer(&date, &version, "reject", "")).await.unwrap();
        assert_eq!(found().await.0.state, "done");
        // A slip is taken back.
        let entries = |version: &'static str| [("id", date.clone()), ("version", version.to_owned())];
        let reopen = async |entries: [(&str, String); 2]| {
            let entries: Vec<(&str, &str)> = entries.iter().map(|(a, b)| (*a, b.as_str())).collect();
            act(&handler, "document.reopen", &entries).await
        };
        assert_eq!(kind(reopen(entries("1")).await.unwrap_err()), ErrorKind::Conflict);
        reopen(entries("2")).await.unwrap();
        assert_eq!(found().await.0.state, "to_confirm");
        put(&handler, answer(&date, "3", "reject", "")).await.unwrap();
        // What is read again keeps what people answered.
        kit.work().await;
        assert_eq!(again(&handler, &claim).await.facts.accident_date, claim.facts.accident_date);
        // It is the medical report: the gate is open.
        assert!(!again(&handler, &claim).await.medical_report);
        act(&handler, "document.report", &[("id", &document), ("report", "true")]).await.unwrap();
        assert!(again(&handler, &claim).await.medical_report);
        act(&handler, "document.report", &[("id", &document), ("report", "false")]).await.unwrap();
        assert!(!again(&handler, &claim).await.medical_report);
        figures_hold(&kit).await;
        // Decided, it stands as it is; and another company finds nothing.
        decide::decide(&handler, &id, settling(500)).await.unwrap();
        let refused = act(&handler, "claim.correct", &[("id", &id), ("special_therapy", "1")]).await.unwrap_err();
        assert_eq!(kind(refused), ErrorKind::Conflict);
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        let refused = put(&other, answer(&date, "2", "confirm", "2026-03-31")).await.unwrap_err();
        assert_eq!(kind(refused), ErrorKind::NotFound);
        // The log tells which field, and never what it says.
        let rows = store::audit::of_entity(&kit.app.store, Reach::Operator, &id).await.unwrap();
        assert!(rows.iter().any(|r| r.action == "claim.restated"));
        assert!(rows.iter().all(|r| !r.details.contains("31050") && !r.details.contains("45000")));
    })
    .await;
}

#[tokio::test]
async fn two_who_correct_at_once_do_not_undo_each_other() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim;
        let id = claim.id.to_string();
        let one = [("id", id.as_str()), ("special_therapy", "410")];
        let other = [("id", id.as_str()), ("special_journey_expenses", "20")];
        let both = tokio::join!(act(&handler, "claim.correct", &one), act(&handler, "claim.correct", &other));
        let done = [both.0, both.1].into_iter().filter(|r| r.is_ok()).count();
        let heads = again(&handler, &claim).await.facts.heads;
        let taken = [
            heads.get(domain::Head::SpecialTherapy) == Some(Money::from_pounds(410)),
            heads.get(domain::Head::SpecialJourneyExpenses) == Some(Money::from_pounds(20)),
        ];
        assert!(done >= 1, "one of the two goes on");
        assert_eq!(taken.iter().filter(|t| **t).count(), done, "what was said to be done is there");
        figures_hold(&kit).await;
    })
    .await;
}

#[tokio::test]
async fn offers_are_a_ledger_and_an_acceptance_settles() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim;
        let id = claim.id.to_string();
        let all = async || offers::of_claim(&kit.app.store, handler.caller.reach, claim.id).await.unwrap();
        // Ours waits for the report; what they ask is recorded.
        let early = act(&handler, "offer.make", &[("id", &id), ("side", "ours"), ("amount", "700")]).await.unwrap_err();
        assert_eq!(early.into_app().fields[0].field, "side");
        act(&handler, "offer.make", &[("id", &id), ("side", "theirs"), ("amount", "900")]).await.unwrap();
        act(
            &handler,
            "offer.make",
            &[("id", &id), ("side", "theirs"), ("amount", "850"), ("expires_on", "2099-01-01")],
        )
        .await
        .unwrap();
        let mut states: Vec<_> = all().await.iter().map(|o| (o.amount.pence(), o.state.key())).collect();
        states.sort_unstable();
        assert_eq!(states, [(85_000, "open"), (90_000, "replaced")], "one stands open a side");
        let of = async |pence: i64| all().await.into_iter().find(|o| o.amount.pence() == pence).unwrap();
        let (first, second) = (of(90_000).await.id.to_string(), of(85_000).await.id.to_string());
        let gone = act(&handler, "offer.accept", &[("id", &first), ("version", "2")]).await.unwrap_err();
        assert_eq!(kind(gone), ErrorKind::Conflict, "a replaced offer is not accepted");
        // Acceptance asks for what settling asks for.
        let gated = act(&handler, "offer.accept", &[("id", &second), ("version", "1")]).await.unwrap_err();
        assert_eq!(gated.into_app().fields[0].field, "medical_report");
        assert_eq!(of(85_000).await.state.key(), "open", "nothing was done");
        let document = added(&handler, &id, "report.txt").await;
        kit.work().await;
        act(&handler, "document.report", &[("id", &document), ("report", "true")]).await.unwrap();
        // Its last day has passed.
        let late = kit.ctx_at(NORTHGATE, Role::Handler, "2099-01-02T09:00:00Z".parse().unwrap()).await;
        let expired = act(&late, "offer.accept", &[("id", &second), ("version", "1")]).await.unwrap_err().into_app();
        assert!(expired.message.contains("expired"), "{}", expired.message);
        // Two who accept at once settle once.
        let entries = [("id", second.as_str()), ("version", "1")];
        let both = tokio::join!(act(&handler, "offer.accept", &entries), act(&handler, "offer.accept", &entries));
        assert_eq!([both.0, both.1].into_iter().filter(|r| r.is_ok()).count(), 1);
        let settled = again(&handler, &claim).await;
        assert_eq!((settled.status, settled.settled), (ClaimStatus::Decided, Some(Money::from_pounds(850))));
        assert_eq!(of(85_000).await.state.key(), "accepted");
        let more = act(&handler, "offer.make", &[("id", &id), ("side", "theirs"), ("amount", "1")]).await.unwrap_err();
        assert_eq!(kind(more), ErrorKind::Conflict);
        // Undone, the offer stands again.
        let decision =
            store::decisions::of_claim(&kit.app.store, handler.caller.reach, claim.id).await.unwrap().unwrap();
        undo::undo(&handler, &id, &decision.id.to_string()).await.unwrap();
        assert_eq!(of(85_000).await.state.key(), "open");
        figures_hold(&kit).await;
    })
    .await;
}

#[tokio::test]
async fn limits_of_authority_are_kept_at_every_settlement() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let today = domain::calendar::london_date(handler.now).to_string();
        let set = async |who: &str, amount: &str| {
            act(&manager, "authority.set", &[("holder", who), ("amount", amount), ("since", &today)]).await
        };
        let own = manager.caller.actor.name();
        assert_eq!(kind(set(&own, "1").await.unwrap_err()), ErrorKind::Invalid, "nobody sets their own");
        set("everybody", "500").await.unwrap();
        let one = entered(&handler).await;
        let id = one.claim.id.to_string();
        let above = decide::decide(&handler, &id, settling(501)).await.unwrap_err().into_app();
        assert!(above.fields[0].message.contains("ask for a review"), "{:?}", above.fields);
        decide::decide(&handler, &id, settling(500)).await.unwrap();
        // Their own limit goes before everybody's, from its day on.
        set(&handler.caller.actor.name(), "800").await.unwrap();
        let two = entered(&handler).await.claim.id.to_string();
        decide::decide(&handler, &two, settling(800)).await.unwrap();
        // A manager has a limit too, and does not decide what they flagged themselves.
        let three = entered(&handler).await.claim.id.to_string();
        flag::flag(&manager, &three, "look").await.unwrap();
        let refused = decide::decide(&manager, &three, settling(100)).await.unwrap_err().into_app();
        assert!(refused.message.contains("another manager"), "{}", refused.message);
        let four = entered(&handler).await.claim.id.to_string();
        flag::flag(&handler, &four, "look").await.unwrap();
        let refused = decide::decide(&manager, &four, settling(501)).await.unwrap_err().into_app();
        assert!(refused.fields[0].message.contains("another manager"), "{:?}", refused.fields);
        decide::decide(&manager, &four, settling(500)).await.unwrap();
        // Another company's people have none of it.
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        let theirs = entered(&other).await.claim.id.to_string();
        decide::decide(&other, &theirs, settling(900)).await.unwrap();
        // Nobody raises the limit under which they fall themselves.
        assert_eq!(kind(set("everybody", "").await.unwrap_err()), ErrorKind::Invalid);
        assert_eq!(kind(set("everybody", "501").await.unwrap_err()), ErrorKind::Invalid);
        set("everybody", "450").await.unwrap();
        let foreign = set(&other.caller.actor.name(), "1").await.unwrap_err();
        assert_eq!(kind(foreign), ErrorKind::Invalid);
    })
    .await;
}

#[tokio::test]
async fn an_own_estimate_comes_before_the_prediction_everywhere() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let entered = entered(&handler).await;
        let id = entered.claim.id.to_string();
        let amount = entered.claim.predicted.unwrap().to_string();
        assert!(view::view(&handler, &id).await.unwrap().prediction.is_some(), "nobody asks for one yet");
        let rules = [("on", "true"), ("value", "100"), ("wide", "999"), ("share", "0")];
        act(&manager, "estimate.rules", &rules).await.unwrap();
        let seen = view::view(&handler, &id).await.unwrap();
        assert!(seen.prediction.is_none() && seen.estimate.is_some() && seen.alternatives.is_empty());
        let all = serde_json::to_string(&seen).unwrap();
        assert!(!all.contains(&amount), "the amount stands nowhere on the page");
        let rows = list::list(&handler, &ClaimFilter::default()).await.unwrap().rows;
        assert!(rows.iter().filter(|r| r.status == ClaimStatus::Open).all(|r| r.predicted.is_none()));
        let asked = WhatIf { claim_id: id.clone(), changes: BTreeMap::new() };
        assert_eq!(kind(what_if::what_if(&handler, &asked).await.unwrap_err()), ErrorKind::Conflict);
        let prediction = entered.claim.prediction.unwrap().to_string();
        let file = service::claims::waterfall_file::file(&handler, &prediction, "waterfall.csv").await;
        assert_eq!(file.map(drop).map_err(kind), Err(ErrorKind::Conflict));
        assert_eq!(kind(decide::decide(&handler, &id, accept(&entered)).await.unwrap_err()), ErrorKind::Conflict);
        let notice = service::claims::notice::file(&handler, &id).await;
        assert_eq!(notice.map(drop).map_err(kind), Err(ErrorKind::Conflict));
        let trail = format!("{:?}", crate::report(&handler, "trail", "").await);
        assert!(!trail.contains(&amount), "one's own trail tells it not");
        let file = b"GeneralFixed,SpecialTherapy,InjuryPrognosis\n565,400,F. 6 months\n".to_vec();
        let imported = service::claims::import::import(&handler, "a.csv", file, false).await.unwrap();
        assert!(!imported.kept.is_empty() && imported.kept.iter().all(|c| c.predicted.is_none()));
        // Flagging is no way round it.
        let flagged = crate::entered(&handler).await;
        flag::flag(&handler, &flagged.claim.id.to_string(), "look").await.unwrap();
        assert!(view::view(&handler, &flagged.claim.id.to_string()).await.unwrap().prediction.is_none());
        assert!(view::view(&manager, &flagged.claim.id.to_string()).await.unwrap().prediction.is_none());
        act(&handler, "estimate.give", &[("id", &id), ("estimate", "600")]).await.unwrap();
        let twice = act(&handler, "estimate.give", &[("id", &id), ("estimate", "700")]).await.unwrap_err();
        assert_eq!(kind(twice), ErrorKind::Conflict);
        let seen = view::view(&handler, &id).await.unwrap();
        assert!(seen.prediction.is_some() && seen.estimate.is_none());
        decide::decide(&handler, &id, accept(&entered)).await.unwrap();
        let weights = crate::report(&manager, "estimates", "").await;
        let table = crate::table(&weights, "How far people follow the prediction");
        assert!(format!("{:?}", table.rows).contains("1.00"), "the prediction was taken whole: {:?}", table.rows);
    })
    .await;
}

#[tokio::test]
async fn heads_are_adjusted_for_a_reason_and_their_sum_settles() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim;
        let id = claim.id.to_string();
        let bare =
            act(&handler, "heads.assess", &[("id", &id), ("special_therapy", "250")]).await.unwrap_err().into_app();
        assert_eq!(bare.fields[0].field, "special_therapy_reason");
        let entries = [
            ("id", id.as_str()),
            ("special_therapy", "250"),
            ("special_therapy_reason", "no_receipt"),
            ("general_fixed", "565"),
        ];
        act(&handler, "heads.assess", &entries).await.unwrap();
        let page = view::view(&handler, &id).await.unwrap();
        let text = serde_json::to_string(&page.parts).unwrap();
        assert!(text.contains("£815.00") && text.contains("No invoice or receipt supports it"), "{text}");
        // Whoever saw another sum does not settle for this one.
        let stale = act(&handler, "heads.settle", &[("id", &id), ("pence", "96500")]).await.unwrap_err();
        assert_eq!(kind(stale), ErrorKind::Conflict);
        let document = added(&handler, &id, "report.txt").await;
        kit.work().await;
        act(&handler, "document.report", &[("id", &document), ("report", "true")]).await.unwrap();
        act(&handler, "heads.settle", &[("id", &id), ("pence", "81500")]).await.unwrap();
        assert_eq!(again(&handler, &claim).await.settled, Some(Money::from_pounds(815)));
    })
    .await;
}

#[tokio::test]
async fn a_contest_opens_the_claim_to_somebody_else() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let claim = entered(&handler).await.claim;
        let id = claim.id.to_string();
        let entries = [("id", id.as_str()), ("ground", "The physiotherapy was left out.")];
        assert_eq!(
            kind(act(&handler, "contest.enter", &entries).await.unwrap_err()),
            ErrorKind::Conflict,
            "not decided"
        );
        decide::decide(&manager, &id, settling(500)).await.unwrap();
        act(&handler, "contest.enter", &entries).await.unwrap();
        let open = again(&handler, &claim).await;
        assert_eq!((open.status, open.settled), (ClaimStatus::Flagged, None));
        figures_hold(&kit).await;
        let own = decide::decide(&manager, &id, settling(600)).await.unwrap_err().into_app();
        assert!(own.message.contains("somebody else"), "{}", own.message);
        let told = store::notifications::list(&kit.app.store, manager.caller.person().unwrap().0, 10).await.unwrap();
        assert!(told.iter().any(|(text, ..)| text.contains("contests")), "{told:?}");
        // Another manager decides, and the contest is over: one who is not the decider, and did not enter it.
        let people = store::people::list(&kit.app.store, manager.caller.reach).await.unwrap();
        let third =
            people.iter().find(|p| ![&handler, &manager].iter().any(|c| c.caller.actor.name() == p.id.to_string()));
        let actor = service::Actor::Person { id: third.unwrap().id, role: Role::Manager, session: "test".into() };
        let other = Ctx { caller: service::Caller { actor, ..manager.caller.clone() }, ..manager.clone() };
        decide::decide(&other, &id, settling(650)).await.unwrap();
        let contests = store::contests::of_claim(&kit.app.store, handler.caller.reach, claim.id).await.unwrap();
        assert!(contests[0].ended.is_some());
        figures_hold(&kit).await;
    })
    .await;
}

#[tokio::test]
async fn bookmarks_are_ones_own_unless_shared() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        let claim = entered(&handler).await.claim;
        let id = claim.id.to_string();
        act(&handler, "bookmark.put", &[("id", &id), ("note", "A clear one")]).await.unwrap();
        let rows = async |ctx: &Ctx, caption: &str| {
            let report = crate::report(ctx, "bookmarks", "").await;
            crate::table(&report, caption).rows.len()
        };
        assert_eq!((rows(&handler, "Yours").await, rows(&manager, "The team’s").await), (1, 0));
        act(&handler, "bookmark.put", &[("id", &id), ("note", "A clear one"), ("shared", "true")]).await.unwrap();
        assert_eq!(
            (rows(&handler, "Yours").await, rows(&manager, "The team’s").await),
            (1, 1),
            "one a person and claim"
        );
        assert_eq!((rows(&other, "Yours").await, rows(&other, "The team’s").await), (0, 0));
        let foreign = act(&other, "bookmark.put", &[("id", &id)]).await.unwrap_err();
        assert_eq!(kind(foreign), ErrorKind::NotFound);
        // The note goes with the claimant's data.
        let tx = kit.app.store.begin().await.unwrap();
        store::claimants::shred(&tx, claim.claimant.unwrap(), handler.now).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        let text = format!("{:?}", crate::report(&handler, "bookmarks", "").await);
        assert!(!text.contains("A clear one"));
    })
    .await;
}

#[tokio::test]
async fn the_diary_passes_over_days_that_are_none_for_work() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx_at(NORTHGATE, Role::Handler, "2026-12-24T10:00:00Z".parse().unwrap()).await;
        let id = entered(&handler).await.claim.id.to_string();
        act(&handler, "diary.add", &[("id", &id), ("words", "Ring the garage"), ("due", "2026-12-25")]).await.unwrap();
        act(&handler, "diary.add", &[("id", &id), ("words", "Write to them"), ("in_days", "2")]).await.unwrap();
        let past = act(&handler, "diary.add", &[("id", &id), ("words", "x"), ("due", "2026-12-23")]).await.unwrap_err();
        assert_eq!(past.into_app().fields[0].field, "due");
        let own = store::diary::of_person(
            &kit.app.store,
            handler.caller.company.unwrap(),
            handler.caller.person().unwrap().0,
        )
        .await
        .unwrap();
        // Christmas Day, Saturday, Sunday and the day in lieu of Boxing Day pass.
        let due: Vec<_> = own.iter().map(|a| (a.words.as_str(), a.due.to_string())).collect();
        assert_eq!(due, [("Ring the garage", "2026-12-29".to_owned()), ("Write to them", "2026-12-30".into())]);
        let first = own[0].id.to_string();
        act(&handler, "diary.done", &[("id", &first)]).await.unwrap();
        assert_eq!(kind(act(&handler, "diary.done", &[("id", &first)]).await.unwrap_err()), ErrorKind::Conflict);
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(kind(act(&other, "diary.done", &[("id", &first)]).await.unwrap_err()), ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn people_are_told_as_they_wish_and_letters_tell_nothing() {
    let (kit, mailbox) = Kit::sqlite().await.with_mail();
    let kit = kit.filled(3).await;
    let handler = kit.ctx(NORTHGATE, Role::Handler).await;
    let manager = kit.ctx(NORTHGATE, Role::Manager).await;
    let me = manager.caller.person().unwrap().0;
    let wish = async |how: &str| {
        let entries = [
            ("reviewed", "here"),
            ("flagged", how),
            ("offer", "here"),
            ("contest", "here"),
            ("alert", "here"),
            ("methodology", "here"),
            ("tier", "here"),
            ("usage", "here"),
            ("approval", "here"),
            ("document", "here"),
        ];
        act(&manager, "profile.wish", &entries).await.unwrap();
    };
    let told = async || store::notifications::unread(&kit.app.store, me).await.unwrap();
    let before = told().await;
    wish("never").await;
    let claim = entered(&handler).await.claim;
    flag::flag(&handler, &claim.id.to_string(), "The neck").await.unwrap();
    assert_eq!(told().await, before);
    wish("mail").await;
    let claim = entered(&handler).await.claim;
    flag::flag(&handler, &claim.id.to_string(), "The neck").await.unwrap();
    assert_eq!(told().await, before + 1);
    kit.work().await;
    let letters = mailbox.letters();
    let letter = letters.iter().find(|l| l.subject.contains("review")).unwrap();
    assert!(letter.text.contains(&format!("/claims/{}", claim.id)), "{}", letter.text);
    assert!(!letter.text.contains("neck") && !letter.text.contains('£') && !letter.subject.contains("C-"));
}
