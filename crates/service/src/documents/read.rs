//! What a job does with a document: it is read where it can do no harm, and what it says is kept.

use contract::ErrorKind;
use domain::id::CandidateId;
use domain::policy::Permission;
use extract::{Extraction, Fail};
use serde_json::json;
use store::documents::{self, Document};

use super::{NOT_SCANNED, bytes, kept, outcome};
use crate::acts::{Done, Entries, Kind};
use crate::ports::Verdict;
use crate::{Ctx, Error, Result};

/// Reads a document. `last`: it is not tried again, so that a reader that fails leaves it to a person.
pub async fn read(ctx: &Ctx, document: &Document, last: bool) -> Result<Extraction> {
    let mut scan = NOT_SCANNED;
    let found = match tried(ctx, document, None, &mut scan).await {
        Ok(found) => found,
        Err(error) if last => {
            let reason = error.into_app().message;
            tracing::error!(document = %document.id, reason, "a document was given up");
            Extraction::failed(extract::Kind::Unknown, Fail::ReaderFailed)
        }
        Err(error) => return Err(error),
    };
    keep(ctx, document, &found, scan).await?;
    Ok(found)
}

async fn keep(ctx: &Ctx, document: &Document, found: &Extraction, scan: &str) -> Result<()> {
    let candidates = found.candidates.iter().map(|c| kept(ctx.id::<CandidateId>(), c)).collect::<Result<Vec<_>>>()?;
    let outcome = outcome(found)?;
    let tx = ctx.begin().await?;
    documents::set_read(&tx, document, &outcome, &candidates, ctx.now).await?;
    documents::set_scan(&tx, document.id, scan).await?;
    let details = json!({ "claim": document.claim, "state": outcome.state, "fail_code": outcome.fail_code, "candidates": candidates.len(), "scan": scan });
    tx.commit(ctx.audit(Some(document.company), "document.read", "document", document.id, details)).await?;
    Ok(())
}

/// A locked document is opened with its password, which is used for this and kept nowhere.
pub static PASSWORD: Kind = Kind {
    name: "document.password",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(unlock(ctx, entries)),
};

/// `id`, `password`.
async fn unlock(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let document = documents::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    if document.state != "needs_password" {
        return Err(Error::refused(ErrorKind::Conflict, "This document needs no password."));
    }
    let password = entries.needed("password", 200, "type the document's password")?;
    let mut scan = NOT_SCANNED;
    let found = tried(ctx, &document, Some(&password), &mut scan).await?;
    if found.fail_code == Some(Fail::Password) {
        return Err(Error::field("password", "this does not open it: check it with whoever sent the document"));
    }
    let mut pages: Vec<u32> = found.candidates.iter().map(|c| c.page).collect();
    pages.dedup();
    keep(ctx, &document, &found, scan).await?;
    super::picture::draw_now(ctx, &document, &pages, &password).await?;
    Ok(Done::said(format!("Opened. {}", super::found_words(found.candidates.len()))))
}

/// Scans it where that is set up, and then reads it: what is infected is not opened. `scan`: what came of that.
async fn tried(ctx: &Ctx, document: &Document, password: Option<&str>, scan: &mut &'static str) -> Result<Extraction> {
    let bytes = bytes(ctx, document).await?;
    if let Some(scanner) = &ctx.app.ports.scanner {
        match scanner.scan(&bytes).await.map_err(Error::internal)? {
            Verdict::Clean => *scan = "clean",
            Verdict::Infected => {
                *scan = "infected";
                return Ok(Extraction::failed(extract::Kind::Unknown, Fail::Infected));
            }
        }
    }
    ctx.app.ports.reader.read(bytes, password).await.map_err(Error::internal)
}
