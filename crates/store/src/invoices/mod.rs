//! Invoices, credit notes, late charges: their lines, their steps, and what is still owed of them.

mod lists;
mod rows;
mod settling;
mod steps;

use billing::document::{DocumentKind, Status};
use billing::settlement::Against;
use billing::{Component, Span, Tax, Totals};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{CompanyId, InvoiceId, InvoiceLineId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

pub use lists::{
    Owed, Stands, Wanted, at_work, billed_until, list, of_ids, of_period, open_at, open_of, overdue, owed, page,
    periods_of, supplies, unexported, unissued,
};
pub use rows::{lines, lines_of};
pub use settling::{Settles, ask_to_give_up, dispute, given_up, hold, settle};
pub use steps::{Issue, approve, begin_issue, discard, issue, next_number, reject, submit};

use crate::entity::{invoice_lines, invoice_pdfs, invoices as table};
use crate::{Handle, Reach, Result, StoreError, Tx, count_all, parsed, scoped};
use rows::{record, row_of};

#[derive(Debug, Clone)]
pub struct Invoice {
    pub id: InvoiceId,
    pub company: CompanyId,
    pub kind: DocumentKind,
    pub status: Status,
    pub number: Option<String>,
    /// The days it is about.
    pub period: Span,
    pub payment_days: u32,
    pub prepared_by: String,
    pub prepared_at: DateTime<Utc>,
    pub submitted_by: Option<String>,
    pub approved_by: Option<String>,
    /// Hash of the lines and parties that were approved.
    pub approved_hash: Option<String>,
    pub rejected_by: Option<String>,
    /// Why it was sent back.
    pub rejection: String,
    /// Of a credit note: why it was made.
    pub reason: String,
    pub issued_on: Option<NaiveDate>,
    pub tax_point: Option<NaiveDate>,
    pub due_on: Option<NaiveDate>,
    pub totals: Totals,
    pub against: Against,
    /// What is still owed; nothing before it is issued.
    pub open: Money,
    /// The invoice that a credit note corrects, or that a late charge is about.
    pub corrects: Option<InvoiceId>,
    pub po_number: String,
    /// JSON: the parties as they were when the document was issued.
    pub parties: Option<String>,
    pub pdf_hash: Option<String>,
    /// Of its UBL; of those issued before there were e-invoices there is none.
    pub ubl_hash: Option<String>,
    /// The day on which nothing of it was owed any more.
    pub settled_on: Option<NaiveDate>,
    pub disputed_at: Option<DateTime<Utc>>,
    pub dispute: String,
    /// Who asked that what is open is given up, why, and how much it was then; a colleague confirms it.
    pub giving_up: Option<GivingUp>,
}

/// The word of the first of two who give a debt up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivingUp {
    pub by: String,
    pub why: String,
    pub amount: Money,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub id: InvoiceLineId,
    pub position: i32,
    pub component: Component,
    pub tax: Tax,
}

/// A document before it has lines.
#[derive(Debug, Clone)]
pub struct New<'a> {
    pub id: InvoiceId,
    pub company: CompanyId,
    pub kind: DocumentKind,
    pub status: Status,
    pub period: Span,
    pub payment_days: u32,
    pub by: &'a str,
    pub at: DateTime<Utc>,
    pub totals: &'a Totals,
    pub corrects: Option<InvoiceId>,
    pub reason: &'a str,
    pub po_number: &'a str,
}

/// Fails with a conflict if the company has a periodic invoice that begins on the same day.
pub async fn create(tx: &Tx, new: &New<'_>, lines: &[Line]) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(new.id.to_string()),
        company_id: Set(new.company.to_string()),
        kind: Set(new.kind.key().into()),
        status: Set(new.status.key().into()),
        number: Set(None),
        period_from: Set(new.period.from.to_string()),
        period_until: Set(new.period.until.to_string()),
        payment_days: Set(new.payment_days as i32),
        prepared_by: Set(new.by.to_owned()),
        prepared_at: Set(new.at.timestamp_millis()),
        net_pence: Set(new.totals.net.pence()),
        vat_pence: Set(new.totals.vat.pence()),
        gross_pence: Set(new.totals.gross.pence()),
        groups: Set(Some(serde_json::to_string(&new.totals.groups)?)),
        corrects: Set(new.corrects.map(|id| id.to_string())),
        reason: Set(new.reason.to_owned()),
        po_number: Set(new.po_number.to_owned()),
        ..Default::default()
    })
    .exec_without_returning(tx.connection())
    .await?;
    if lines.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = lines.iter().map(|line| row_of(new.id, line)).collect::<Result<_>>()?;
    invoice_lines::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: InvoiceId) -> Result<Invoice> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(row)
}

pub async fn by_number(handle: &impl Handle, reach: Reach, number: &str) -> Result<Invoice> {
    let select = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    let row = select.filter(table::Column::Number.eq(number)).one(handle.connection()).await?;
    record(row.ok_or(StoreError::NotFound)?)
}

/// A PDF that an earlier version kept in the database and that has not been moved yet.
pub async fn kept_pdf(handle: &impl Handle, id: InvoiceId) -> Result<Option<Vec<u8>>> {
    let row = invoice_pdfs::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    Ok(row.and_then(|row| row.pdf))
}

/// How many PDFs are still in the database.
pub async fn kept_pdfs(handle: &impl Handle) -> Result<u64> {
    count_all(handle, invoice_pdfs::Entity::find().filter(invoice_pdfs::Column::Pdf.is_not_null())).await
}

/// One of the PDFs that are still in the database, with its invoice.
pub async fn next_kept_pdf(handle: &impl Handle) -> Result<Option<(Invoice, Vec<u8>)>> {
    let kept = invoice_pdfs::Entity::find().filter(invoice_pdfs::Column::Pdf.is_not_null());
    let Some(row) = kept.one(handle.connection()).await? else { return Ok(None) };
    let invoice = find(handle, Reach::Operator, parsed(&row.id)?).await?;
    Ok(row.pdf.map(|pdf| (invoice, pdf)))
}

/// Takes a PDF out of the database, once it is kept as a file.
pub async fn drop_kept_pdf(tx: &Tx, id: InvoiceId) -> Result<()> {
    let row = invoice_pdfs::ActiveModel { id: Set(id.to_string()), pdf: Set(None) };
    invoice_pdfs::Entity::update(row).exec(tx.connection()).await?;
    Ok(())
}

/// Documents about another: credit notes, late charges. Issued or at work.
pub async fn about(handle: &impl Handle, id: InvoiceId) -> Result<Vec<Invoice>> {
    let select = table::Entity::find()
        .filter(table::Column::Corrects.eq(id.to_string()))
        .order_by_asc(table::Column::PreparedAt)
        .order_by_asc(table::Column::Id);
    select.all(handle.connection()).await?.into_iter().map(record).collect()
}
