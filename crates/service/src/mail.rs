//! Mail to people: written with the change that it tells of, sent by a job.

use domain::id::{CompanyId, InvoiceId, MailId, UserId};
use serde_json::json;
use store::Tx;
use store::mails::{self, Mail, State};

use crate::{Ctx, Result, jobs};

/// A letter to somebody.
pub struct Written<'a> {
    pub company: CompanyId,
    pub user: Option<UserId>,
    /// What it is about, such as `invitation`.
    pub kind: &'a str,
    pub to: &'a str,
    pub subject: String,
    pub text: String,
    /// An issued document that goes with it, and the hash of its bytes.
    pub document: Option<(InvoiceId, String)>,
}

/// Puts a letter into the outbox, in the transaction of what it tells of.
pub async fn write(ctx: &Ctx, tx: &Tx, letter: Written<'_>) -> Result<MailId> {
    let mail = Mail {
        id: ctx.id(),
        company: letter.company,
        user: letter.user,
        kind: letter.kind.to_owned(),
        recipient: letter.to.to_owned(),
        subject: letter.subject,
        body: letter.text,
        document: letter.document,
        state: State::Queued,
        error: None,
        created_at: ctx.now,
        sent_at: None,
    };
    mails::create(tx, &mail).await?;
    let order = jobs::Order { payload: json!({ "mail": mail.id }), ..jobs::Order::of(&jobs::mail_send::KIND) };
    jobs::enqueue(ctx, tx, jobs::Order { company: Some(mail.company), ..order }).await?;
    Ok(mail.id)
}
