//! What keeps a claim from being settled too early, or forgotten: the report of the Civil Liability Act, the clocks of law
//! and protocol, and asking somebody in particular.

use contract::ErrorKind;
use contract::table::Cell;
use domain::policy::Role;
use service::claims::decide::{self, Put};
use service::claims::{create, entry, flag, review, view};
use store::people;
use testkit::{NORTHGATE, on_both};

use crate::room::act;
use crate::{entered, kind, report, table};

#[tokio::test]
async fn a_claim_that_claims_the_tariff_needs_a_report_whatever_it_states() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let of = |fixed: u64| {
            let json = serde_json::json!({
                "accident_type": "Rear end", "injury_prognosis_months": 6, "whiplash": false,
                "general_fixed_pence": fixed, "special_therapy_pence": 40_000,
            });
            entry::from_json(&json, handler.now.date_naive()).unwrap()
        };
        let put =
            || Put { amount: Some(domain::Money::from_pounds(400)), reason: "negotiated".into(), ..Put::default() };
        let (claim, _) = create::enter(&handler, of(56_500), "form", None).await.unwrap();
        let id = claim.claim.id.to_string();
        for no_whiplash in [false, true] {
            let refused = decide::decide(&handler, &id, Put { no_whiplash, ..put() }).await.unwrap_err().into_app();
            assert_eq!((refused.kind, refused.fields[0].field.as_str()), (ErrorKind::Invalid, "medical_report"));
            assert!(refused.fields[0].message.contains("claims the whiplash tariff"), "{refused:?}");
        }
        let offer = [("id", id.as_str()), ("side", "ours"), ("amount", "400"), ("expires_on", "")];
        assert_eq!(act(&handler, "offer.make", &offer).await.map(drop).map_err(kind), Err(ErrorKind::Conflict));
        assert_eq!(view::view(&handler, &id).await.unwrap().whiplash, Some(true), "the page asks for the report");
        decide::decide(&handler, &id, Put { medical_report: true, ..put() }).await.unwrap();
        // Without the tariff its word counts.
        let (claim, _) = create::enter(&handler, of(0), "form", None).await.unwrap();
        decide::decide(&handler, &claim.claim.id.to_string(), put()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_clock_runs_until_somebody_says_that_it_is_met() {
    on_both(|kit| async move {
        let kit = kit.filled(0).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let json = serde_json::json!({
            "accident_type": "Rear end", "injury_prognosis_months": 6, "general_fixed_pence": 56_500,
            "accident_date": "2026-08-01", "claim_date": "2026-09-01",
        });
        let entry = entry::from_json(&json, handler.now.date_naive()).unwrap();
        let (claim, _) = create::enter(&handler, entry, "form", None).await.unwrap();
        let id = claim.claim.id.to_string();
        let tile = async || {
            let dashboard = report(&handler, "dashboard", "").await;
            let tiles = dashboard.parts.into_iter().find_map(|part| match part {
                contract::page::Part::Tiles(tiles) => Some(tiles),
                _ => None,
            });
            tiles.unwrap().into_iter().find(|tile| tile.label == "Clocks run out").unwrap().value
        };
        let listed = async || table(&report(&handler, "diary", "").await, "Clocks of your open claims").rows.len();
        // Of its three clocks two have run out by 22 November 2026.
        assert_eq!((tile().await.as_str(), listed().await), ("2", 3));
        let met = [("id", id.as_str()), ("clock", "register"), ("met", "true")];
        for _ in 0..2 {
            act(&handler, "diary.clock", &met).await.unwrap();
        }
        assert_eq!((tile().await.as_str(), listed().await), ("1", 2));
        let page = view::view(&handler, &id).await.unwrap();
        let next = page.parts.iter().find_map(|part| match part {
            contract::page::Part::Table(table) if table.caption == "What comes next" => Some(table),
            _ => None,
        });
        let words = |cell: &Cell| matches!(cell, Cell::Badge(words, _) if words.starts_with("Done by Hannah Reed"));
        assert_eq!(next.unwrap().rows.iter().flatten().filter(|cell| words(cell)).count(), 1);
        act(&handler, "diary.clock", &[("id", &id), ("clock", "register"), ("met", "false")]).await.unwrap();
        assert_eq!((tile().await.as_str(), listed().await), ("2", 3));
        let unknown = act(&handler, "diary.clock", &[("id", &id), ("clock", "tea"), ("met", "true")]).await;
        assert_eq!(unknown.map(drop).map_err(kind), Err(ErrorKind::NotFound));
    })
    .await;
}

#[tokio::test]
async fn somebody_in_particular_may_be_asked_for_a_review() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let id = entered(&handler).await.claim.id.to_string();
        let who = manager.caller.person().unwrap().0;
        assert!(view::view(&handler, &id).await.unwrap().reviewers.iter().any(|(id, _)| *id == who.to_string()));
        let me = handler.caller.actor.name();
        for wrong in [me.as_str(), "usr_nobody"] {
            let refused = flag::flag_for(&handler, &id, "The invoices", wrong).await.unwrap_err().into_app();
            assert_eq!(refused.fields[0].field, "who", "{wrong}");
        }
        flag::flag_for(&handler, &id, "The invoices", &who.to_string()).await.unwrap();
        let queue = review::queue(&manager).await.unwrap();
        let row = queue.rows.iter().find(|row| format!("{row:?}").contains("The invoices")).unwrap();
        let name = people::find(&kit.app.store, manager.caller.reach, who).await.unwrap().name;
        assert!(row.contains(&Cell::Text(name)), "{row:?}");
    })
    .await;
}
