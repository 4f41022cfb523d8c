//! What a job does with a document: it is read where it can do no harm, and what it says is kept.

use domain::id::CandidateId;
use extract::{Extraction, Fail, Kind};
use serde_json::json;
use store::documents::{self, Document};

use super::{bytes, kept, outcome};
use crate::{Ctx, Error, Result};

/// Reads a document. `last`: it is not tried again, so that a reader that fails leaves it to a person.
pub async fn read(ctx: &Ctx, document: &Document, last: bool) -> Result<Extraction> {
    let found = match tried(ctx, document).await {
        Ok(found) => found,
        Err(error) if last => {
            let reason = error.into_app().message;
            tracing::error!(document = %document.id, reason, "a document was given up");
            Extraction::failed(Kind::Unknown, Fail::ReaderFailed)
        }
        Err(error) => return Err(error),
    };
    let candidates = found.candidates.iter().map(|c| kept(ctx.id::<CandidateId>(), c)).collect::<Result<Vec<_>>>()?;
    let outcome = outcome(&found)?;
    let tx = ctx.begin().await?;
    documents::set_read(&tx, document, &outcome, &candidates, ctx.now).await?;
    let details = json!({ "claim": document.claim, "state": outcome.state, "fail_code": outcome.fail_code, "candidates": candidates.len() });
    tx.commit(ctx.audit(Some(document.company), "document.read", "document", document.id, details)).await?;
    Ok(found)
}

async fn tried(ctx: &Ctx, document: &Document) -> Result<Extraction> {
    let bytes = bytes(ctx, document).await?;
    ctx.app.ports.reader.read(bytes).await.map_err(Error::internal)
}
