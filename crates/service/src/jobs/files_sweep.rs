//! Deleting files that no row names: of changes that never came to be. They are left alone for a day,
//! because a file is put before the row that names it.

use std::collections::BTreeSet;

use chrono::Duration;
use domain::id::DocumentId;
use futures_util::StreamExt;
use store::{Reach, companies, files};

use super::{Kind, Running, USUAL, Work};
use crate::ports::Stored;
use crate::{Ctx, Error, Result};

pub static KIND: Kind =
    Kind { key: "files.sweep", label: "Deleting orphaned files", holds: &[], manner: USUAL, seen_at: "/jobs", run };

const LEFT_ALONE: Duration = Duration::hours(24);
/// Files that are looked up together.
const PORTION: usize = 200;

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(sweep(ctx))
}

async fn sweep(ctx: &Ctx) -> Result<String> {
    let port = ctx.app.ports.files.clone();
    let before = ctx.now - LEFT_ALONE;
    port.tidy(before).await.map_err(Error::internal)?;
    let all = companies::list(ctx.store(), Reach::Operator).await?;
    let companies: BTreeSet<String> = all.into_iter().map(|c| c.id.to_string()).collect();
    let (mut seen, mut deleted) = (0_u64, 0_u64);
    let mut portions = port.list().chunks(PORTION);
    while let Some(portion) = portions.next().await {
        let portion: Vec<Stored> = portion.into_iter().collect::<Result<_, _>>().map_err(Error::internal)?;
        seen += portion.len() as u64;
        let old: Vec<String> = portion.into_iter().filter(|f| f.modified < before).map(|f| f.path).collect();
        let named = files::named(ctx.store(), &old).await?;
        for path in old.iter().filter(|path| !named.contains(path) && is_ours(path, &companies)) {
            // Whoever has lost the job deletes nothing by an old list; and it may have been named just now.
            let tx = ctx.begin().await?;
            let named_now = files::is_named(&tx, path).await?;
            tx.commit_bookkeeping().await?;
            if !named_now {
                port.delete(path).await.map_err(Error::internal)?;
                deleted += 1;
            }
        }
    }
    Ok(format!("{deleted} of {seen} files were orphans and are deleted."))
}

/// Whether a path is one that we give: `company/xx/hash`, or a document's `company/documents/xx/id`. A bucket may hold
/// other things, and another installation's files.
fn is_ours(path: &str, companies: &BTreeSet<String>) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let (company, folder, name) = match parts.as_slice() {
        [company, folder, name] => (company, folder, name),
        [company, "documents", folder, id] => {
            // What is made of a document is called by it: `id.17.png`, `id.mp3`.
            let id = id.split('.').next().unwrap_or_default();
            return companies.contains(*company) && id.ends_with(folder) && id.parse::<DocumentId>().is_ok();
        }
        _ => return false,
    };
    let hex = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    companies.contains(*company) && hex && name.starts_with(folder)
}
