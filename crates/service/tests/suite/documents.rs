//! Documents: kept before they are read, with their claimant's key, within the company.

use contract::ErrorKind;
use domain::policy::Role;
use service::documents::{list, original, upload};
use store::Reach;
use testkit::{HARBOUR, Kit, NORTHGATE, on_both};

use crate::{entered, kind};

const LETTER: &[u8] = b"Date of accident: 31/03/2026\nPhysiotherapy: \xc2\xa3420.00\nTotal: \xc2\xa3420.00\n";

#[tokio::test]
async fn a_document_is_kept_read_and_found_again() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim;
        let id = claim.id.to_string();
        let made =
            upload::upload(&handler, &id, "C:\\letters\\letter.txt", testkit::ports::sent(LETTER)).await.unwrap();
        assert_eq!((made.document.state.as_str(), made.document.name.as_str()), ("stored", "letter.txt"));
        assert!(made.also_on.is_empty());
        let document = made.document.id.to_string();
        let file = original::original(&handler, &document, false).await.unwrap().1;
        assert_eq!(file.whole().await.unwrap(), LETTER, "before it was read");

        assert!(kit.work().await > 0);
        let (read, found) = list::one(&handler, &document).await.unwrap();
        let agree = service::documents::sums_of(&read).unwrap().map(|sums| sums.agree);
        assert_eq!((read.state.as_str(), read.kind.as_str(), agree), ("to_confirm", "text", Some(true)));
        let fields: Vec<_> =
            found.iter().map(|c| (c.field.as_str(), serde_json::to_string(&c.value).unwrap())).collect();
        assert_eq!(fields, [("accident_date", "\"2026-03-31\"".to_owned()), ("special_therapy_pence", "42000".into())]);
        assert_eq!(list::of_claim(&handler, &id).await.unwrap().len(), 1);

        // The same bytes once a claim; on another claim of the company it is said where they are already.
        let again = upload::upload(&handler, &id, "again.txt", testkit::ports::sent(LETTER)).await.map(drop);
        assert_eq!(again.map_err(kind), Err(ErrorKind::Conflict));
        let second = entered(&handler).await.claim.id.to_string();
        let also = upload::upload(&handler, &second, "letter.txt", testkit::ports::sent(LETTER)).await.unwrap().also_on;
        assert_eq!(also.iter().map(|(claim, _)| *claim).collect::<Vec<_>>(), [claim.id]);
        // Another company is told nothing.
        let other = kit.ctx(HARBOUR, Role::Handler).await;
        let theirs = entered(&other).await.claim.id.to_string();
        assert!(
            upload::upload(&other, &theirs, "letter.txt", testkit::ports::sent(LETTER))
                .await
                .unwrap()
                .also_on
                .is_empty()
        );
        assert_eq!(list::one(&other, &document).await.map(drop).map_err(kind), Err(ErrorKind::NotFound));
        assert_eq!(
            original::original(&other, &document, false).await.map(drop).map_err(kind),
            Err(ErrorKind::NotFound)
        );
        let finance = kit.ctx(NORTHGATE, Role::Finance).await;
        assert_eq!(list::of_claim(&finance, &id).await.map(drop).map_err(kind), Err(ErrorKind::Forbidden));

        // Who did what stands in the log, without what the document says.
        let rows = store::audit::of_entity(&kit.app.store, Reach::Operator, &document).await.unwrap();
        let mut acts: Vec<_> = rows.iter().map(|r| r.action.as_str()).collect();
        acts.sort_unstable();
        assert_eq!(acts, ["document.downloaded", "document.read", "document.uploaded"]);
        assert!(rows.iter().all(|r| !r.details.contains("42000") && !r.details.contains("letter")), "{rows:?}");
    })
    .await;
}

#[tokio::test]
async fn what_a_document_says_goes_with_its_claimant() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim;
        let made =
            upload::upload(&handler, &claim.id.to_string(), "letter.txt", testkit::ports::sent(LETTER)).await.unwrap();
        kit.work().await;
        // On the disk there is nothing to read.
        let path = store::documents::path(claim.company, made.document.id);
        let sealed = kit.app.ports.files.get(&path).await.unwrap().unwrap();
        assert!(!sealed.windows(6).any(|w| w == b"Physio"));
        let tx = kit.app.store.begin().await.unwrap();
        store::claimants::shred(&tx, claim.claimant.unwrap(), handler.now).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        let (gone, found) = list::one(&handler, &made.document.id.to_string()).await.unwrap();
        assert_eq!((gone.name.as_str(), found.len()), ("", 0));
        let file = original::original(&handler, &made.document.id.to_string(), false).await.map(drop);
        assert_eq!(file.map_err(kind), Err(ErrorKind::NotFound));
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_ends_three_times_leaves_it_to_a_person() {
    on_both(|kit| async move {
        let mut kit: Kit = kit.filled(3).await;
        kit.app.ports.reader = std::sync::Arc::new(testkit::ports::Failing);
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let claim = entered(&handler).await.claim.id.to_string();
        let made = upload::upload(&handler, &claim, "letter.txt", testkit::ports::sent(LETTER)).await.unwrap();
        let id = made.document.id.to_string();
        for attempt in 1..=3 {
            let (read, _) = list::one(&handler, &id).await.unwrap();
            assert_eq!(read.state, "stored", "before attempt {attempt}");
            kit.work_at(handler.now + chrono::Duration::hours(attempt)).await;
        }
        let (read, _) = list::one(&handler, &id).await.unwrap();
        assert_eq!((read.state.as_str(), read.fail_code.as_deref()), ("needs_manual", Some("reader_failed")));
        assert_eq!(original::original(&handler, &id, false).await.unwrap().1.whole().await.unwrap(), LETTER);
    })
    .await;
}
