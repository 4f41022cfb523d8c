//! A draft saves itself while it is typed; each person has one.

use contract::claim::{ClaimInput, DraftView};
use domain::policy::Permission;
use store::drafts;

use crate::{Ctx, Error, Result};

/// More than any claim form holds.
const LARGEST_DRAFT: usize = 64 * 1024;

pub async fn save(ctx: &Ctx, input: &ClaimInput) -> Result<()> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let body = serde_json::to_string(input)?;
    if body.len() > LARGEST_DRAFT {
        return Err(Error::refused(
            contract::ErrorKind::TooLarge,
            "This draft is too long to keep: shorten the texts.",
        ));
    }
    let tx = ctx.begin().await?;
    drafts::save(&tx, ctx.id(), user, ctx.caller.own_company()?, &body, ctx.now).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}

pub async fn load(ctx: &Ctx) -> Result<DraftView> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let draft = drafts::find(ctx.store(), user, ctx.caller.own_company()?).await?;
    let token = crate::secret::token();
    Ok(match draft {
        Some((body, at)) => {
            DraftView { input: serde_json::from_str(&body)?, saved_at: Some(at.into()), token, ..DraftView::default() }
        }
        None => DraftView { token, ..DraftView::default() },
    })
}

pub async fn discard(ctx: &Ctx) -> Result<()> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let tx = ctx.begin().await?;
    drafts::discard(&tx, user).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}
