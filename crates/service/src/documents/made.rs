//! What is made of a document for looking at it and listening to it: a page as a picture, a recording's sound, a video in
//! small. It is made when somebody asks, where the reader is shut in, and kept with the document, encrypted as that is.

use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use store::documents::{self, Document};

use super::{file, looked_at, unharmful};
use crate::files::{self, Opened};
use crate::ports::Made;
use crate::{Ctx, Error, Result};

/// A page as a PNG, a recording's sound as an MP3, a video as an MP4.
///
/// # Errors
///
/// Not found where the document has nothing of the kind.
pub async fn made(ctx: &Ctx, id: &str, what: Made) -> Result<Opened> {
    ctx.require(Permission::ReadClaims)?;
    let document = looked_at(ctx, id).await?;
    let kind = document.kind.as_str();
    let has = match what {
        Made::Picture(page) => (1..=document.pages).contains(&page) && matches!(kind, "pdf" | "image"),
        Made::Sound => matches!(kind, "audio" | "video"),
        Made::Preview => kind == "video",
    };
    let none = || Error::Refused(AppError::new(ErrorKind::NotFound, "This document has nothing of the kind."));
    if !has {
        return Err(none());
    }
    // It is made to its end and kept although whoever asked has gone: the next finds it.
    let ctx = ctx.clone();
    let making = tokio::spawn(async move { kept_or_made(&ctx, &document, what, None).await });
    making.await.map_err(Error::internal)??.ok_or_else(none)
}

/// Draws the pages on which something was found while the password is at hand: later nobody has it.
pub(super) async fn draw_now(ctx: &Ctx, document: &Document, pages: &[u32], password: &str) -> Result<()> {
    for page in pages.iter().take(DRAWN_AT_ONCE) {
        kept_or_made(ctx, document, Made::Picture(*page), Some(password)).await?;
    }
    Ok(())
}

/// Pages of a locked document that are drawn when it is opened.
const DRAWN_AT_ONCE: usize = 10;

async fn kept_or_made(ctx: &Ctx, document: &Document, what: Made, password: Option<&str>) -> Result<Option<Opened>> {
    let base = documents::path(document.company, document.id);
    let path = match what {
        Made::Picture(page) => documents::picture_path(&base, page),
        Made::Sound => documents::sound_path(&base),
        Made::Preview => documents::preview_path(&base),
    };
    let key = documents::file_key(ctx.store(), document).await?;
    if let Some(there) = files::open(&ctx.app, &key, &path).await? {
        return Ok(Some(there));
    }
    unharmful(document)?;
    let _turn = ctx.app.making.take(ctx)?;
    let source = file(ctx, document).await?.pieces();
    let made = ctx.app.ports.reader.make(source, what, password).await.map_err(Error::internal)?;
    let Some(made) = made.filter(|made| !made.is_empty()) else { return Ok(None) };
    let sealed = store::files::seal_with(&key, &path, &made)?;
    ctx.app.ports.files.put(&path, sealed).await.map_err(Error::internal)?;
    // Named, so that it is not swept away as a file that nobody knows.
    let tx = ctx.begin().await?;
    if documents::hold(&tx, document.company, document.id).await?.is_none() {
        // It was discarded meanwhile.
        drop(tx);
        let _ = ctx.app.ports.files.delete(&path).await;
        return Ok(None);
    }
    match store::files::name_at(&tx, document.company, &path, "made", made.len() as u64, ctx.now).await {
        Ok(()) => tx.commit_bookkeeping().await?,
        // Two who look at once make it twice, and it is named once.
        Err(store::StoreError::Conflict(_)) => drop(tx),
        Err(error) => return Err(error.into()),
    }
    files::open(&ctx.app, &key, &path).await
}
