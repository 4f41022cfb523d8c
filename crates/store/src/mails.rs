//! The outbox: mail is written in the transaction of what it tells of, and sent by a job.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, InvoiceId, MailId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::cipher::{Place, open_text, seal_text};
use crate::companies::key;
use crate::entity::mails as table;
use crate::{Handle, Reach, Result, StoreError, Tx, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits to be sent.
    Queued,
    /// The mail server took it.
    Accepted,
    /// It was given up.
    Failed,
    /// The mail server says that nobody is there.
    Bounced,
}

impl State {
    pub const ALL: [State; 4] = [State::Queued, State::Accepted, State::Failed, State::Bounced];

    pub const fn key(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Accepted => "accepted",
            State::Failed => "failed",
            State::Bounced => "bounced",
        }
    }

    pub fn from_key(key: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.key() == key)
    }
}

/// Recipient, subject and body are encrypted; the body goes once the mail is sent.
#[derive(Debug, Clone)]
pub struct Mail {
    pub id: MailId,
    pub company: CompanyId,
    /// To whom, if it is one of ours.
    pub user: Option<UserId>,
    /// What it is about, such as `invitation`.
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    /// The document that goes with it, and the hash of its bytes.
    pub document: Option<(InvoiceId, String)>,
    pub state: State,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}

fn place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place { table: "mails", column, row }
}

pub async fn create(tx: &Tx, mail: &Mail) -> Result<()> {
    let key = key(tx, mail.company).await?;
    let id = mail.id.to_string();
    let seal = |column, text: &str| seal_text(&key, place(column, &id), text);
    table::Entity::insert(table::ActiveModel {
        company_id: Set(mail.company.to_string()),
        user_id: Set(mail.user.map(|u| u.to_string())),
        kind: Set(mail.kind.clone()),
        recipient: Set(seal("recipient", &mail.recipient)?),
        subject: Set(seal("subject", &mail.subject)?),
        body: Set(seal("body", &mail.body)?),
        state: Set(mail.state.key().into()),
        attempts: Set(0),
        error: Set(None),
        created_at: Set(mail.created_at.timestamp_millis()),
        sent_at: Set(None),
        document_id: Set(mail.document.as_ref().map(|d| d.0.to_string())),
        attached_hash: Set(mail.document.as_ref().map(|d| d.1.clone())),
        id: Set(id.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: MailId) -> Result<Mail> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(handle, row).await
}

/// The newest mail to a person.
pub async fn newest_to(handle: &impl Handle, reach: Reach, user: UserId) -> Result<Option<Mail>> {
    let row = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::UserId.eq(user.to_string()))
        .order_by_desc(table::Column::CreatedAt)
        .order_by_desc(table::Column::Id)
        .one(handle.connection())
        .await?;
    match row {
        Some(row) => Ok(Some(record(handle, row).await?)),
        None => Ok(None),
    }
}

/// The letters with which a document went out, the newest first.
pub async fn of_document(handle: &impl Handle, document: InvoiceId) -> Result<Vec<Mail>> {
    let rows = table::Entity::find()
        .filter(table::Column::DocumentId.eq(document.to_string()))
        .order_by_desc(table::Column::CreatedAt)
        .order_by_desc(table::Column::Id)
        .all(handle.connection())
        .await?;
    let mut mails = Vec::with_capacity(rows.len());
    for row in rows {
        mails.push(record(handle, row).await?);
    }
    Ok(mails)
}

/// Notes what became of an attempt to send. What has left us, or never will, keeps
/// no body: it held a link.
pub async fn attempted(tx: &Tx, id: MailId, state: State, error: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    use table::Column as C;
    let mut update = table::Entity::update_many()
        .filter(C::Id.eq(id.to_string()))
        .col_expr(C::State, Expr::value(state.key()))
        .col_expr(C::Attempts, Expr::col(C::Attempts).add(1))
        .col_expr(C::Error, Expr::value(error.map(str::to_owned)));
    if state == State::Accepted {
        update = update.col_expr(C::SentAt, Expr::value(now.timestamp_millis()));
    }
    if matches!(state, State::Accepted | State::Bounced) {
        update = update.col_expr(C::Body, Expr::value(""));
    }
    update.exec(tx.connection()).await?;
    Ok(())
}

/// Forgets mail of before an instant.
pub async fn sweep(tx: &Tx, before: DateTime<Utc>) -> Result<u64> {
    let gone = table::Entity::delete_many()
        .filter(table::Column::CreatedAt.lt(before.timestamp_millis()))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}

async fn record(handle: &impl Handle, row: table::Model) -> Result<Mail> {
    let company = parsed(&row.company_id)?;
    let key = key(handle, company).await?;
    let open = |column, text: &str| match text {
        "" => Ok(String::new()),
        text => open_text(&key, place(column, &row.id), text),
    };
    Ok(Mail {
        id: parsed(&row.id)?,
        company,
        user: parsed_opt(row.user_id.as_ref())?,
        recipient: open("recipient", &row.recipient)?,
        subject: open("subject", &row.subject)?,
        body: open("body", &row.body)?,
        state: known(State::from_key(&row.state), "state of a mail")?,
        kind: row.kind,
        error: row.error,
        created_at: instant(row.created_at),
        sent_at: row.sent_at.map(instant),
        document: parsed_opt(row.document_id.as_ref())?.zip(row.attached_hash),
    })
}
