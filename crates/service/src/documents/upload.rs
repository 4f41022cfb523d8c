//! A document comes in: kept first, read later.

use contract::ErrorKind;
use domain::id::{ClaimId, DocumentId};
use domain::policy::Permission;
use serde_json::json;
use store::documents::{self, Document};
use store::{StoreError, claims};

use super::{NOT_SCANNED, STORED};
use crate::jobs::document_read;
use crate::secret::digest;
use crate::{Ctx, Error, Result, id_from};

/// The largest document, in bytes.
pub const LARGEST: usize = 25 << 20;
/// Longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 120;

/// A document as it came in, and on which other claims of the company the same file is.
pub struct Uploaded {
    pub document: Document,
    /// Those claims, with their numbers.
    pub also_on: Vec<(ClaimId, String)>,
}

/// Keeps a file on a claim and orders its reading. What the file is does not matter: what cannot be read can still be
/// looked at.
pub async fn upload(ctx: &Ctx, claim_id: &str, name: &str, bytes: Vec<u8>) -> Result<Uploaded> {
    ctx.require(Permission::WriteClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    if bytes.is_empty() {
        return Err(Error::field("file", "this file is empty: choose another"));
    }
    if bytes.len() > LARGEST {
        let words = format!("This file is larger than {} MB: send the pages that matter.", LARGEST >> 20);
        return Err(Error::refused(ErrorKind::TooLarge, words));
    }
    let (id, sha256) = (ctx.id::<DocumentId>(), digest(&bytes));
    if let Some(document) = documents::on_claim(ctx.store(), claim.company, claim.id, &sha256).await? {
        return Err(already(ctx, document).await?);
    }
    let same = documents::same(ctx.store(), ctx.caller.reach, claim.company, &sha256).await?;
    crate::claims::create::moved(ctx, &claim).await?;
    let size = bytes.len() as u64;
    let path = documents::path(claim.company, id);
    let key = documents::key(ctx.store(), claim.id).await?;
    // A megabyte of encryption is a millisecond; twenty-five are not for the thread that answers others.
    let place = path.clone();
    let sealed = tokio::task::spawn_blocking(move || store::files::seal_with(&key, &place, &bytes));
    let sealed = sealed.await.map_err(Error::internal)??;
    ctx.app.ports.files.put(&path, sealed).await.map_err(Error::internal)?;
    let document = Document {
        id,
        company: claim.company,
        claim: claim.id,
        name: file_name(name),
        sha256,
        kind: String::new(),
        state: STORED.into(),
        fail_code: None,
        size,
        pages: 0,
        sums: None,
        uploaded_by: ctx.caller.actor.name(),
        uploaded_at: ctx.now,
        read_at: None,
        report: false,
        scan: NOT_SCANNED.into(),
    };
    let tx = ctx.begin().await?;
    match documents::create(&tx, &document).await {
        // Somebody sent the same a moment before.
        Err(StoreError::Conflict(_)) => {
            drop(tx);
            return Err(Error::refused(ErrorKind::Conflict, "This file is on the claim already."));
        }
        other => other?,
    }
    document_read::order(ctx, &tx, &document).await?;
    let details = json!({ "claim": claim.id, "bytes": size });
    tx.commit(ctx.audit(Some(claim.company), "document.uploaded", "document", id, details)).await?;
    let also_on = same.into_iter().map(|(_, claim, number)| (claim, crate::claims::number(number))).collect();
    Ok(Uploaded { document, also_on })
}

async fn already(ctx: &Ctx, document: DocumentId) -> Result<Error> {
    let name = documents::find(ctx.store(), ctx.caller.reach, document).await?.name;
    Ok(Error::refused(ErrorKind::Conflict, format!("This file is on the claim already, as “{name}” ({document}).")))
}

/// The last part of what a browser or a program calls it, without what no file name needs.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control() && !is_unseen(*c)).take(LONGEST_NAME).collect();
    let clean = clean.trim();
    if clean.trim_matches('.').is_empty() { "document".to_owned() } else { clean.to_owned() }
}

/// Letters that are not seen, or turn the order of those that are: "fdp.exe" would read as "exe.pdf".
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_name_is_a_name_and_no_path() {
        for (given, kept) in [
            ("letter.pdf", "letter.pdf"),
            ("C:\\Users\\ann\\Siân’s letter.pdf", "Siân’s letter.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nb\0.pdf", "ab.pdf"),
            ("", "document"),
            (" / ", "document"),
            ("..", "document"),
            ("\u{200b}", "document"),
            ("\u{202e}fdp.exe", "fdp.exe"),
        ] {
            assert_eq!(file_name(given), kept, "{given:?}");
        }
        assert_eq!(file_name(&"x".repeat(500)).len(), 120);
    }
}
