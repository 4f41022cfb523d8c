//! A claim's documents, and one of them with what was found in it.

use contract::table::{Cell, Table, Tone};
use domain::policy::Permission;
use store::claims::{self, Claim};
use store::documents::{self, Document};

use super::{Found, found};
use crate::{Ctx, Result, id_from};

pub async fn of_claim(ctx: &Ctx, claim_id: &str) -> Result<Vec<Document>> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    let all = documents::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    ctx.note_read(claim.company, claim.id).await?;
    Ok(all)
}

pub async fn one(ctx: &Ctx, id: &str) -> Result<(Document, Vec<Found>)> {
    ctx.require(Permission::ReadClaims)?;
    let document = super::looked_at(ctx, id).await?;
    let found = found(ctx, &document).await?;
    Ok((document, found))
}

/// As the claim's page shows them.
pub(crate) async fn table(ctx: &Ctx, claim: &Claim) -> Result<Table> {
    let all = documents::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    Ok(shown("Documents", "No document has come yet.", &all))
}

/// The same by the claim's id, looked at again while one of them is being read.
pub async fn listed(ctx: &Ctx, claim_id: &str) -> Result<Table> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    table(ctx, &claim).await
}

pub(crate) fn shown(title: &str, empty: &str, all: &[Document]) -> Table {
    let mut table = Table::new(title, &["Document", "Standing", "Came"], empty);
    for document in all {
        let (words, tone) = standing(document);
        table.row(vec![
            Cell::link(called(document), format!("/claims/document?id={}", document.id)),
            Cell::Badge(words.into(), tone),
            Cell::Time(document.uploaded_at.into()),
        ]);
    }
    table
}

/// Its name; of an erased claimant that is gone.
pub(crate) fn called(document: &Document) -> &str {
    if document.name.is_empty() { "Erased" } else { &document.name }
}

/// Where a document stands, in words.
pub(crate) fn standing(document: &Document) -> (&'static str, Tone) {
    match document.state.as_str() {
        super::STORED => ("Is being read", Tone::Notice),
        super::DONE => ("Read and answered", Tone::Good),
        super::TO_CONFIRM => ("To confirm", Tone::Notice),
        "needs_password" => ("Needs a password", Tone::Notice),
        super::QUARANTINED => ("Malware found", Tone::Bad),
        "refused" => ("Not read", Tone::Bad),
        _ => ("To be entered by hand", Tone::Notice),
    }
}
