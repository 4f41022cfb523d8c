//! Deleting files that no row names: of changes that never came to be. They are left alone for a day,
//! because a file is put before the row that names it.

use chrono::Duration;
use futures_util::StreamExt;
use store::files;

use super::{ATTEMPTS, Kind, Running, Work};
use crate::ports::Stored;
use crate::{Ctx, Error, Result};

pub static KIND: Kind =
    Kind { key: "files.sweep", label: "Deleting orphaned files", holds: &[], attempts: ATTEMPTS, run };

const LEFT_ALONE: Duration = Duration::hours(24);
/// Files that are looked up together.
const PORTION: usize = 200;

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(sweep(ctx))
}

async fn sweep(ctx: &Ctx) -> Result<String> {
    let port = ctx.app.ports.files.clone();
    let before = ctx.now - LEFT_ALONE;
    let (mut seen, mut deleted) = (0_u64, 0_u64);
    let mut portions = port.list().chunks(PORTION);
    while let Some(portion) = portions.next().await {
        let portion: Vec<Stored> = portion.into_iter().collect::<Result<_, _>>().map_err(Error::internal)?;
        seen += portion.len() as u64;
        let old: Vec<String> = portion
            .into_iter()
            .filter(|f| f.modified < before && !f.path.starts_with(super::audit_export::FOLDER))
            .map(|f| f.path)
            .collect();
        let named = files::named(ctx.store(), &old).await?;
        for path in old.iter().filter(|path| !named.contains(path)) {
            port.delete(path).await.map_err(Error::internal)?;
            deleted += 1;
        }
    }
    Ok(format!("{deleted} of {seen} files were orphans and are deleted."))
}
