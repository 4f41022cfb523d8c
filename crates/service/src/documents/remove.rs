//! A document that was put on a draft by mistake is taken off it. What is on a claim stays: it was received.

use contract::ErrorKind;
use domain::policy::Permission;
use serde_json::json;
use store::documents::{self, Home};

use crate::acts::{Done, Entries, Kind};
use crate::{Ctx, Error, Result};

pub static REMOVE: Kind = Kind {
    name: "document.remove",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(remove(ctx, entries)),
};

/// `id`.
async fn remove(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let document = super::find(ctx, entries.id("id")?).await?;
    let on_claim =
        || Error::refused(ErrorKind::Conflict, "What has come to a claim stays with it: reject what it says.");
    if document.claim().is_some() {
        return Err(on_claim());
    }
    let tx = ctx.begin().await?;
    // The draft may have become a claim a moment before.
    let now = documents::hold(&tx, document.company, document.id).await?.ok_or(store::StoreError::NotFound)?;
    let Home::Draft(_) = now.home else { return Err(on_claim()) };
    let files = documents::remove(&tx, &now).await?;
    tx.commit(ctx.audit(Some(now.company), "document.discarded", "document", now.id, json!({}))).await?;
    for path in files {
        // Nobody names it any more: should this fail, it is swept.
        let _ = ctx.app.ports.files.delete(&path).await;
    }
    Ok(Done::said("It is off the draft.").leads_to("/claims/new"))
}
