//! Sending a letter of the outbox.

use domain::policy::Permission;
use serde_json::json;
use store::mails::{self, Mail, State};

use super::{Kind, Manner, Running, USUAL, Work};
use crate::account::invitation::{INVITATION, LASTS};
use crate::invoicing::document::{Format, download};
use crate::invoicing::sending::DOCUMENT;
use crate::ports::{Attached, Letter, MailError};
use crate::secret::digest;
use crate::{Ctx, Error, Result};
use contract::ErrorKind;

pub static KIND: Kind = Kind {
    key: "mail.send",
    label: "Sending a mail",
    // A letter may bring a document.
    holds: &[Permission::ReadInvoices],
    manner: Manner { attempts: 5, ..USUAL },
    seen_at: "/people",
    run,
};

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(send(ctx, work))
}

/// Whether its person was sent another mail since.
async fn replaced(ctx: &Ctx, mail: &Mail) -> Result<bool> {
    let Some(user) = mail.user else { return Ok(false) };
    let newest = mails::newest_to(ctx.store(), ctx.caller.reach, user).await?;
    Ok(newest.is_some_and(|newest| newest.id != mail.id))
}

/// The document that goes with a letter, as it was issued; with the document itself its UBL too, for machines.
async fn attached(ctx: &Ctx, mail: &Mail) -> Result<Vec<Attached>> {
    let Some((document, hash)) = &mail.document else { return Ok(Vec::new()) };
    let (name, bytes) = download(ctx, &document.to_string(), Format::Pdf).await?;
    if digest(&bytes) != *hash {
        return Err(Error::internal(format!("the file of {document} is not the one that its letter names")));
    }
    let mut files = vec![Attached { name, kind: Format::Pdf.media_type(), bytes }];
    // What was issued before there were e-invoices went out without, and may not be fit to be one.
    let has_one = store::invoices::find(ctx.store(), ctx.caller.reach, *document).await?.ubl_hash.is_some();
    if mail.kind == DOCUMENT && has_one {
        let (name, bytes) = download(ctx, &document.to_string(), Format::Ubl).await?;
        files.push(Attached { name, kind: Format::Ubl.media_type(), bytes });
    }
    Ok(files)
}

async fn send(ctx: &Ctx, work: &Work) -> Result<String> {
    let mail = mails::find(ctx.store(), ctx.caller.reach, work.id("mail")?).await?;
    if matches!(mail.state, State::Accepted | State::Bounced) {
        return Ok(format!("It was {} already.", mail.state.key()));
    }
    if mail.kind == INVITATION && ctx.now - mail.created_at >= LASTS {
        let words = "The link in this mail has expired: send a new one from the person’s page.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    if mail.kind == INVITATION && replaced(ctx, &mail).await? {
        let words = "The link in this mail was replaced by a newer one: it opens nothing any more.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let Some(port) = ctx.app.ports.mail.clone() else {
        let words = "No mail server is set: set SOLATIUM_SMTP_URL and run this again.";
        return Err(Error::refused(ErrorKind::Unavailable, words));
    };
    let attached = attached(ctx, &mail).await?;
    let letter =
        Letter { id: mail.id.to_string(), to: mail.recipient, subject: mail.subject, text: mail.body, attached };
    let sent = port.send(&letter).await;
    let (state, error) = match &sent {
        Ok(()) => (State::Accepted, None),
        Err(MailError::Refused(_)) => (State::Bounced, Some("the mail server refuses the recipient")),
        Err(MailError::Failed(_)) if work.is_last() => (State::Failed, Some("the mail server took it at no attempt")),
        Err(MailError::Failed(_)) => (State::Queued, Some("the mail server did not take it yet")),
    };
    let tx = ctx.begin().await?;
    mails::attempted(&tx, mail.id, state, error, ctx.now).await?;
    let details = json!({ "about": mail.kind, "state": state.key() });
    tx.commit(ctx.audit(Some(mail.company), "mail.attempted", "mail", mail.id, details)).await?;
    match sent {
        Ok(()) => Ok("The mail server took it.".into()),
        // Answers of a mail server may repeat the address: they stay out of what is shown and logged.
        Err(MailError::Refused(_)) => Err(Error::refused(
            ErrorKind::Unavailable,
            "The mail server refuses the recipient: correct the address and send it again.",
        )),
        Err(MailError::Failed(_)) => {
            let words = "The mail server cannot be reached or does not take mail now.";
            if work.is_last() {
                Err(Error::refused(ErrorKind::Unavailable, words))
            } else {
                Err(Error::internal(words))
            }
        }
    }
}
