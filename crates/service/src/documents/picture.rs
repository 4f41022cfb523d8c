//! A page of a document as a picture. It is drawn when somebody looks at it, where the reader is shut in, and kept with
//! the document, encrypted as that is.

use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use store::documents;

use super::bytes;
use crate::{Ctx, Error, Result, id_from};

/// A PNG of the page, which counts from 1.
///
/// # Errors
///
/// Not found where the document has no such page, or has none at all.
pub async fn picture(ctx: &Ctx, id: &str, page: u32) -> Result<Vec<u8>> {
    ctx.require(Permission::ReadClaims)?;
    let document = documents::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let none = || Error::Refused(AppError::new(ErrorKind::NotFound, "This document has no such page."));
    if page == 0 || page > document.pages {
        return Err(none());
    }
    let key = documents::key(ctx.store(), document.claim).await?;
    let path = format!("{}.{page}.png", documents::path(document.company, document.id));
    if let Some(sealed) = ctx.app.ports.files.get(&path).await.map_err(Error::internal)? {
        return Ok(store::files::open_with(&key, &path, &sealed)?);
    }
    let source = bytes(ctx, &document).await?;
    let drawn = ctx.app.ports.reader.picture(source, page).await.map_err(Error::internal)?.ok_or_else(none)?;
    let sealed = store::files::seal_with(&key, &path, &drawn)?;
    ctx.app.ports.files.put(&path, sealed).await.map_err(Error::internal)?;
    // Named, so that it is not swept away as a file that nobody knows.
    let tx = ctx.begin().await?;
    match store::files::name_at(&tx, document.company, &path, "picture", drawn.len() as u64, ctx.now).await {
        Ok(()) => tx.commit_bookkeeping().await?,
        // Two who look at once draw it twice, and it is named once.
        Err(store::StoreError::Conflict(_)) => drop(tx),
        Err(error) => return Err(error.into()),
    }
    Ok(drawn)
}
