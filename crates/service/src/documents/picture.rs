//! What is made of a document for looking at it and listening to it: a page as a picture, a recording's sound. It is made
//! when somebody asks, where the reader is shut in, and kept with the document, encrypted as that is.

use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use store::documents::{self, Document};

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
    let path = format!("{}.{page}.png", documents::path(document.company, document.id));
    let drawn = kept_or_made(ctx, &document, &path, Made::Picture(page)).await?;
    drawn.ok_or_else(none)
}

/// A recording's sound as an MP3.
///
/// # Errors
///
/// Not found where the document is no recording.
pub async fn sound(ctx: &Ctx, id: &str) -> Result<Vec<u8>> {
    ctx.require(Permission::ReadClaims)?;
    let document = documents::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let none = || Error::Refused(AppError::new(ErrorKind::NotFound, "This document is no recording."));
    if !["audio", "video"].contains(&document.kind.as_str()) {
        return Err(none());
    }
    let path = format!("{}.mp3", documents::path(document.company, document.id));
    kept_or_made(ctx, &document, &path, Made::Sound).await?.ok_or_else(none)
}

enum Made {
    Picture(u32),
    Sound,
}

async fn kept_or_made(ctx: &Ctx, document: &Document, path: &str, what: Made) -> Result<Option<Vec<u8>>> {
    let key = documents::key(ctx.store(), document.claim).await?;
    if let Some(sealed) = ctx.app.ports.files.get(path).await.map_err(Error::internal)? {
        return Ok(Some(store::files::open_with(&key, path, &sealed)?));
    }
    let source = bytes(ctx, document).await?;
    let reader = &ctx.app.ports.reader;
    let made = match what {
        Made::Picture(page) => reader.picture(source, page).await,
        Made::Sound => reader.sound(source).await,
    };
    let Some(made) = made.map_err(Error::internal)? else { return Ok(None) };
    let sealed = store::files::seal_with(&key, path, &made)?;
    ctx.app.ports.files.put(path, sealed).await.map_err(Error::internal)?;
    // Named, so that it is not swept away as a file that nobody knows.
    let tx = ctx.begin().await?;
    match store::files::name_at(&tx, document.company, path, "made", made.len() as u64, ctx.now).await {
        Ok(()) => tx.commit_bookkeeping().await?,
        // Two who look at once make it twice, and it is named once.
        Err(store::StoreError::Conflict(_)) => drop(tx),
        Err(error) => return Err(error.into()),
    }
    Ok(Some(made))
}
