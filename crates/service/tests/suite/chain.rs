//! The audit log's chains: what somebody with the database does to them is found and named.

use contract::table::Tone;
use domain::policy::Role;
use service::chain::{check_signature, export, verify};
use service::jobs::{Order, audit_export, audit_verify, enqueue};
use store::chain::{Broken, OPERATOR};
use testkit::{Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::entered;

async fn broken(kit: &Kit) -> Option<Broken> {
    verify(&kit.app.system(now()), &[]).await.unwrap().broken
}

#[tokio::test]
async fn edited_deleted_reordered_and_cut_rows_are_found() {
    on_both(|kit| async move {
        let kit = kit.filled(12).await;
        let company = kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap().to_string();
        let holds = verify(&kit.app.system(now()), &[]).await.unwrap();
        assert!(holds.broken.is_none() && holds.rows > 20 && holds.heads.len() == 4, "{holds:?}");
        let again = verify(&kit.app.system(now()), &[]).await.unwrap();
        assert_eq!(holds.digest, again.digest, "to look changes nothing");
        let at = |n: i64| format!("chain = '{company}' AND position = {n}");
        // Edited.
        kit.raw(&format!("UPDATE audit_events SET details = '{{\"amount\":1}}', actor_id = 'x' WHERE {}", at(3))).await;
        let found = broken(&kit).await.unwrap();
        assert_eq!((found.chain.as_str(), found.position), (company.as_str(), 3), "{found}");
        assert!(found.to_string().contains("edited"), "{found}");
    })
    .await;
    for (what, position, words) in [
        ("delete", 3, "missing"),
        ("reorder", 3, "does not follow"),
        ("cut", 4, "the end is missing"),
        ("add", 0, "has no link"),
    ] {
        on_both(|kit| async move {
            let kit = kit.filled(12).await;
            let company = kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap().to_string();
            let of = format!("chain = '{company}'");
            let sql = match what {
                "delete" => vec![format!("DELETE FROM audit_events WHERE {of} AND position = 3")],
                "reorder" => vec![
                    format!("UPDATE audit_events SET position = -3 WHERE {of} AND position = 3"),
                    format!("UPDATE audit_events SET position = 3 WHERE {of} AND position = 4"),
                    format!("UPDATE audit_events SET position = 4 WHERE {of} AND position = -3"),
                ],
                "cut" => vec![format!("DELETE FROM audit_events WHERE {of} AND position > 3")],
                _ => vec![format!(
                    "INSERT INTO audit_events (id, at, company_id, actor_kind, action, entity, details) VALUES ('aud_x', 0, '{company}', 'system', 'claim.decided', 'claim', '{{}}')"
                )],
            };
            for sql in sql {
                kit.raw(&sql).await;
            }
            let found = broken(&kit).await.unwrap();
            assert_eq!((found.chain.as_str(), found.position), (company.as_str(), position), "{what}: {found}");
            assert!(found.to_string().contains(words), "{what}: {found}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_past_that_was_mended_is_found_by_an_exported_head() {
    let kit = Kit::sqlite().await.filled(8).await;
    let ctx = kit.app.system(now());
    let exported = export(&ctx, &kit.app.ports.audit_key).await.unwrap();
    check_signature(&exported).unwrap();
    entered(&kit.ctx(NORTHGATE, Role::Handler).await).await;
    assert!(verify(&ctx, &exported.heads).await.unwrap().broken.is_none(), "what came after is no fault");
    // The end is cut off and the head is set back to match: nothing inside shows it.
    let company = kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap().to_string();
    kit.raw(&format!("DELETE FROM audit_events WHERE chain = '{company}' AND position > 2")).await;
    kit.raw(&format!(
        "UPDATE audit_heads SET position = 2, hash = (SELECT hash FROM audit_events WHERE chain = '{company}' AND position = 2) WHERE chain = '{company}'"
    ))
    .await;
    assert!(verify(&ctx, &[]).await.unwrap().broken.is_none());
    let found = verify(&ctx, &exported.heads).await.unwrap().broken.unwrap();
    assert_eq!((found.chain.as_str(), found.position), (company.as_str(), 3));
    assert!(found.to_string().contains("when the head was exported"), "{found}");
    // An exported head that was edited is none.
    let mut edited = exported.clone();
    edited.heads[0].position -= 1;
    assert!(check_signature(&edited).is_err());
    edited = exported;
    edited.public_key = "00".repeat(32);
    assert!(check_signature(&edited).is_err());
}

#[tokio::test]
async fn rows_of_before_the_chain_are_covered_by_its_first_link() {
    let packed = include_bytes!("../../../testkit/releases/0.1.0.db.zst");
    let kit = Kit::of_release(packed, include_str!("../../../testkit/releases/0.1.0.key")).await;
    entered(&kit.ctx(NORTHGATE, Role::Handler).await).await;
    assert_eq!(broken(&kit).await, None);
    kit.raw("UPDATE audit_events SET action = 'claim.flagged' WHERE seq = (SELECT min(seq) FROM audit_events WHERE company_id IS NOT NULL)").await;
    let found = broken(&kit).await.unwrap();
    assert_eq!(found.position, 0);
    assert!(found.to_string().contains("before the chain"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_in_the_order_of_commits_whoever_writes() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let other = kit.reopened().await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let there = service::Ctx { app: other, ..handler.clone() };
        let writers: Vec<_> = (0..20)
            .map(|i| {
                let ctx = if i % 2 == 0 { handler.clone() } else { there.clone() };
                tokio::spawn(async move { entered(&ctx).await })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(broken(&kit).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_night_verifies_and_exports_and_the_audit_page_says_so() {
    let kit = Kit::sqlite().await.filled(4).await;
    kit.work().await;
    let admin = kit.ctx(SOLATIUM, Role::Administrator).await;
    let said = async || match crate::report(&admin, "audit", "").await.parts.remove(0) {
        contract::page::Part::Notice(tone, words) => (tone, words),
        other => panic!("{other:?}"),
    };
    assert_eq!(said().await.0, Tone::Plain);
    let order = async |kind| {
        let ctx = kit.app.system(now());
        let tx = ctx.begin().await.unwrap();
        enqueue(&ctx, &tx, Order::of(kind)).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        kit.work().await;
    };
    order(&audit_verify::KIND).await;
    order(&audit_export::KIND).await;
    let holds = said().await;
    assert!(holds.0 == Tone::Good && holds.1.contains("22 Nov 2026"), "{holds:?}");
    let file = kit.app.ports.files.get("audit-heads/2026-11-22.json").await.unwrap().unwrap();
    let exported: service::chain::Exported = serde_json::from_slice(&file).unwrap();
    check_signature(&exported).unwrap();
    assert!(exported.heads.iter().any(|h| h.chain == OPERATOR));
    kit.raw("DELETE FROM audit_events WHERE position = 2").await;
    order(&audit_verify::KIND).await;
    let broken = said().await;
    assert!(broken.0 == Tone::Bad && broken.1.contains("row 2"), "{broken:?}");
    let failed = Some(store::jobs::State::Failed);
    let failed = store::jobs::list(&kit.app.store, store::Reach::Operator, failed, None, 9).await.unwrap();
    assert!(failed.iter().any(|j| j.kind == "audit.verify"), "and our administrators are told");
}

#[tokio::test]
async fn rows_of_a_version_without_chains_are_taken_in_once_and_recorded() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let company = kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap().to_string();
        let former = |id: &str, company: &str| {
            format!(
                "INSERT INTO audit_events (id, at, company_id, actor_kind, action, entity, details) \
                 VALUES ('{id}', 1, {company}, 'system', 'claim.created', 'claim', '{{}}')"
            )
        };
        kit.raw(&former("old1", &format!("'{company}'"))).await;
        kit.raw(&former("old2", &format!("'{company}'"))).await;
        kit.raw(&former("old3", "NULL")).await;
        let found = broken(&kit).await.unwrap();
        assert!(found.what.contains("solatium audit adopt"), "{found:?}");
        let system = kit.app.system(now());
        let adopted = service::chain::adopt(&system).await.unwrap();
        assert_eq!(adopted, [(company.clone(), 2), (OPERATOR.to_owned(), 1)]);
        assert_eq!(broken(&kit).await, None);
        assert_eq!(service::chain::adopt(&system).await.unwrap(), []);
        let recorded = store::audit::AuditQuery { action: "audit.adopted".into(), ..Default::default() };
        assert_eq!(store::audit::count(&kit.app.store, store::Reach::Operator, &recorded).await.unwrap(), 1);
        // From now on they are covered as all others are.
        kit.raw("UPDATE audit_events SET details = '{\"x\":1}' WHERE id = 'old2'").await;
        assert!(broken(&kit).await.unwrap().what.contains("edited"));
        // And claims go on.
        entered(&kit.ctx(NORTHGATE, Role::Handler).await).await;
    })
    .await;
}

/// A claim is not shown before its reading is in the queue; refusals, of which somebody can make any number, keep
/// nobody waiting and no reading out.
#[tokio::test]
async fn a_reading_waits_for_its_place_in_the_log_and_a_refusal_does_not() {
    let kit = Kit::sqlite().await.filled(4).await;
    let handler = kit.ctx(NORTHGATE, Role::Handler).await;
    let claim = entered(&handler).await.claim.id.to_string();
    let (reads, mut read) = tokio::sync::mpsc::channel(1);
    let (refusals, _kept) = tokio::sync::mpsc::channel(1);
    let app = service::App { notes: Some(service::Notes { reads, refusals }), ..kit.app.clone() };
    let ctx = service::Ctx { app, ..handler.clone() };
    for _ in 0..5 {
        let refused = service::reports::view(&ctx, "audit", &Default::default()).await.map(|_| ());
        assert_eq!(refused.map_err(crate::kind), Err(contract::ErrorKind::Forbidden));
    }
    service::claims::view::view(&ctx, &claim).await.unwrap();
    let wait = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(wait, service::claims::view::view(&ctx, &claim)).await.is_err(), "it waits");
    assert_eq!(read.recv().await.unwrap().action, "claim.read");
    service::claims::view::view(&ctx, &claim).await.unwrap();
}
