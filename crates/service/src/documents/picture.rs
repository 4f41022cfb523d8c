//! What is made of a document for looking at it and listening to it: a page as a picture, a recording's sound. It is made
//! when somebody asks, where the reader is shut in, and kept with the document, encrypted as that is.

use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use store::documents::{self, Document};

use super::{bytes, unharmful};
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
    ctx.note_read(document.company, document.claim).await?;
    if page == 0 || page > document.pages {
        return Err(none());
    }
    let path = format!("{}.{page}.png", documents::path(document.company, document.id));
    let drawn = kept_or_made(ctx, &document, &path, Made::Picture(page, None)).await?;
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
    ctx.note_read(document.company, document.claim).await?;
    if !["audio", "video"].contains(&document.kind.as_str()) {
        return Err(none());
    }
    let path = format!("{}.mp3", documents::path(document.company, document.id));
    kept_or_made(ctx, &document, &path, Made::Sound).await?.ok_or_else(none)
}

#[derive(Clone, Copy)]
enum Made<'a> {
    /// A page, with the password that opens the document.
    Picture(u32, Option<&'a str>),
    Sound,
}

/// Draws the pages on which something was found while the password is at hand: later nobody has it.
pub(super) async fn draw_now(ctx: &Ctx, document: &Document, pages: &[u32], password: &str) -> Result<()> {
    for page in pages.iter().take(DRAWN_AT_ONCE) {
        let path = format!("{}.{page}.png", documents::path(document.company, document.id));
        kept_or_made(ctx, document, &path, Made::Picture(*page, Some(password))).await?;
    }
    Ok(())
}

/// Pages of a locked document that are drawn when it is opened.
const DRAWN_AT_ONCE: usize = 10;

async fn kept_or_made(ctx: &Ctx, document: &Document, path: &str, what: Made<'_>) -> Result<Option<Vec<u8>>> {
    let key = documents::key(ctx.store(), document.claim).await?;
    if let Some(sealed) = ctx.app.ports.files.get(path).await.map_err(Error::internal)? {
        return Ok(Some(store::files::open_with(&key, path, &sealed)?));
    }
    unharmful(document)?;
    let source = bytes(ctx, document).await?;
    let reader = &ctx.app.ports.reader;
    let made = match what {
        Made::Picture(page, password) => reader.picture(source, page, password).await,
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
