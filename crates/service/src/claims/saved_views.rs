//! Views of the claims list that a person saves for themselves (story 16).

use contract::ErrorKind;
use contract::claim::SavedView;
use domain::policy::Permission;
use store::saved_views::{self, MOST, View};

use crate::{Ctx, Error, Result, id_from};

/// Longest name, in characters; longest query, in bytes.
const NAME: usize = 40;
const QUERY: usize = 1_000;

pub async fn list(ctx: &Ctx) -> Result<Vec<SavedView>> {
    ctx.require(Permission::ReadClaims)?;
    let (user, company) = own(ctx)?;
    let views = saved_views::list(ctx.store(), user, company).await?;
    Ok(views.into_iter().map(|(id, view)| SavedView { id, name: view.name, query: view.query }).collect())
}

/// `query`: the list's address behind its `?`.
pub async fn save(ctx: &Ctx, name: &str, query: &str) -> Result<()> {
    ctx.require(Permission::ReadClaims)?;
    let (user, company) = own(ctx)?;
    let (name, query) = (name.trim(), query.trim_start_matches('?'));
    let length = name.chars().count();
    if !(1..=NAME).contains(&length)
        || name.chars().any(|c| {
            c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
    {
        return Err(Error::field("name", format!("call the view something, in up to {NAME} characters")));
    }
    if query.len() > QUERY || query.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::field("name", "this view cannot be saved: its filters are too long"));
    }
    let tx = ctx.begin().await?;
    if saved_views::count(&tx, user).await? >= MOST {
        let words = format!("You have {MOST} views: remove one before you save another.");
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let view = View { name: name.into(), query: query.into() };
    saved_views::create(&tx, ctx.id(), user, company, &view, ctx.now).await?;
    // How a person looks at a list is no change of anybody's data.
    tx.commit_bookkeeping().await?;
    Ok(())
}

pub async fn remove(ctx: &Ctx, id: &str) -> Result<()> {
    ctx.require(Permission::ReadClaims)?;
    let (user, _) = own(ctx)?;
    let tx = ctx.begin().await?;
    saved_views::forget(&tx, user, id_from(id)?).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}

fn own(ctx: &Ctx) -> Result<(domain::id::UserId, domain::id::CompanyId)> {
    let (user, _, _) = ctx.caller.person()?;
    let company = ctx.caller.company.ok_or_else(|| Error::internal("a person works for a company"))?;
    Ok((user, company))
}
