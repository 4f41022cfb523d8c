//! Documents that come before their claim, or in parts: on a draft, page by page, as files that are opened in parts; and
//! how long they are kept.

use std::sync::Arc;

use chrono::Duration;
use contract::ErrorKind;
use contract::claim::ClaimInput;
use domain::policy::Role;
use futures_util::StreamExt;
use service::claims::{create, draft};
use service::documents::{list, original, upload};
use service::{Ctx, acts};
use store::Reach;
use testkit::ports::{Pages, sent};
use testkit::{HARBOUR, Kit, NORTHGATE, on_both};

use crate::room::act;
use crate::{entered, kind};

const FORM: &[u8] = "Date of accident: 31/03/2026\nDate of claim: 20/04/2026\nPrognosis: 7 months\n\
                     Kind of accident: Rear end\nWhiplash: yes\nPhysiotherapy: £420.00\n"
    .as_bytes();

fn typed(fields: &[(&str, &str)]) -> ClaimInput {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ClaimInput { fields, ..ClaimInput::default() }
}

/// Confirms the fact of a field as it was found.
async fn confirm(ctx: &Ctx, document: &str, field: &str) -> service::Result<acts::Done> {
    let (_, found) = list::one(ctx, document).await?;
    let found = found.iter().find(|found| found.field == field).unwrap();
    let value = match &found.value {
        extract::Value::Whole(pence) if field.ends_with("_pence") => format!("{}.{:02}", pence / 100, pence % 100),
        other => serde_json::to_value(other).unwrap().to_string().trim_matches('"').to_owned(),
    };
    let (id, version) = (found.id.to_string(), found.answer.version.to_string());
    act(ctx, "document.answer", &[("id", &id), ("version", &version), ("answer", "confirm"), ("value", &value)]).await
}

#[tokio::test]
async fn a_claim_form_comes_before_its_claim_and_goes_with_it() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let made = upload::upload_to_draft(&handler, "form.txt", sent(FORM)).await.unwrap();
        let id = made.document.id.to_string();
        kit.work().await;
        let (read, found) = list::one(&handler, &id).await.unwrap();
        assert_eq!((read.state.as_str(), read.claim()), ("to_confirm", None));
        assert!(found.len() >= 4, "{:?}", found.iter().map(|f| &f.field).collect::<Vec<_>>());
        // It is theirs alone until it is a claim's.
        for other in [&manager, &kit.ctx(HARBOUR, Role::Handler).await] {
            assert_eq!(list::one(other, &id).await.map(drop).map_err(kind), Err(ErrorKind::NotFound));
            assert_eq!(original::original(other, &id, false).await.map(drop).map_err(kind), Err(ErrorKind::NotFound));
            let answered = confirm(other, &id, "accident_date").await;
            assert_eq!(answered.map(drop).map_err(kind), Err(ErrorKind::NotFound));
        }
        // What is confirmed goes into the draft; what is wrong is refused beside its input.
        draft::save(&handler, &typed(&[("accident_type", "Rear end")])).await.unwrap();
        for field in ["accident_date", "injury_prognosis_months", "special_therapy_pence", "whiplash"] {
            let said = confirm(&handler, &id, field).await.unwrap().said;
            assert!(said.contains("into your draft"), "{said}");
        }
        let version = list::one(&handler, &id).await.unwrap().1;
        let claimed = version.iter().find(|f| f.field == "claim_date").unwrap();
        let (candidate, seen) = (claimed.id.to_string(), claimed.answer.version.to_string());
        let wrong = [("id", candidate.as_str()), ("version", &seen), ("answer", "confirm"), ("value", "soon")];
        let refused = act(&handler, "document.answer", &wrong).await.unwrap_err().into_app();
        assert_eq!((refused.kind, refused.fields[0].field.as_str()), (ErrorKind::Invalid, "value"));
        // A form that knew nothing of it overwrites nothing of it.
        draft::save(&handler, &typed(&[("accident_type", "Side impact")])).await.unwrap();
        let view = draft::load(&handler).await.unwrap();
        for (field, value) in [
            ("accident_type", "Side impact"),
            ("accident_date", "2026-03-31"),
            ("injury_prognosis_months", "7"),
            ("special_therapy", "420.00"),
            ("whiplash", "yes"),
        ] {
            assert_eq!(view.input.get(field), value, "{field}");
        }
        assert_eq!(view.documents.rows.len(), 1);
        // No medical report before there is a claim.
        let report = act(&handler, "document.report", &[("id", &id), ("report", "true")]).await;
        assert_eq!(report.map(drop).map_err(kind), Err(ErrorKind::Conflict));

        let mut input = ClaimInput { token: view.token, ..view.input };
        input.fields.extend(typed(&[("claim_date", "2026-04-20"), ("claimant_reference", "C-77")]).fields);
        let claim = create::from_form(&handler, &input).await.unwrap().claim;
        assert_eq!(claim.facts.whiplash, Some(true), "an answer that was confirmed is on the claim");
        let (here, found) = list::one(&manager, &id).await.unwrap();
        assert_eq!(here.claim(), Some(claim.id), "colleagues see it now");
        assert!(
            found.iter().any(|f| f.answer.state == "confirmed") && found.iter().any(|f| f.answer.state == "proposed")
        );
        assert_eq!(original::original(&handler, &id, false).await.unwrap().1.whole().await.unwrap(), FORM);
        assert!(draft::load(&handler).await.unwrap().documents.rows.is_empty());
        let rows = store::audit::of_entity(&kit.app.store, Reach::Operator, &id).await.unwrap();
        assert!(rows.iter().any(|row| row.action == "document.attached"));
        // And it goes with its claimant: file, name, facts and pages.
        let tx = kit.app.store.begin().await.unwrap();
        store::claimants::shred(&tx, claim.claimant.unwrap(), handler.now).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        let (gone, found) = list::one(&handler, &id).await.unwrap();
        assert_eq!((gone.name.as_str(), found.len()), ("", 0));
        assert!(service::documents::read::read_pages(&handler, &gone).await.unwrap().is_empty());
        let file = original::original(&handler, &id, false).await.map(drop);
        assert_eq!(file.map_err(kind), Err(ErrorKind::NotFound));
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_is_discarded_leaves_no_document() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        kit.work().await;
        let before: usize = kit.app.ports.files.list().count().await;
        let id = upload::upload_to_draft(&handler, "form.txt", sent(FORM)).await.unwrap().document.id.to_string();
        // The same once; and what breaks off or is empty leaves nothing.
        let again = upload::upload_to_draft(&handler, "again.txt", sent(FORM)).await.map(drop);
        assert_eq!(again.map_err(kind), Err(ErrorKind::Conflict));
        let cut = futures_util::stream::iter([
            Ok(bytes::Bytes::from_static(b"Physio")),
            Err(service::Error::refused(ErrorKind::Invalid, "The upload broke off.")),
        ]);
        let cut = upload::upload_to_draft(&handler, "cut.txt", cut.boxed()).await.map(drop);
        assert_eq!(cut.map_err(kind), Err(ErrorKind::Invalid));
        assert!(upload::upload_to_draft(&handler, "none.txt", sent("")).await.is_err());
        kit.work().await;
        assert_eq!(kit.app.ports.files.list().count().await, before + 1);
        draft::discard(&handler).await.unwrap();
        assert_eq!(kit.app.ports.files.list().count().await, before);
        assert_eq!(list::one(&handler, &id).await.map(drop).map_err(kind), Err(ErrorKind::NotFound));
    })
    .await;
}

#[tokio::test]
async fn a_reading_that_is_killed_goes_on_at_its_page() {
    on_both(|kit| async move {
        let mut kit: Kit = kit.filled(3).await;
        let reader = Arc::new(Pages { count: 25, killed_at: vec![17].into(), ..Pages::default() });
        kit.app.ports.reader = reader.clone();
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim.id.to_string();
        let made = upload::upload(&handler, &claim, "scan.pdf", sent("%PDF-1.7 of pictures")).await.unwrap();
        let id = made.document.id.to_string();
        kit.work().await;
        assert_eq!(*reader.asked.lock().unwrap(), (1..=17).collect::<Vec<_>>());
        assert_eq!(list::one(&handler, &id).await.unwrap().0.state, "stored");
        // Another worker goes on where the first was killed, and reads no page twice.
        kit.work_at(handler.now + Duration::hours(1)).await;
        assert_eq!(reader.asked.lock().unwrap()[17..], (17..=20).collect::<Vec<_>>());
        let (read, found) = list::one(&handler, &id).await.unwrap();
        assert_eq!((read.state.as_str(), read.read_to, read.pages, found.len()), ("to_confirm", 20, 25, 20));
        // An answer stands when the rest is read, which a person asks for.
        let (first, version) = (found[0].id.to_string(), found[0].answer.version.to_string());
        act(&handler, "document.answer", &[("id", &first), ("version", &version), ("answer", "reject")]).await.unwrap();
        act(&handler, "document.more", &[("id", &id)]).await.unwrap();
        kit.work_at(handler.now + Duration::hours(2)).await;
        let (read, found) = list::one(&handler, &id).await.unwrap();
        assert_eq!((read.state.as_str(), read.read_to, found.len()), ("to_confirm", 25, 20), "20 of a field at most");
        assert_eq!(found[0].answer.state, "rejected");
        let all = act(&handler, "document.more", &[("id", &id)]).await;
        assert_eq!(all.map(drop).map_err(kind), Err(ErrorKind::Conflict));
    })
    .await;
}

#[tokio::test]
async fn a_reading_that_is_killed_three_times_is_left_to_a_person() {
    on_both(|kit| async move {
        let mut kit: Kit = kit.filled(3).await;
        kit.app.ports.reader = Arc::new(Pages { count: 9, killed_at: vec![3, 3, 3].into(), ..Pages::default() });
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim.id.to_string();
        let made = upload::upload(&handler, &claim, "scan.pdf", sent("%PDF-1.7 of pictures")).await.unwrap();
        for hour in 0..3 {
            kit.work_at(handler.now + Duration::hours(hour)).await;
        }
        let id = made.document.id.to_string();
        let (read, found) = list::one(&handler, &id).await.unwrap();
        // What its first pages say is proposed all the same, and a person may have the others tried again.
        assert_eq!((read.state.as_str(), read.fail_code.as_deref()), ("to_confirm", Some("reader_failed")));
        assert_eq!((found.len(), read.read_to), (2, 2));
        act(&handler, "document.more", &[("id", &id)]).await.unwrap();
        kit.work_at(handler.now + Duration::hours(4)).await;
        let (read, found) = list::one(&handler, &id).await.unwrap();
        assert_eq!((read.state.as_str(), read.fail_code, found.len(), read.read_to), ("to_confirm", None, 9, 9));
    })
    .await;
}

/// Ended once all pages were kept, by whatever: what is left is to propose them.
#[tokio::test]
async fn a_reading_that_is_killed_behind_its_last_page_is_no_damage() {
    on_both(|kit| async move {
        let mut kit: Kit = kit.filled(3).await;
        kit.app.ports.reader = Arc::new(Pages { count: 4, ..Pages::default() });
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim.id.to_string();
        let made = upload::upload(&handler, &claim, "scan.pdf", sent("%PDF-1.7 of pictures")).await.unwrap();
        // All four pages are there, kept by somebody who never came to propose them.
        let reader = kit.app.ports.reader.clone();
        let pages = futures_util::stream::iter(1..=4).then(|page| {
            let reader = reader.clone();
            async move { reader.read(sent_pieces(), page, None).await.unwrap().pages.remove(0) }
        });
        let pages: Vec<_> = pages.collect().await;
        let said = |page: &extract::PageRead| store::documents::pages::Page {
            page: page.page,
            recognised: true,
            said: serde_json::to_string(page).unwrap(),
        };
        let tx = kit.app.store.begin().await.unwrap();
        let held = store::documents::hold(&tx, made.document.company, made.document.id).await.unwrap().unwrap();
        store::documents::set_count(&tx, held.id, "pdf", 4).await.unwrap();
        store::documents::pages::keep(&tx, &held, &pages.iter().map(said).collect::<Vec<_>>()).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        kit.work().await;
        let (read, found) = list::one(&handler, &made.document.id.to_string()).await.unwrap();
        assert_eq!((read.state.as_str(), read.fail_code, found.len()), ("to_confirm", None, 4));
    })
    .await;
}

fn sent_pieces() -> service::ports::Pieces {
    futures_util::stream::empty().boxed()
}

/// While its pages are read a draft is saved as a claim, or discarded.
#[tokio::test]
async fn a_draft_may_be_saved_or_discarded_while_its_document_is_read() {
    on_both(|kit| async move {
        let mut kit: Kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let reader = Arc::new(Pages { count: 6, killed_at: vec![4].into(), ..Pages::default() });
        kit.app.ports.reader = reader.clone();
        let handler = Ctx { app: kit.app.clone(), ..handler };
        let made = upload::upload_to_draft(&handler, "scan.pdf", sent("%PDF-1.7 of pictures")).await.unwrap();
        let id = made.document.id.to_string();
        kit.work().await;
        // Three pages are kept under the draft's key. It becomes a claim, and the rest is read.
        let mut input = typed(&[
            ("accident_type", "Rear end"),
            ("accident_date", "2026-03-31"),
            ("claim_date", "2026-04-20"),
            ("injury_prognosis_months", "7"),
            ("special_therapy", "420"),
        ]);
        input.token = "t".into();
        let claim = create::from_form(&handler, &input).await.unwrap().claim;
        kit.work_at(handler.now + Duration::hours(1)).await;
        let (read, found) = list::one(&handler, &id).await.unwrap();
        assert_eq!((read.state.as_str(), read.claim(), found.len()), ("to_confirm", Some(claim.id), 6));
        let tx = kit.app.store.begin().await.unwrap();
        store::claimants::shred(&tx, claim.claimant.unwrap(), handler.now).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        let (gone, _) = list::one(&handler, &id).await.unwrap();
        assert!(service::documents::read::read_pages(&handler, &gone).await.unwrap().is_empty(), "no page is left");

        // Another one is discarded in the middle: its job ends without a word of failure, and nothing of it stays.
        reader.killed_at.lock().unwrap().push(4);
        let made = upload::upload_to_draft(&handler, "scan.pdf", sent("%PDF-1.7 of pictures")).await.unwrap();
        kit.work_at(handler.now + Duration::hours(2)).await;
        draft::discard(&handler).await.unwrap();
        kit.work_at(handler.now + Duration::hours(3)).await;
        let pages = store::documents::pages::reached(&kit.app.store, made.document.id, 0).await.unwrap();
        assert_eq!(pages, (0, 0));
        let failed = store::audit::AuditQuery { action: "job.failed".into(), ..Default::default() };
        assert_eq!(store::audit::count(&kit.app.store, Reach::Operator, &failed).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_document_is_kept_as_long_as_is_said() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim.id.to_string();
        let id = upload::upload(&handler, &claim, "a.txt", sent(FORM)).await.unwrap().document.id.to_string();
        for (until, held) in [("2020-01-01", ""), ("2126-01-01", ""), ("soon", "")] {
            let refused = act(&handler, "document.retain", &[("id", &id), ("until", until), ("held", held)]).await;
            assert_eq!(refused.map(drop).map_err(kind), Err(ErrorKind::Invalid), "{until}");
        }
        act(&handler, "document.retain", &[("id", &id), ("until", "2033-03-31"), ("held", "true")]).await.unwrap();
        let (kept, _) = list::one(&handler, &id).await.unwrap();
        assert_eq!((kept.retain_until.map(|day| day.to_string()), kept.held), (Some("2033-03-31".into()), true));
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        let theirs = act(&other, "document.retain", &[("id", &id)]).await;
        assert_eq!(theirs.map(drop).map_err(kind), Err(ErrorKind::NotFound));
    })
    .await;
}

#[tokio::test]
async fn a_file_is_opened_in_the_part_that_is_asked_for() {
    let kit = Kit::sqlite().await.filled(3).await;
    let handler = kit.ctx(NORTHGATE, Role::Handler).await;
    let claim = entered(&handler).await.claim.id.to_string();
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|i| (i % 251) as u8).collect();
    let id = upload::upload(&handler, &claim, "a.bin", sent(bytes.clone())).await.unwrap().document.id.to_string();
    let (_, opened) = original::original(&handler, &id, false).await.unwrap();
    assert_eq!(opened.size(), 5_000_000);
    for (from, to) in [(0, 1), (1_048_575, 1_048_577), (2_000_000, 4_500_000), (4_999_999, 5_000_000)] {
        let mut part = Vec::new();
        let mut pieces = opened.part(from..to);
        while let Some(piece) = pieces.next().await {
            part.extend_from_slice(&piece.unwrap());
        }
        assert!(part == bytes[from as usize..to as usize], "{from} to {to}");
    }
    // One chunk is enough for a byte: the file is cut behind it.
    let document = list::one(&handler, &id).await.unwrap().0;
    let path = store::documents::path(document.company, document.id);
    let sealed = kit.app.ports.files.get(&path).await.unwrap().unwrap();
    let mut spoilt = sealed.clone();
    let third = 30 + 2 * (1024 * 1024 + 16);
    spoilt[third] ^= 1;
    kit.app.ports.files.put(&path, spoilt).await.unwrap();
    let (_, opened) = original::original(&handler, &id, false).await.unwrap();
    assert!(opened.part(0..10).next().await.unwrap().is_ok());
    assert!(opened.part(2_200_000..2_200_010).next().await.unwrap().is_err(), "a chunk that was changed");
}
