//! What a person is told (story 18).

use contract::account::NotificationView;
use store::notifications;

use crate::{Ctx, Result};

pub async fn list(ctx: &Ctx) -> Result<Vec<NotificationView>> {
    let (id, _, _) = ctx.caller.person()?;
    let rows = notifications::list(ctx.store(), id, 50).await?;
    Ok(rows.into_iter().map(|(text, href, at, read)| NotificationView { text, href, at: at.into(), read }).collect())
}

pub async fn mark_read(ctx: &Ctx) -> Result<()> {
    let (id, _, _) = ctx.caller.person()?;
    let tx = ctx.begin().await?;
    notifications::read_all(&tx, id, ctx.now).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}
