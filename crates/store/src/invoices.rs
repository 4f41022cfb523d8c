//! Invoices, their lines, numbers and the journal.

use billing::{InvoiceStatus, Rate, UnitPrice};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{CompanyId, InvoiceId, InvoiceLineId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{invoice_lines, invoice_pdfs, invoices as table};
use crate::{Handle, Reach, Result, StoreError, Tx, count_all, count_some, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone)]
pub struct Invoice {
    pub id: InvoiceId,
    pub company: CompanyId,
    pub status: InvoiceStatus,
    pub number: Option<String>,
    /// First day, inclusive.
    pub period_from: NaiveDate,
    /// First day that is not included.
    pub period_until: NaiveDate,
    pub payment_days: u32,
    pub prepared_by: String,
    pub prepared_at: DateTime<Utc>,
    pub approved_by: Option<String>,
    pub issued_on: Option<NaiveDate>,
    pub due_on: Option<NaiveDate>,
    pub net: Money,
    pub vat: Money,
    pub gross: Money,
    /// JSON: the parties as they were when the invoice was issued.
    pub parties: Option<String>,
    pub pdf_hash: Option<String>,
    pub paid_on: Option<NaiveDate>,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub id: InvoiceLineId,
    pub position: i32,
    pub description: String,
    pub quantity: i64,
    pub unit_price: UnitPrice,
    pub net: Money,
    pub tax_rate: Rate,
    /// How the amount came about, a sentence a step.
    pub explanation: Vec<String>,
}

/// Fails with a conflict if the company has an invoice for this period.
pub async fn create(tx: &Tx, invoice: &Invoice, lines: &[Line]) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(invoice.id.to_string()),
        company_id: Set(invoice.company.to_string()),
        status: Set(invoice.status.key().into()),
        number: Set(None),
        period_from: Set(invoice.period_from.to_string()),
        period_until: Set(invoice.period_until.to_string()),
        payment_days: Set(invoice.payment_days as i32),
        prepared_by: Set(invoice.prepared_by.clone()),
        prepared_at: Set(invoice.prepared_at.timestamp_millis()),
        net_pence: Set(invoice.net.pence()),
        vat_pence: Set(invoice.vat.pence()),
        gross_pence: Set(invoice.gross.pence()),
        ..Default::default()
    })
    .exec_without_returning(tx.connection())
    .await?;
    for line in lines {
        invoice_lines::Entity::insert(invoice_lines::ActiveModel {
            id: Set(line.id.to_string()),
            invoice_id: Set(invoice.id.to_string()),
            position: Set(line.position),
            description: Set(line.description.clone()),
            quantity: Set(line.quantity),
            unit_price_micro: Set(line.unit_price.micro()),
            net_pence: Set(line.net.pence()),
            tax_rate_bp: Set(line.tax_rate.basis_points() as i32),
            explanation: Set(serde_json::to_string(&line.explanation)?),
        })
        .exec_without_returning(tx.connection())
        .await?;
    }
    Ok(())
}

/// Changes an invoice that still stands where the caller saw it; a conflict if another change came
/// first. The row is locked until the transaction ends.
async fn advance(tx: &Tx, id: InvoiceId, expected: InvoiceStatus, change: table::ActiveModel) -> Result<()> {
    let done = table::Entity::update_many()
        .set(change)
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Status.eq(expected.key()))
        .exec(tx.connection())
        .await?;
    one_row(done.rows_affected)
}

fn one_row(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict("the invoice was changed by somebody else".into())) }
}

pub async fn approve(tx: &Tx, id: InvoiceId, by: &str, at: DateTime<Utc>) -> Result<()> {
    let change = table::ActiveModel {
        status: Set(InvoiceStatus::Approved.key().into()),
        approved_by: Set(Some(by.into())),
        approved_at: Set(Some(at.timestamp_millis())),
        ..Default::default()
    };
    advance(tx, id, InvoiceStatus::Draft, change).await
}

/// Takes the next invoice number: contiguous, because it is taken in the issuing transaction.
pub async fn next_number(tx: &Tx) -> Result<i64> {
    crate::series::next(tx, billing::invoice::SERIES).await
}

/// What makes an invoice final.
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
}

/// Marks an approved invoice as issued, before its number is taken: of two who issue at once, one
/// gets a conflict.
pub async fn begin_issue(tx: &Tx, id: InvoiceId) -> Result<()> {
    let change = table::ActiveModel { status: Set(InvoiceStatus::Issued.key().into()), ..Default::default() };
    advance(tx, id, InvoiceStatus::Approved, change).await
}

/// Fills in what an issued invoice says, after [`begin_issue`].
pub async fn issue(tx: &Tx, id: InvoiceId, issue: Issue) -> Result<()> {
    table::Entity::update(table::ActiveModel {
        id: Set(id.to_string()),
        status: Set(InvoiceStatus::Issued.key().into()),
        number: Set(Some(issue.number)),
        issued_by: Set(Some(issue.by)),
        issued_at: Set(Some(issue.at.timestamp_millis())),
        issued_on: Set(Some(issue.on.to_string())),
        due_on: Set(Some(issue.due.to_string())),
        parties: Set(Some(issue.parties)),
        pdf_hash: Set(Some(issue.pdf_hash)),
        ..Default::default()
    })
    .exec(tx.connection())
    .await?;
    Ok(())
}

pub async fn pay(tx: &Tx, id: InvoiceId, on: NaiveDate) -> Result<()> {
    let change = table::ActiveModel {
        status: Set(InvoiceStatus::Paid.key().into()),
        paid_on: Set(Some(on.to_string())),
        ..Default::default()
    };
    advance(tx, id, InvoiceStatus::Issued, change).await
}

/// Removes a draft and its lines; a conflict if it has been issued meanwhile. Its usage is released
/// by the caller, in the same transaction.
pub async fn discard(tx: &Tx, id: InvoiceId) -> Result<()> {
    let drafts = [InvoiceStatus::Draft.key(), InvoiceStatus::Approved.key()];
    let done = table::Entity::delete_many()
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Status.is_in(drafts))
        .exec(tx.connection())
        .await?;
    one_row(done.rows_affected)?;
    invoice_lines::Entity::delete_many()
        .filter(invoice_lines::Column::InvoiceId.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: InvoiceId) -> Result<Invoice> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(row)
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

fn newest_first(reach: Reach, issued_only: bool) -> sea_orm::Select<table::Entity> {
    let mut select = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    if issued_only {
        select = select.filter(table::Column::Number.is_not_null());
    }
    select.order_by_desc(table::Column::PeriodFrom).order_by_asc(table::Column::CompanyId)
}

/// All of them, newest period first: for commands, which show none of it as a page.
/// `issued_only`: what an insurer's people may see.
pub async fn list(handle: &impl Handle, reach: Reach, issued_only: bool) -> Result<Vec<Invoice>> {
    newest_first(reach, issued_only).all(handle.connection()).await?.into_iter().map(record).collect()
}

/// One page of them, newest period first, and how many there are. First page is 1.
pub async fn page(
    handle: &impl Handle,
    reach: Reach,
    issued_only: bool,
    page: u64,
    per_page: u64,
) -> Result<(Vec<Invoice>, u64)> {
    let select = newest_first(reach, issued_only);
    let total = count_some(handle, select.clone()).await?;
    let rows = select.offset(page.saturating_sub(1) * per_page).limit(per_page).all(handle.connection()).await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

/// How many stand so, and their gross amounts.
pub async fn standing(handle: &impl Handle, reach: Reach) -> Result<Vec<(InvoiceStatus, i64, Money)>> {
    let rows: Vec<(String, i64, i64)> = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .select_only()
        .column(table::Column::Status)
        .expr(Expr::cust("COUNT(*)"))
        .expr(Expr::cust("CAST(SUM(gross_pence) AS BIGINT)"))
        .group_by(table::Column::Status)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(status, number, gross)| {
            Ok((known(InvoiceStatus::from_key(&status), "invoice status")?, number, Money::from_pence(gross)))
        })
        .collect()
}

/// How many that were issued should have been paid before a day.
pub async fn overdue(handle: &impl Handle, reach: Reach, today: NaiveDate) -> Result<u64> {
    let select = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Status.eq(InvoiceStatus::Issued.key()))
        .filter(table::Column::DueOn.lt(today.to_string()));
    count_all(handle, select).await
}

pub async fn of_period(handle: &impl Handle, company: CompanyId, from: NaiveDate) -> Result<Option<Invoice>> {
    table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::PeriodFrom.eq(from.to_string()))
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

/// The first day that no invoice of a company covers any more.
pub async fn billed_until(handle: &impl Handle, company: CompanyId) -> Result<Option<NaiveDate>> {
    let last = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .order_by_desc(table::Column::PeriodUntil)
        .one(handle.connection())
        .await?;
    last.map(|row| parsed(&row.period_until)).transpose()
}

pub async fn lines(handle: &impl Handle, invoice: InvoiceId) -> Result<Vec<Line>> {
    invoice_lines::Entity::find()
        .filter(invoice_lines::Column::InvoiceId.eq(invoice.to_string()))
        .order_by_asc(invoice_lines::Column::Position)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Line {
                id: parsed(&row.id)?,
                position: row.position,
                description: row.description,
                quantity: row.quantity,
                unit_price: known(UnitPrice::from_micro(row.unit_price_micro), "price")?,
                net: Money::from_pence(row.net_pence),
                tax_rate: known(Rate::from_basis_points(row.tax_rate_bp.into()), "tax rate")?,
                explanation: serde_json::from_str(&row.explanation)?,
            })
        })
        .collect()
}

fn record(row: table::Model) -> Result<Invoice> {
    Ok(Invoice {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        status: known(InvoiceStatus::from_key(&row.status), "invoice status")?,
        number: row.number,
        period_from: parsed(&row.period_from)?,
        period_until: parsed(&row.period_until)?,
        payment_days: row.payment_days.max(0) as u32,
        prepared_by: row.prepared_by,
        prepared_at: instant(row.prepared_at),
        approved_by: row.approved_by,
        issued_on: parsed_opt(row.issued_on.as_ref())?,
        due_on: parsed_opt(row.due_on.as_ref())?,
        net: Money::from_pence(row.net_pence),
        vat: Money::from_pence(row.vat_pence),
        gross: Money::from_pence(row.gross_pence),
        parties: row.parties,
        pdf_hash: row.pdf_hash,
        paid_on: parsed_opt(row.paid_on.as_ref())?,
    })
}
