//! Documents by mail (story 58): written with what they tell of, sent by a job, tracked for each recipient.

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table, Tone};
use domain::id::MailId;
use domain::policy::Permission;
use serde_json::json;
use store::companies::Company;
use store::invoices::Invoice;
use store::mails::{self, State};
use store::{Reach, Tx, companies};

use super::invoices::{find, name_of};
use crate::acts::{Done, Kind};
use crate::mail::{self, Written};
use crate::{Ctx, Error, Result};

/// What is said where nothing can be sent.
pub(super) const NO_SERVER: &str = "Solatium has no mail server: an administrator sets one (SOLATIUM_SMTP_URL). Until then \
                                    download the PDF and send it yourself.";

/// The kind of a letter that brings a document, not a reminder of one.
pub(crate) const DOCUMENT: &str = "invoice";

/// Sends an issued document to somebody.
pub static SEND: Kind = Kind {
    name: "invoice.send",
    needs: Some(Permission::PrepareInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            let to = crate::admin::people::check_email(entries.text("to"))
                .map_err(|_| Error::field("to", "enter an e-mail address, such as accounts@example.org"))?;
            let invoice = find(ctx, entries.text("id")).await?;
            if invoice.number.is_none() {
                return Err(Error::refused(ErrorKind::Conflict, "A draft is not sent: issue it first."));
            }
            if ctx.app.ports.mail.is_none() {
                return Err(Error::refused(ErrorKind::Conflict, NO_SERVER));
            }
            let tx = ctx.begin().await?;
            let company = companies::find(&tx, Reach::Operator, invoice.company).await?;
            written(ctx, &tx, &invoice, &company, &to).await?;
            let details = json!({ "number": invoice.number });
            tx.commit(ctx.audit(Some(invoice.company), "invoice.sent", "invoice", invoice.id, details)).await?;
            Ok(Done::said("It is on its way."))
        })
    },
};

/// Puts a document's letter into the outbox, in the transaction of what it tells of.
pub(super) async fn written(ctx: &Ctx, tx: &Tx, invoice: &Invoice, company: &Company, to: &str) -> Result<MailId> {
    let number = invoice.number.clone().unwrap_or_default();
    let what = invoice.kind.label();
    let mut lines = vec![format!("To {},", company.name), String::new()];
    lines.push(format!("please find attached {} {number} of {}.", what.to_lowercase(), invoice.totals.gross));
    if let Some(due) = invoice.due_on.filter(|_| invoice.kind.is_owed()) {
        lines.push(format!("Payment is due by {}; please quote {number}.", due.format("%-d %B %Y")));
    }
    lines.extend([String::new(), format!("It is also at {}/invoices/{}", ctx.app.ports.public_url, invoice.id)]);
    letter(ctx, tx, invoice, (to, DOCUMENT), format!("{what} {number}"), lines.join("\n")).await
}

/// A letter with the document attached, by the hash of the bytes that were issued.
pub(super) async fn letter(
    ctx: &Ctx,
    tx: &Tx,
    invoice: &Invoice,
    (to, kind): (&str, &str),
    subject: String,
    text: String,
) -> Result<MailId> {
    let hash = invoice.pdf_hash.clone().unwrap_or_default();
    let document = Some((invoice.id, hash));
    let written = Written { company: invoice.company, user: None, kind, to, subject, text, document };
    mail::write(ctx, tx, written).await
}

/// To whom the document went, and the form that sends it again.
pub(super) async fn parts(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
    if !ctx.caller.holds(Permission::PrepareInvoices) {
        return Ok(Vec::new());
    }
    let company = companies::find(ctx.store(), Reach::Operator, invoice.company).await?;
    let mut table = Table::new("Sent to", &["Recipient", "What", "When", "Standing"], "Sent to nobody yet.");
    for mail in mails::of_document(ctx.store(), invoice.id).await? {
        let (words, tone) = match mail.state {
            State::Queued => ("Queued", Tone::Plain),
            State::Accepted => ("Accepted", Tone::Good),
            State::Failed => ("Failed", Tone::Bad),
            State::Bounced => ("Bounced", Tone::Bad),
        };
        let at = mail.sent_at.unwrap_or(mail.created_at);
        let what = if mail.kind == DOCUMENT { name_of(invoice) } else { "Reminder".into() };
        table.row(vec![
            Cell::Text(mail.recipient),
            Cell::Text(what),
            Cell::Time(at.into()),
            Cell::Badge(words.into(), tone),
        ]);
    }
    let mut parts = vec![Part::Table(table)];
    if ctx.app.ports.mail.is_none() {
        parts.push(Part::Notice(Tone::Notice, NO_SERVER.into()));
        return Ok(parts);
    }
    if company.billing_email.is_empty() {
        let words = format!("{} has no billing contact: enter one on its company page.", company.name);
        parts.push(Part::Notice(Tone::Notice, words));
    }
    parts.push(Part::Form(Form {
        act: SEND.name.into(),
        id: "s".into(),
        title: "Send it".into(),
        with: vec![("id".into(), invoice.id.to_string())],
        inputs: vec![Input::new("to", "To", Asks::Text).value(company.billing_email).required()],
        submit: "Send it".into(),
        folded: true,
        ..Form::default()
    }));
    Ok(parts)
}
