//! A document comes in: kept first, read later. On a claim, or on one's draft before there is a claim.

use contract::ErrorKind;
use domain::id::{ClaimId, CompanyId, DocumentId, DraftId};
use domain::policy::Permission;
use domain::tier::Capability;
use extract::{Limits, largest};
use serde_json::json;
use store::documents::{self, Document, Home};
use store::{StoreError, claims, drafts};

use crate::files::{self, Source};
use crate::jobs::document_read;
use crate::{Ctx, Error, Result, Turn, id_from, tiers};

/// Longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 120;

/// A document as it came in, and on which other claims of the company the same file is.
#[derive(Debug)]
pub struct Uploaded {
    pub document: Document,
    /// Those claims, with their numbers.
    pub also_on: Vec<(ClaimId, String)>,
}

/// Keeps a file on a claim and orders its reading. What the file is does not matter: what cannot be read can still be
/// looked at.
pub async fn upload(ctx: &Ctx, claim_id: &str, name: &str, source: Source<'_>) -> Result<Uploaded> {
    ctx.require(Permission::WriteClaims)?;
    tiers::require(ctx, Capability::Documents).await?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    crate::claims::create::moved(ctx, &claim).await?;
    keep(ctx, claim.company, (Home::Claim(claim.id), None), name, source).await
}

/// Documents that a draft has at most, and files that are taken of one request.
const ON_A_DRAFT: usize = 20;
pub const AT_ONCE: usize = 20;

/// A place among the uploads of the caller, of their company and of all.
pub fn turn(ctx: &Ctx) -> Result<Turn> {
    ctx.app.uploads.take(ctx)
}

/// Keeps a file on one's own draft.
pub async fn upload_to_draft(ctx: &Ctx, name: &str, source: Source<'_>) -> Result<Uploaded> {
    ctx.require(Permission::WriteClaims)?;
    tiers::require(ctx, Capability::Documents).await?;
    let (me, _, _) = ctx.caller.person()?;
    let home = Home::Draft(me);
    if documents::at(ctx.store(), ctx.caller.reach, home).await?.len() >= ON_A_DRAFT {
        let words = format!("A draft has {ON_A_DRAFT} documents at most: save the claim, and add the others there.");
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let draft = crate::claims::draft::begun(ctx).await?;
    keep(ctx, ctx.caller.own_company()?, (home, Some(draft)), name, source).await
}

async fn keep(
    ctx: &Ctx,
    company: CompanyId,
    (home, draft): (Home, Option<DraftId>),
    name: &str,
    source: Source<'_>,
) -> Result<Uploaded> {
    let id = ctx.id::<DocumentId>();
    let (key, path) = (documents::new_file_key(id), documents::path(company, id));
    let limits = &ctx.app.limits.documents;
    let received = files::receive(&ctx.app, &key, &path, source, |size, head| fits(limits, size, head)).await?;
    let mut document = Document::new(id, company, home, ctx.caller.actor.name(), ctx.now);
    (document.name, document.sha256, document.size) = (file_name(name), received.sha256, received.size);
    match entered(ctx, &document, draft, &key).await {
        Ok(also_on) => Ok(Uploaded { document, also_on }),
        Err(error) => {
            // Nobody names the file; should this fail too, it is swept.
            let _ = ctx.app.ports.files.delete(&path).await;
            Err(error)
        }
    }
}

/// Enters a document whose file has come, unless it is there already.
///
/// `draft`: for which it came; another one by now has nothing to do with it.
async fn entered(
    ctx: &Ctx,
    document: &Document,
    draft: Option<DraftId>,
    key: &store::DataKey,
) -> Result<Vec<(ClaimId, String)>> {
    let (company, sha256) = (document.company, &document.sha256);
    if let Some(there) = documents::with_content(ctx.store(), company, document.home, sha256).await? {
        let name = documents::find(ctx.store(), ctx.caller.reach, there).await?.name;
        return Err(Error::refused(ErrorKind::Conflict, format!("This file is here already, as “{name}”.")));
    }
    let same = documents::same(ctx.store(), ctx.caller.reach, company, sha256).await?;
    let tx = ctx.begin().await?;
    if let Home::Draft(me) = document.home
        && drafts::id_of(&tx, me).await? != draft
    {
        let words = "While this file was on its way the form was saved or discarded. Add it on the claim’s page.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    match documents::create(&tx, document, key).await {
        // Somebody sent the same a moment before.
        Err(StoreError::Conflict(_)) => {
            drop(tx);
            return Err(Error::refused(ErrorKind::Conflict, "This file is here already."));
        }
        other => other?,
    }
    document_read::order(ctx, &tx, document, 1).await?;
    let details = json!({ "claim": document.claim(), "bytes": document.size });
    tx.commit(ctx.audit(Some(company), "document.uploaded", "document", document.id, details)).await?;
    Ok(same.into_iter().map(|(_, claim, number)| (claim, crate::claims::number(number))).collect())
}

/// Of several files that came together: what was refused of them, each by its name.
///
/// # Errors
///
/// Where one was refused, or none came.
pub fn all_or_words(added: &[DocumentId], refused: Vec<(String, Error)>) -> Result<()> {
    match (refused.len(), added.len()) {
        (0, 0) => Err(Error::field("file", "choose a file first")),
        (0, _) => Ok(()),
        (_, came) => {
            let all: Vec<_> = refused.into_iter().map(|(name, error)| (name, error.into_app())).collect();
            // Of one alone the status is its own.
            let kind = match all.as_slice() {
                [(_, error)] if came == 0 => error.kind,
                _ => ErrorKind::Invalid,
            };
            let told = |(name, error): (String, contract::AppError)| {
                let words = error.fields.first().map(|f| f.message.clone()).unwrap_or(error.message);
                format!("“{}” was not taken: {words}", file_name(&name))
            };
            let mut words: Vec<String> = all.into_iter().map(told).collect();
            if came > 0 {
                words.push(format!("{came} came: reload the page to see what."));
            }
            Err(Error::refused(kind, words.join(" ")))
        }
    }
}

/// Refuses a file of this size that begins so.
fn fits(limits: &Limits, size: u64, head: &[u8]) -> Result<()> {
    let most = largest(head, limits);
    if size <= most {
        return Ok(());
    }
    let words = if most == limits.bytes { "Send the pages that matter." } else { "Send the part that matters." };
    let words = format!("This file is larger than {} MB, which is the most of its kind. {words}", most >> 20);
    Err(Error::refused(ErrorKind::TooLarge, words))
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
