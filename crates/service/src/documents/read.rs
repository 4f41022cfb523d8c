//! What a job does with a document: it is read where it can do no harm, and what it says is kept. Pages whose words must
//! be recognised are kept one by one: another worker goes on behind the last.

use domain::id::CandidateId;
use domain::policy::Permission;
use extract::{Fail, Kind as FileKind, PageRead, Portion, RECOGNISED, whole};
use serde_json::json;
use store::StoreError;
use store::documents::{self, Document, pages};

use super::{DONE, NOT_SCANNED, STORED, TO_CONFIRM, file, kept, word};
use crate::acts::{Done, Entries, Kind};
use crate::jobs::document_read;
use crate::ports::Verdict;
use crate::{Ctx, Error, Result};

/// Pages that are read in one go, and how many of them may have to be recognised.
const PAGES: u32 = 300;

/// Reads a document from a page on. `last`: it is not tried again, so that a reader that fails leaves it to a person.
/// Answers how many facts wait, and why no more; `None` where the document is gone.
pub async fn read(ctx: &Ctx, document: &Document, from: u32, last: bool) -> Result<Option<(Option<Fail>, usize)>> {
    let mut scan = document.scan.clone();
    let end = match tried(ctx, document, from, None, &mut scan).await {
        Ok(Some(end)) => end,
        Ok(None) => return Ok(None),
        Err(error) if last => {
            let reason = error.into_app().message;
            tracing::error!(document = %document.id, reason, "a document was given up");
            End::failed(document, Fail::ReaderFailed)
        }
        Err(error) => return Err(error),
    };
    keep(ctx, document, end, &scan).await
}

/// Leaves a document to a person whose reading was begun as often as it is and never ended. What its pages say so far is
/// proposed.
pub async fn give_up(ctx: &Ctx, document: &Document) -> Result<()> {
    keep(ctx, document, End::failed(document, Fail::ReaderFailed), &document.scan).await.map(drop)
}

/// How a reading ended.
struct End {
    kind: FileKind,
    /// Pages that the document has.
    count: u32,
    fail: Option<Fail>,
}

impl End {
    fn failed(document: &Document, fail: Fail) -> End {
        End { kind: kind_of(document), count: document.pages, fail: Some(fail) }
    }
}

/// Proposes what the pages that were kept say.
async fn keep(ctx: &Ctx, seen: &Document, end: End, scan: &str) -> Result<Option<(Option<Fail>, usize)>> {
    let pages = read_pages(ctx, seen).await?;
    let read_to = pages.last().map_or(0, |page| page.page);
    let found = whole(end.kind, end.count, end.fail, pages);
    let fresh = found.candidates.iter().filter(|c| c.page > seen.read_to);
    let fresh = fresh.map(|c| kept(ctx.id::<CandidateId>(), c)).collect::<Result<Vec<_>>>()?;
    let tx = ctx.begin().await?;
    // Its draft may have become a claim meanwhile, or been discarded.
    let Some(document) = documents::hold(&tx, seen.company, seen.id).await? else { return Ok(None) };
    if document.read_to != seen.read_to {
        // Somebody else has read the same: what they proposed may have been answered.
        return Ok(Some((None, 0)));
    }
    let went_on = document.read_to > 0;
    // Where earlier pages said something, that these say nothing is no fault.
    let fail = found.fail_code.filter(|_| !went_on || end.fail.is_some());
    let outcome = documents::Outcome {
        kind: word(if end.kind == FileKind::Unknown { kind_of(&document) } else { end.kind })?,
        state: match fail {
            Some(fail @ (Fail::Password | Fail::Infected)) => word(fail.state())?,
            _ if went_on => TO_CONFIRM.into(),
            _ => word(found.state)?,
        },
        fail_code: fail.map(word).transpose()?,
        pages: end.count.max(document.pages),
        sums: found.sums.map(|s| serde_json::to_string(&s)).transpose()?,
        read_to: read_to.max(document.read_to),
    };
    documents::set_read(&tx, &document, &outcome, &fresh, ctx.now).await?;
    documents::set_scan(&tx, document.id, scan).await?;
    if outcome.state == TO_CONFIRM && documents::waiting(&tx, document.id).await? == 0 {
        documents::set_state(&tx, document.id, DONE).await?;
    }
    let details = json!({ "claim": document.claim(), "state": outcome.state, "fail_code": outcome.fail_code, "candidates": fresh.len(), "scan": scan });
    tx.commit(ctx.audit(Some(document.company), "document.read", "document", document.id, details)).await?;
    Ok(Some((fail, fresh.len())))
}

fn kind_of(document: &Document) -> FileKind {
    serde_json::from_value(document.kind.clone().into()).unwrap_or(FileKind::Unknown)
}

/// What the pages that were read say, in their order.
pub async fn read_pages(ctx: &Ctx, document: &Document) -> Result<Vec<PageRead>> {
    let all = pages::all(ctx.store(), document).await?;
    Ok(all.into_iter().map(|page| serde_json::from_str(&page.said)).collect::<Result<_, _>>()?)
}

/// Scans it where that is set up, and then reads it portion by portion: what is infected is not opened. `scan`: what came
/// of that. `None`: it is gone.
async fn tried(
    ctx: &Ctx,
    document: &Document,
    from: u32,
    password: Option<&str>,
    scan: &mut String,
) -> Result<Option<End>> {
    let opened = file(ctx, document).await?;
    if let (Some(scanner), NOT_SCANNED) = (&ctx.app.ports.scanner, scan.as_str()) {
        match scanner.scan(opened.pieces()).await.map_err(Error::internal)? {
            Verdict::Clean => *scan = "clean".into(),
            Verdict::Infected => {
                *scan = "infected".into();
                return Ok(Some(End { kind: FileKind::Unknown, count: 0, fail: Some(Fail::Infected) }));
            }
        }
    }
    // Whoever read before, and was ended, has kept its pages.
    let (reached, recognised) = pages::reached(ctx.store(), document.id, from - 1).await?;
    let (mut next, mut recognised) = (from.max(reached + 1), usize::try_from(recognised).unwrap_or(usize::MAX));
    let done = |kind, count, fail| Ok(Some(End { kind, count, fail }));
    if document.kind == "pdf" && next > document.pages {
        // All was read before, and it was ended only then.
        return done(kind_of(document), document.pages, None);
    }
    loop {
        let read = ctx.app.ports.reader.read(opened.pieces(), next, password).await.map_err(Error::internal)?;
        let portion = first(read, from + PAGES);
        if let Some(fail) = portion.fail_code {
            let (kind, count) =
                if next > 1 { (kind_of(document), document.pages) } else { (portion.kind, portion.count) };
            return done(kind, count, Some(fail));
        }
        recognised += portion.pages.iter().filter(|page| page.recognised).count();
        if !keep_pages(ctx, document, &portion).await? {
            return Ok(None);
        }
        match portion.next.filter(|page| *page < from + PAGES && recognised < RECOGNISED) {
            Some(page) => next = page,
            None => return done(portion.kind, portion.count, None),
        }
    }
}

/// The pages of a portion before one, which is the next to be read where more were.
fn first(mut portion: Portion, before: u32) -> Portion {
    let all = portion.pages.len();
    portion.pages.retain(|page| page.page < before);
    if portion.pages.len() < all {
        portion.next = Some(before);
    }
    portion
}

/// Keeps pages as they come; `false` where the document is gone.
async fn keep_pages(ctx: &Ctx, document: &Document, portion: &Portion) -> Result<bool> {
    let said = |page: &PageRead| {
        Ok(pages::Page { page: page.page, recognised: page.recognised, said: serde_json::to_string(page)? })
    };
    let all = portion.pages.iter().map(said).collect::<Result<Vec<_>>>()?;
    let tx = ctx.begin().await?;
    // With the key of where it is now: its draft may have become a claim meanwhile.
    let Some(now) = documents::hold(&tx, document.company, document.id).await? else { return Ok(false) };
    documents::set_count(&tx, now.id, &word(portion.kind)?, portion.count).await?;
    pages::keep(&tx, &now, &all).await?;
    tx.commit_bookkeeping().await?;
    Ok(true)
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
    let gone = || Error::from(StoreError::NotFound);
    let end = tried(ctx, &document, document.read_to + 1, Some(&password), &mut scan).await?.ok_or_else(gone)?;
    if end.fail == Some(Fail::Password) {
        return Err(Error::field("password", "this does not open it: check it with whoever sent the document"));
    }
    let (_, count) = keep(ctx, &document, end, &scan).await?.ok_or_else(gone)?;
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
    const MAY: [&str; 3] = ["nothing_found", "timed_out", "reader_failed"];
    let read = document.fail_code.as_deref().is_none_or(|fail| MAY.contains(&fail));
    let left = document.read_to < document.pages.min(u32::try_from(pages::MOST).unwrap_or(u32::MAX));
    document.kind == "pdf" && read && document.state != STORED && document.read_to > 0 && left
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
