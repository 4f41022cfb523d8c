//! From a draft to an issued document: each step asks for the state before it.

use billing::document::{DocumentKind, Status};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::InvoiceId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{Invoice, find, hold};
use crate::entity::{invoice_lines, invoices as table};
use crate::{Handle, Reach, Result, StoreError, Tx};

/// Changes a document that still stands where the caller saw it; a conflict if another change came
/// first. The row is locked until the transaction ends.
pub(super) async fn advance(tx: &Tx, id: InvoiceId, expected: Status, change: table::ActiveModel) -> Result<()> {
    let done = table::Entity::update_many()
        .set(change)
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Status.eq(expected.key()))
        .exec(tx.connection())
        .await?;
    one_row(done.rows_affected)
}

pub(super) fn one_row(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict("the document was changed by somebody else".into())) }
}

fn to(status: Status) -> table::ActiveModel {
    table::ActiveModel { status: Set(status.key().into()), ..Default::default() }
}

pub async fn submit(tx: &Tx, id: InvoiceId, by: &str, at: DateTime<Utc>) -> Result<()> {
    let change = table::ActiveModel {
        submitted_by: Set(Some(by.into())),
        submitted_at: Set(Some(at.timestamp_millis())),
        rejected_by: Set(None),
        rejection: Set(String::new()),
        ..to(Status::InReview)
    };
    advance(tx, id, Status::Draft, change).await
}

/// Approves what has this hash.
pub async fn approve(tx: &Tx, seen: &Invoice, by: &str, at: DateTime<Utc>, hash: &str) -> Result<()> {
    // Whoever sent it on is whom the approver saw.
    hold(tx, seen.id).await?;
    let now = find(tx, Reach::Operator, seen.id).await?;
    if now.submitted_by != seen.submitted_by {
        return one_row(0);
    }
    let change = table::ActiveModel {
        approved_by: Set(Some(by.into())),
        approved_at: Set(Some(at.timestamp_millis())),
        approved_hash: Set(Some(hash.into())),
        ..to(Status::Approved)
    };
    advance(tx, seen.id, Status::InReview, change).await
}

/// Sends it back to be a draft, with a reason.
pub async fn reject(tx: &Tx, id: InvoiceId, from: Status, by: &str, reason: &str) -> Result<()> {
    let change = table::ActiveModel {
        rejected_by: Set(Some(by.into())),
        rejection: Set(reason.into()),
        submitted_by: Set(None),
        submitted_at: Set(None),
        approved_by: Set(None),
        approved_at: Set(None),
        approved_hash: Set(None),
        ..to(Status::Draft)
    };
    advance(tx, id, from, change).await
}

/// Takes the next number of a series: contiguous, because it is taken in the issuing transaction.
pub async fn next_number(tx: &Tx, kind: DocumentKind) -> Result<String> {
    Ok(kind.number(crate::series::next(tx, kind.series()).await?))
}

/// What makes a document final.
#[derive(Debug, Clone)]
pub struct Issue {
    pub number: String,
    pub by: String,
    pub at: DateTime<Utc>,
    pub on: NaiveDate,
    pub due: NaiveDate,
    pub parties: String,
    /// SHA-256 of the PDF in hexadecimal. Its bytes are a file of the company.
    pub pdf_hash: String,
    pub ubl_hash: String,
    /// What is owed of it from now on.
    pub open: Money,
}

/// Marks an approved document as issued, before its number is taken: of two who issue at once, one
/// gets a conflict.
pub async fn begin_issue(tx: &Tx, id: InvoiceId) -> Result<()> {
    advance(tx, id, Status::Approved, to(Status::Issued)).await
}

/// Fills in what an issued document says, after [`begin_issue`].
pub async fn issue(tx: &Tx, id: InvoiceId, issue: Issue) -> Result<()> {
    table::Entity::update(table::ActiveModel {
        id: Set(id.to_string()),
        number: Set(Some(issue.number)),
        issued_by: Set(Some(issue.by)),
        issued_at: Set(Some(issue.at.timestamp_millis())),
        issued_on: Set(Some(issue.on.to_string())),
        tax_point: Set(Some(issue.on.to_string())),
        due_on: Set(Some(issue.due.to_string())),
        parties: Set(Some(issue.parties)),
        pdf_hash: Set(Some(issue.pdf_hash)),
        ubl_hash: Set(Some(issue.ubl_hash)),
        open_pence: Set(issue.open.pence()),
        paid_on: Set((issue.open <= Money::ZERO).then(|| issue.on.to_string())),
        ..to(Status::Issued)
    })
    .exec(tx.connection())
    .await?;
    Ok(())
}

/// Removes a draft and its lines; a conflict if it has been issued meanwhile. Its usage is released
/// by the caller, in the same transaction.
pub async fn discard(tx: &Tx, id: InvoiceId) -> Result<()> {
    let done = table::Entity::delete_many()
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Status.ne(Status::Issued.key()))
        .exec(tx.connection())
        .await?;
    one_row(done.rows_affected)?;
    invoice_lines::Entity::delete_many()
        .filter(invoice_lines::Column::InvoiceId.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}
