//! Moving what earlier versions kept in the database, model bundles and invoices' PDFs, to where files
//! are. Each is put, then named and taken out of the database in one transaction: it can stop anywhere
//! and goes on where it stopped.

use store::{files, invoices, models};

use super::run::progress;
use super::{Kind, ROLLED_OUT, Running, USUAL, Work, order_once};
use crate::{App, Ctx, Result};

pub static KIND: Kind = Kind {
    key: "files.move",
    label: "Moving files out of the database",
    holds: &[],
    manner: USUAL,
    seen_at: "/jobs",
    run,
};

/// Orders the move where there is anything to move.
pub async fn order(app: &App, now: chrono::DateTime<chrono::Utc>) -> Result<()> {
    // Where others do not reach the files, they stay where all find them.
    if !app.ports.files_are_shared {
        return Ok(());
    }
    if models::kept_bundles(&app.store).await? + invoices::kept_pdfs(&app.store).await? == 0 {
        return Ok(());
    }
    order_once(app, &KIND, now, now + ROLLED_OUT).await
}

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let of = models::kept_bundles(ctx.store()).await? + invoices::kept_pdfs(ctx.store()).await?;
        let mut done = 0;
        while let Some((model, bytes)) = models::next_kept_bundle(ctx.store()).await? {
            let file = crate::files::put(&ctx.app, model.company, "bundle", &bytes).await?;
            let tx = ctx.begin().await?;
            files::name(&tx, &file, ctx.now).await?;
            models::drop_kept_bundle(&tx, model.id).await?;
            tx.commit_bookkeeping().await?;
            done += 1;
            progress(ctx, done, of).await?;
        }
        while let Some((invoice, bytes)) = invoices::next_kept_pdf(ctx.store()).await? {
            let file = crate::files::put(&ctx.app, invoice.company, "invoice", &bytes).await?;
            let tx = ctx.begin().await?;
            files::name(&tx, &file, ctx.now).await?;
            invoices::drop_kept_pdf(&tx, invoice.id).await?;
            tx.commit_bookkeeping().await?;
            done += 1;
            progress(ctx, done, of).await?;
        }
        Ok(format!("{done} files are moved."))
    })
}
