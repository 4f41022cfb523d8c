//! A claim's documents, and one of them with what was found in it.

use contract::document::DocumentView;
use domain::policy::Permission;
use store::{claims, documents};

use super::{candidate, view};
use crate::{Ctx, Result, id_from};

pub async fn of_claim(ctx: &Ctx, claim_id: &str) -> Result<Vec<DocumentView>> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    let all = documents::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    ctx.note_read(claim.company, claim.id).await?;
    all.iter().map(|document| view(document, Vec::new())).collect()
}

pub async fn one(ctx: &Ctx, id: &str) -> Result<DocumentView> {
    ctx.require(Permission::ReadClaims)?;
    let document = documents::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let found = documents::candidates(ctx.store(), &document).await?;
    ctx.note_read(document.company, document.claim).await?;
    view(&document, found.into_iter().map(candidate).collect::<Result<_>>()?)
}
