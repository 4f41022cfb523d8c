//! What a job does with a document: it is read where it can do no harm, and what it says is kept. Pages whose words must
//! be recognised are kept one by one: another worker goes on behind the last.

use domain::id::CandidateId;
use domain::policy::Permission;
use extract::{Fail, Kind as FileKind, PageRead, Portion, RECOGNISED, whole};
use serde_json::json;
use store::documents::{self, Document, pages};

use super::{DONE, NOT_SCANNED, STORED, TO_CONFIRM, file, kept, word};
use crate::acts::{Done, Entries, Kind};
use crate::jobs::document_read;
use crate::ports::Verdict;
use crate::{Ctx, Error, Result};

/// Pages that are read in one go, and how many of them may have to be recognised.
const PAGES: u32 = 300;

/// Reads a document from a page on. `last`: it is not tried again, so that a reader that fails leaves it to a person.
/// Answers how many facts wait.
pub async fn read(ctx: &Ctx, document: &Document, from: u32, last: bool) -> Result<(Option<Fail>, usize)> {
    let mut scan = document.scan.clone();
    let end = match tried(ctx, document, from, None, &mut scan).await {
        Ok(end) => end,
        Err(error) if last => {
            let reason = error.into_app().message;
            tracing::error!(document = %document.id, reason, "a document was given up");
            End { kind: FileKind::Unknown, count: document.pages, fail: Some(Fail::ReaderFailed) }
        }
        Err(error) => return Err(error),
    };
    keep(ctx, document, end, &scan).await
}

/// How a reading ended.
struct End {
    kind: FileKind,
    /// Pages that the document has.
    count: u32,
    fail: Option<Fail>,
}

/// Proposes what the pages that were kept say.
async fn keep(ctx: &Ctx, document: &Document, end: End, scan: &str) -> Result<(Option<Fail>, usize)> {
    let (read_to, _) = pages::reached(ctx.store(), document.id, 0).await?;
    let found = whole(end.kind, end.count, end.fail, read_pages(ctx, document).await?);
    let fresh = found.candidates.iter().filter(|c| c.page > document.read_to);
    let fresh = fresh.map(|c| kept(ctx.id::<CandidateId>(), c)).collect::<Result<Vec<_>>>()?;
    // What was proposed of earlier pages stands, whatever becomes of these.
    let went_on = document.read_to > 0;
    let fail = found.fail_code.filter(|_| !went_on || end.fail.is_some());
    let outcome = documents::Outcome {
        kind: word(if end.fail.is_some() && went_on { word_kind(document) } else { found.kind })?,
        state: if went_on && fail.is_none() { TO_CONFIRM.into() } else { word(found.state)? },
        fail_code: fail.map(word).transpose()?,
        pages: end.count.max(document.pages),
        sums: found.sums.map(|s| serde_json::to_string(&s)).transpose()?,
        read_to: read_to.max(document.read_to),
    };
    let tx = ctx.begin().await?;
    documents::set_read(&tx, document, &outcome, &fresh, ctx.now).await?;
    documents::set_scan(&tx, document.id, scan).await?;
    let waiting = documents::waiting(&tx, document.id).await?;
    if went_on && fail.is_none() && waiting == 0 {
        documents::set_state(&tx, document.id, DONE).await?;
    }
    let details = json!({ "claim": document.claim(), "state": outcome.state, "fail_code": outcome.fail_code, "candidates": fresh.len(), "scan": scan });
    tx.commit(ctx.audit(Some(document.company), "document.read", "document", document.id, details)).await?;
    Ok((fail, fresh.len()))
}

fn word_kind(document: &Document) -> FileKind {
    serde_json::from_value(document.kind.clone().into()).unwrap_or(FileKind::Unknown)
}

/// What the pages that were read say, in their order.
pub async fn read_pages(ctx: &Ctx, document: &Document) -> Result<Vec<PageRead>> {
    let all = pages::all(ctx.store(), document).await?;
    Ok(all.into_iter().map(|page| serde_json::from_str(&page.said)).collect::<Result<_, _>>()?)
}

/// Scans it where that is set up, and then reads it portion by portion: what is infected is not opened. `scan`: what came
/// of that.
async fn tried(ctx: &Ctx, document: &Document, from: u32, password: Option<&str>, scan: &mut String) -> Result<End> {
    let opened = file(ctx, document).await?;
    if let (Some(scanner), NOT_SCANNED) = (&ctx.app.ports.scanner, scan.as_str()) {
        match scanner.scan(opened.pieces()).await.map_err(Error::internal)? {
            Verdict::Clean => *scan = "clean".into(),
            Verdict::Infected => {
                *scan = "infected".into();
                return Ok(End { kind: FileKind::Unknown, count: 0, fail: Some(Fail::Infected) });
            }
        }
    }
    // Whoever read before, and was ended, has kept its pages.
    let (reached, recognised) = pages::reached(ctx.store(), document.id, from - 1).await?;
    let (mut next, mut recognised) = (from.max(reached + 1), usize::try_from(recognised).unwrap_or(usize::MAX));
    let (mut kind, mut count) = (word_kind(document), document.pages);
    loop {
        let portion = ctx.app.ports.reader.read(opened.pieces(), next, password).await.map_err(Error::internal)?;
        (kind, count) = match portion.fail_code {
            // Behind the end there is nothing: all was read before, and it was ended only then.
            Some(_) if next > from && next > count && count > 0 => return Ok(End { kind, count, fail: None }),
            Some(fail) => return Ok(End { kind: portion.kind, count: portion.count, fail: Some(fail) }),
            None => (portion.kind, portion.count),
        };
        recognised += portion.pages.iter().filter(|page| page.recognised).count();
        keep_pages(ctx, document, &portion).await?;
        match portion.next.filter(|page| *page < from + PAGES && recognised < RECOGNISED) {
            Some(page) => next = page,
            None => return Ok(End { kind, count, fail: None }),
        }
    }
}

async fn keep_pages(ctx: &Ctx, document: &Document, portion: &Portion) -> Result<()> {
    let said = |page: &PageRead| {
        Ok(pages::Page { page: page.page, recognised: page.recognised, said: serde_json::to_string(page)? })
    };
    let all = portion.pages.iter().map(said).collect::<Result<Vec<_>>>()?;
    let tx = ctx.begin().await?;
    pages::keep(&tx, document, &all).await?;
    Ok(tx.commit_bookkeeping().await?)
}

/// A locked document is opened with its password, which is used for this and kept nowhere.
pub static PASSWORD: Kind = Kind {
    name: "document.password",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(unlock(ctx, entries)),
};

/// `id`, `password`.
async fn unlock(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let document = super::find(ctx, entries.id("id")?).await?;
    if document.state != "needs_password" {
        return Err(Error::refused(contract::ErrorKind::Conflict, "This document needs no password."));
    }
    let password = entries.needed("password", 200, "type the document's password")?;
    let mut scan = document.scan.clone();
    let end = tried(ctx, &document, 1, Some(&password), &mut scan).await?;
    if end.fail == Some(Fail::Password) {
        return Err(Error::field("password", "this does not open it: check it with whoever sent the document"));
    }
    let (_, count) = keep(ctx, &document, end, &scan).await?;
    let mut pages: Vec<u32> = super::found(ctx, &document).await?.iter().map(|found| found.page).collect();
    pages.dedup();
    super::made::draw_now(ctx, &document, &pages, &password).await?;
    Ok(Done::said(format!("Opened. {}", super::found_words(count))))
}

/// A long document is read on from where its reading stopped.
pub static MORE: Kind = Kind {
    name: "document.more",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(more(ctx, entries)),
};

/// Whether pages are left that could be read.
pub(crate) fn may_go_on(document: &Document) -> bool {
    let read = document.fail_code.is_none() || document.fail_code.as_deref() == Some("nothing_found");
    document.kind == "pdf" && read && document.state != STORED && (1..document.pages).contains(&document.read_to)
}

/// `id`.
async fn more(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let document = super::find(ctx, entries.id("id")?).await?;
    if !may_go_on(&document) {
        return Err(Error::refused(contract::ErrorKind::Conflict, "All that can be read of this document was read."));
    }
    let tx = ctx.begin().await?;
    documents::set_state(&tx, document.id, STORED).await?;
    document_read::order(ctx, &tx, &document, document.read_to + 1).await?;
    let details = json!({ "claim": document.claim(), "from": document.read_to + 1 });
    tx.commit(ctx.audit(Some(document.company), "document.read_on", "document", document.id, details)).await?;
    Ok(Done::said(format!("It is read on from page {}.", document.read_to + 1)))
}
