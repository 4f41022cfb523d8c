//! Files: encrypted, named, moved, swept.

use chrono::Duration;
use domain::policy::Role;
use service::files;
use service::invoicing::document::Format;
use store::Reach;
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now, on_both};

async fn all(kit: &Kit) -> Vec<String> {
    use futures_util::StreamExt;
    kit.app.ports.files.list().map(|f| f.unwrap().path).collect().await
}

#[tokio::test]
async fn a_file_opens_where_it_was_put_and_nowhere_else() {
    let kit = Kit::sqlite().await.filled(1).await;
    let (north, harbour) = (
        kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap(),
        kit.ctx(HARBOUR, Role::Handler).await.caller.company.unwrap(),
    );
    // Of no chunk, of one, of several and a bit.
    for size in [0, 1, 1024 * 1024, 3 * 1024 * 1024 + 7] {
        let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let file = files::put(&kit.app, north, "test", &bytes).await.unwrap();
        assert_eq!(files::get(&kit.app, north, &file.sha256).await.unwrap().unwrap(), bytes);
        assert!(files::get(&kit.app, harbour, &file.sha256).await.unwrap().is_none(), "not another company's");
        let path = kit.app.store.file_path(north, &file.sha256).unwrap();
        let sealed = kit.app.ports.files.get(&path).await.unwrap().unwrap();
        assert!(size < 100 || !sealed.windows(64).any(|w| w == &bytes[..64]), "it leaves us encrypted");
        assert!(!path.contains(&file.sha256), "its place does not tell what is in it");
        let elsewhere = kit.app.store.file_path(harbour, &file.sha256).unwrap();
        kit.app.ports.files.put(&elsewhere, sealed.clone()).await.unwrap();
        assert!(files::get(&kit.app, harbour, &file.sha256).await.is_err());
        let mut spoilt: Vec<Vec<u8>> = vec![sealed[..sealed.len() - 1].to_vec(), Vec::new(), sealed[..30].to_vec()];
        let mut changed = sealed.clone();
        changed[40.min(sealed.len() - 1)] ^= 1;
        spoilt.push(changed);
        if size > 2 * 1024 * 1024 {
            // Without its last chunk; with two chunks exchanged.
            let chunk = 1024 * 1024 + 16;
            spoilt.push(sealed[..30 + 3 * chunk].to_vec());
            let mut swapped = sealed.clone();
            swapped[30..30 + chunk].copy_from_slice(&sealed[30 + chunk..30 + 2 * chunk]);
            swapped[30 + chunk..30 + 2 * chunk].copy_from_slice(&sealed[30..30 + chunk]);
            spoilt.push(swapped);
        }
        for bytes in spoilt {
            kit.app.ports.files.put(&path, bytes).await.unwrap();
            assert!(files::get(&kit.app, north, &file.sha256).await.is_err(), "spoilt, of {size} bytes");
        }
    }
}

#[tokio::test]
async fn orphans_are_swept_after_a_day_and_nothing_else() {
    on_both(|kit| async move {
        let kit = kit.filled(12).await;
        kit.work().await;
        let company = kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap();
        let named = all(&kit).await;
        assert!(named.len() >= 3, "bundles and invoices are files: {named:?}");
        files::put(&kit.app, company, "test", b"nobody names it").await.unwrap();
        // A document whose row was not written, as of a server that was killed in between.
        let id = "doc_019a969e49327bae9ed3b31419513596".parse().unwrap();
        let path = store::documents::path(company, id);
        kit.app.ports.files.put(&path, b"sealed".to_vec()).await.unwrap();
        let sweep = async |at| {
            let ctx = kit.app.system(at);
            let tx = ctx.begin().await.unwrap();
            let order = service::jobs::Order::of(&service::jobs::files_sweep::KIND);
            service::jobs::enqueue(&ctx, &tx, order).await.unwrap();
            tx.commit_bookkeeping().await.unwrap();
            kit.work_at(at).await;
        };
        let written = chrono::DateTime::from(std::time::SystemTime::now());
        sweep(written.max(now())).await;
        assert_eq!(all(&kit).await.len(), named.len() + 2, "what is new may be named yet");
        sweep(written.max(now()) + Duration::hours(25)).await;
        let mut left = all(&kit).await;
        left.sort();
        let mut named = named;
        named.sort();
        assert_eq!(left, named);
    })
    .await;
}

#[tokio::test]
async fn an_invoices_bytes_are_drawn_again_where_they_are_missing() {
    let kit = Kit::sqlite().await.filled(12).await;
    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    let issued = store::invoices::list(&kit.app.store, Reach::Operator, true).await.unwrap();
    let id = issued[0].id.to_string();
    let (_, before) = service::invoicing::document::download(&finance, &id, Format::Pdf).await.unwrap();
    assert!(all(&kit).await.iter().all(|path| !path.contains(&issued[0].company.to_string())), "not filed yet");
    kit.work().await;
    let (_, filed) = service::invoicing::document::download(&finance, &id, Format::Pdf).await.unwrap();
    assert_eq!(before, filed);
    let path = kit.app.store.file_path(issued[0].company, issued[0].pdf_hash.as_ref().unwrap()).unwrap();
    assert!(store::files::is_named(&kit.app.store, &path).await.unwrap());
    kit.app.ports.files.delete(&path).await.unwrap();
    let (_, again) = service::invoicing::document::download(&finance, &id, Format::Pdf).await.unwrap();
    assert_eq!(before, again);
}
