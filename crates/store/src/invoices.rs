//! Invoices, credit notes, late charges: their lines, their steps, and what is still owed of them.

use std::collections::{BTreeMap, BTreeSet};

use billing::accounting::Target;
use billing::document::{DocumentKind, Status};
use billing::settlement::Against;
use billing::{Component, ComponentKind, Rate, Span, Tax, TaxCategory, TaxGroup, Totals, UnitPrice};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{CompanyId, InvoiceId, InvoiceLineId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::entity::{invoice_lines, invoice_pdfs, invoices as table};
use crate::{Handle, Reach, Result, StoreError, Tx, count_all, count_some, instant, known, parsed, parsed_opt, scoped};

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
    /// Who asked that what is open is given up; a colleague confirms it.
    pub given_up_by: Option<String>,
    pub given_up_why: String,
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

fn row_of(invoice: InvoiceId, line: &Line) -> Result<invoice_lines::ActiveModel> {
    let part = &line.component;
    Ok(invoice_lines::ActiveModel {
        id: Set(line.id.to_string()),
        invoice_id: Set(invoice.to_string()),
        position: Set(line.position),
        description: Set(part.description.clone()),
        quantity: Set(part.quantity),
        unit_price_micro: Set(part.unit_price.micro()),
        net_pence: Set(part.net.pence()),
        tax_rate_bp: Set(line.tax.rate.basis_points() as i32),
        explanation: Set(serde_json::to_string(&part.steps)?),
        kind: Set(part.kind.key().into()),
        part: Set(part.group as i32),
        units: Set(i64::try_from(part.units).unwrap_or(i64::MAX)),
        span_from: Set(Some(part.span.from.to_string())),
        span_until: Set(Some(part.span.until.to_string())),
        tax: Set(line.tax.category.key().into()),
    })
}

/// Changes a document that still stands where the caller saw it; a conflict if another change came
/// first. The row is locked until the transaction ends.
async fn advance(tx: &Tx, id: InvoiceId, expected: Status, change: table::ActiveModel) -> Result<()> {
    let done = table::Entity::update_many()
        .set(change)
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::Status.eq(expected.key()))
        .exec(tx.connection())
        .await?;
    one_row(done.rows_affected)
}

fn one_row(rows: u64) -> Result<()> {
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

/// What lowers what is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settles {
    Payment,
    Credit,
    WriteOff,
}

/// Lowers what is owed of an issued document, or raises it again by a negative amount; a conflict where less is open. The
/// row is locked until the transaction ends, so that a payment and a credit that come at once do not settle it twice.
pub async fn settle(tx: &Tx, id: InvoiceId, by: Settles, amount: Money, on: NaiveDate) -> Result<()> {
    use table::Column as C;
    let column = match by {
        Settles::Payment => C::PaidPence,
        Settles::Credit => C::CreditedPence,
        Settles::WriteOff => C::WrittenOffPence,
    };
    let pence = amount.pence();
    let done = table::Entity::update_many()
        .col_expr(column, Expr::col(column).add(pence))
        .col_expr(C::OpenPence, Expr::col(C::OpenPence).sub(pence))
        .filter(C::Id.eq(id.to_string()))
        .filter(C::Number.is_not_null())
        .filter(C::OpenPence.gte(pence))
        .exec(tx.connection())
        .await?;
    if done.rows_affected != 1 {
        return Err(StoreError::Conflict("less is open of the document than this: look again".into()));
    }
    let settled = table::Entity::update_many().filter(C::Id.eq(id.to_string()));
    settled
        .clone()
        .col_expr(C::PaidOn, Expr::value(on.to_string()))
        .filter(C::OpenPence.lte(0))
        .filter(C::PaidOn.is_null())
        .exec(tx.connection())
        .await?;
    let unsettled = settled.col_expr(C::PaidOn, Expr::value(Option::<String>::None)).filter(C::OpenPence.gt(0));
    unsettled.exec(tx.connection()).await?;
    Ok(())
}

/// Holds an issued document until the transaction ends, such as while another credit of it is reckoned.
pub async fn hold(tx: &Tx, id: InvoiceId) -> Result<()> {
    let done = table::Entity::update_many()
        .col_expr(table::Column::OpenPence, Expr::col(table::Column::OpenPence))
        .filter(table::Column::Id.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    one_row(done.rows_affected)
}

/// Notes that a client disputes a document, or that the dispute is over.
pub async fn dispute(tx: &Tx, id: InvoiceId, since: Option<DateTime<Utc>>, words: &str) -> Result<()> {
    let change = table::ActiveModel {
        disputed_at: Set(since.map(|at| at.timestamp_millis())),
        dispute: Set(words.to_owned()),
        ..Default::default()
    };
    advance(tx, id, Status::Issued, change).await
}

/// Keeps the word of the first of two who give a debt up; a conflict where somebody else was first.
pub async fn ask_to_give_up(tx: &Tx, id: InvoiceId, by: &str, why: &str) -> Result<()> {
    let changed = table::Entity::update_many()
        .col_expr(table::Column::GivenUpBy, Expr::value(by))
        .col_expr(table::Column::GivenUpWhy, Expr::value(why))
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::GivenUpBy.is_null())
        .exec(tx.connection())
        .await?;
    match changed.rows_affected {
        0 => Err(StoreError::Conflict("somebody asked for it already".into())),
        _ => Ok(()),
    }
}

/// It was given up: what is owed again later takes two words anew.
pub async fn given_up(tx: &Tx, id: InvoiceId) -> Result<()> {
    let change = table::ActiveModel {
        id: Set(id.to_string()),
        given_up_by: Set(None),
        given_up_why: Set(String::new()),
        ..Default::default()
    };
    table::Entity::update(change).exec(tx.connection()).await?;
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

/// Which documents a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What an insurer's people may see.
    pub issued_only: bool,
    pub company: Option<CompanyId>,
    pub standing: Option<Stands>,
}

/// By what is to be done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Not issued yet.
    AtWork,
    Open,
    /// Owed, and due before this day.
    Overdue(NaiveDate),
    Settled,
    CreditNotes,
}

fn selected(reach: Reach, wanted: &Wanted) -> Select<table::Entity> {
    use table::Column as C;
    let mut select = scoped(table::Entity::find(), reach, C::CompanyId);
    if wanted.issued_only {
        select = select.filter(C::Number.is_not_null());
    }
    if let Some(company) = wanted.company {
        select = select.filter(C::CompanyId.eq(company.to_string()));
    }
    match wanted.standing {
        None => select,
        Some(Stands::AtWork) => select.filter(C::Number.is_null()),
        Some(Stands::Open) => select.filter(Expr::cust("open_pence > 0")),
        Some(Stands::Overdue(today)) => {
            select.filter(Expr::cust("open_pence > 0")).filter(C::DueOn.lt(today.to_string()))
        }
        Some(Stands::Settled) => select
            .filter(C::Number.is_not_null())
            .filter(C::OpenPence.lte(0))
            .filter(C::Kind.ne(DocumentKind::CreditNote.key())),
        Some(Stands::CreditNotes) => select.filter(C::Kind.eq(DocumentKind::CreditNote.key())),
    }
}

/// All of them, newest period first: for commands, which show none of it as a page.
/// `issued_only`: what an insurer's people may see.
pub async fn list(handle: &impl Handle, reach: Reach, issued_only: bool) -> Result<Vec<Invoice>> {
    let wanted = Wanted { issued_only, ..Wanted::default() };
    let select =
        selected(reach, &wanted).order_by_desc(table::Column::PeriodFrom).order_by_asc(table::Column::CompanyId);
    select.all(handle.connection()).await?.into_iter().map(record).collect()
}

/// One page of them, newest period first, and how many there are. First page is 1.
pub async fn page(
    handle: &impl Handle,
    reach: Reach,
    wanted: &Wanted,
    page: u64,
    per_page: u64,
) -> Result<(Vec<Invoice>, u64)> {
    let select = selected(reach, wanted);
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(table::Column::PeriodFrom)
        .order_by_desc(table::Column::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

/// Issued documents whose tax point lies between two dates, both inclusive, in the order of their tax points; so many
/// behind one that was given before.
pub async fn supplies(
    handle: &impl Handle,
    (from, to): (NaiveDate, NaiveDate),
    page: u64,
    per_page: u64,
) -> Result<(Vec<Invoice>, u64)> {
    use table::Column as C;
    let select = table::Entity::find()
        .filter(C::Number.is_not_null())
        .filter(C::TaxPoint.gte(from.to_string()))
        .filter(C::TaxPoint.lte(to.to_string()));
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_asc(C::TaxPoint)
        .order_by_asc(C::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

/// Issued documents up to a day that were not exported for a program, the earliest first; at most so many.
pub async fn unexported(handle: &impl Handle, target: Target, upto: NaiveDate, most: u64) -> Result<Vec<Invoice>> {
    use table::Column as C;
    let gone =
        format!("NOT EXISTS (SELECT 1 FROM exported_documents e WHERE e.id = '{}:' || invoices.id)", target.key());
    let select = table::Entity::find()
        .filter(C::Number.is_not_null())
        .filter(C::TaxPoint.lte(upto.to_string()))
        .filter(Expr::cust(gone))
        .order_by_asc(C::TaxPoint)
        .order_by_asc(C::Id)
        .limit(most);
    select.all(handle.connection()).await?.into_iter().map(record).collect()
}

/// Those of these ids, by their tax points.
pub async fn of_ids(handle: &impl Handle, ids: &[InvoiceId]) -> Result<Vec<Invoice>> {
    let select = table::Entity::find()
        .filter(table::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .order_by_asc(table::Column::TaxPoint)
        .order_by_asc(table::Column::Id);
    select.all(handle.connection()).await?.into_iter().map(record).collect()
}

/// What is still owed of a company, the earliest due first.
pub async fn open_of(handle: &impl Handle, company: CompanyId) -> Result<Vec<Invoice>> {
    let select = table::Entity::find()
        .filter(Expr::cust("open_pence > 0"))
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .order_by_asc(table::Column::DueOn)
        .order_by_asc(table::Column::Id);
    select.all(handle.connection()).await?.into_iter().map(record).collect()
}

/// A document that is owed: its id, company, number, what is open, and when it was due.
pub type Owed = (InvoiceId, CompanyId, String, Money, NaiveDate);

/// Everything that is owed within reach, the earliest due first: narrow rows of an index of what is open.
pub async fn owed(handle: &impl Handle, reach: Reach) -> Result<Vec<Owed>> {
    use table::Column as C;
    let rows: Vec<(String, String, String, i64, String)> = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(Expr::cust("open_pence > 0"))
        .select_only()
        .columns([C::Id, C::CompanyId, C::Number, C::OpenPence, C::DueOn])
        .order_by_asc(C::DueOn)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(id, company, number, open, due)| {
            Ok((parsed(&id)?, parsed(&company)?, number, Money::from_pence(open), parsed(&due)?))
        })
        .collect()
}

/// What was open of each document within reach at the end of a day: id, company, when it was due, what was open.
pub async fn open_at(handle: &impl Handle, reach: Reach, day: NaiveDate) -> Result<Vec<(CompanyId, NaiveDate, Money)>> {
    use table::Column as C;
    // What is settled since was open then, as far as nothing had settled it by that day. A date is its own text.
    let settled = Expr::cust(format!(
        "CAST((SELECT COALESCE(SUM(a.amount_pence), 0) FROM allocations a WHERE a.document_id = invoices.id AND a.made_on <= '{day}') AS BIGINT)"
    ));
    let rows: Vec<(String, String, i64, i64)> = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::IssuedOn.lte(day.to_string()))
        .filter(C::Kind.ne(DocumentKind::CreditNote.key()))
        .filter(Condition::any().add(Expr::cust("open_pence > 0")).add(C::PaidOn.gt(day.to_string())))
        .select_only()
        .columns([C::CompanyId, C::DueOn, C::GrossPence])
        .expr(settled)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(company, due, gross, settled)| {
            Ok((parsed(&company)?, parsed(&due)?, Money::from_pence(gross - settled)))
        })
        .collect()
}

/// How many stand so before they are issued, and their gross amounts.
pub async fn at_work(handle: &impl Handle, reach: Reach) -> Result<Vec<(Status, i64, Money)>> {
    let rows: Vec<(String, i64, i64)> = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Number.is_null())
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
            Ok((known(Status::from_key(&status), "document status")?, number, Money::from_pence(gross)))
        })
        .collect()
}

/// How many that were issued should have been paid before a day.
pub async fn overdue(handle: &impl Handle, reach: Reach, today: NaiveDate) -> Result<u64> {
    let wanted = Wanted { standing: Some(Stands::Overdue(today)), ..Wanted::default() };
    count_all(handle, selected(reach, &wanted)).await
}

pub async fn of_period(handle: &impl Handle, company: CompanyId, from: NaiveDate) -> Result<Option<Invoice>> {
    periodic(company)
        .filter(table::Column::PeriodFrom.eq(from.to_string()))
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

fn periodic(company: CompanyId) -> Select<table::Entity> {
    table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::Kind.eq(DocumentKind::Periodic.key()))
}

/// The first days of the periods of a company that have an invoice.
pub async fn periods_of(handle: &impl Handle, company: CompanyId) -> Result<BTreeSet<NaiveDate>> {
    let rows: Vec<String> =
        periodic(company).select_only().column(table::Column::PeriodFrom).into_tuple().all(handle.connection()).await?;
    rows.iter().map(|day| parsed(day)).collect()
}

/// The first day that no periodic invoice of a company covers any more.
pub async fn billed_until(handle: &impl Handle, company: CompanyId) -> Result<Option<NaiveDate>> {
    let last = periodic(company).order_by_desc(table::Column::PeriodFrom).one(handle.connection()).await?;
    last.map(|row| parsed(&row.period_until)).transpose()
}

/// Documents about another: credit notes, late charges. Issued or at work.
pub async fn about(handle: &impl Handle, id: InvoiceId) -> Result<Vec<Invoice>> {
    let select = table::Entity::find()
        .filter(table::Column::Corrects.eq(id.to_string()))
        .order_by_asc(table::Column::PreparedAt)
        .order_by_asc(table::Column::Id);
    select.all(handle.connection()).await?.into_iter().map(record).collect()
}

/// Documents in one question.
const PORTION: usize = 300;

/// The lines of many documents that have days of their own.
pub async fn lines_of(handle: &impl Handle, invoices: &[Invoice]) -> Result<BTreeMap<InvoiceId, Vec<Line>>> {
    let mut all: BTreeMap<InvoiceId, Vec<Line>> = BTreeMap::new();
    for portion in invoices.chunks(PORTION) {
        let rows = invoice_lines::Entity::find()
            .filter(invoice_lines::Column::InvoiceId.is_in(portion.iter().map(|i| i.id.to_string())))
            .order_by_asc(invoice_lines::Column::InvoiceId)
            .order_by_asc(invoice_lines::Column::Position)
            .all(handle.connection())
            .await?;
        for row in rows {
            let id: InvoiceId = parsed(&row.invoice_id)?;
            let period = portion.iter().find(|i| i.id == id).map(|i| i.period);
            all.entry(id).or_default().push(line(row, period)?);
        }
    }
    Ok(all)
}

pub async fn lines(handle: &impl Handle, invoice: InvoiceId) -> Result<Vec<Line>> {
    let rows = invoice_lines::Entity::find()
        .filter(invoice_lines::Column::InvoiceId.eq(invoice.to_string()))
        .order_by_asc(invoice_lines::Column::Position)
        .all(handle.connection())
        .await?;
    let mut period = None;
    if rows.iter().any(|row| row.span_from.is_none()) {
        // Lines of before they had days of their own.
        period = Some(find(handle, Reach::Operator, invoice).await?.period);
    }
    rows.into_iter().map(|row| line(row, period)).collect()
}

fn line(row: invoice_lines::Model, period: Option<Span>) -> Result<Line> {
    let category = known(TaxCategory::from_key(&row.tax), "tax category")?;
    let span = match (row.span_from.as_ref(), row.span_until.as_ref(), period) {
        (Some(from), Some(until), _) => Span::new(parsed(from)?, parsed(until)?),
        (_, _, Some(period)) => period,
        _ => return Err(StoreError::Corrupt("a line without days".into())),
    };
    Ok(Line {
        id: parsed(&row.id)?,
        position: row.position,
        tax: Tax { category, rate: known(Rate::from_basis_points(row.tax_rate_bp.into()), "tax rate")? },
        component: Component {
            kind: known(ComponentKind::from_key(&row.kind), "kind of line")?,
            group: u32::try_from(row.part).unwrap_or_default(),
            description: row.description,
            quantity: row.quantity,
            unit_price: known(UnitPrice::from_micro(row.unit_price_micro), "price")?,
            net: Money::from_pence(row.net_pence),
            units: u64::try_from(row.units).unwrap_or_default(),
            span,
            tax: category,
            steps: serde_json::from_str(&row.explanation)?,
        },
    })
}

fn record(row: table::Model) -> Result<Invoice> {
    let (net, vat, gross) = (row.net_pence, row.vat_pence, row.gross_pence);
    let pence = Money::from_pence;
    let groups: Vec<TaxGroup> = row.groups.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    Ok(Invoice {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        kind: known(DocumentKind::from_key(&row.kind), "kind of document")?,
        status: known(Status::from_key(&row.status), "document status")?,
        number: row.number,
        period: Span::new(parsed(&row.period_from)?, parsed(&row.period_until)?),
        payment_days: u32::try_from(row.payment_days).unwrap_or_default(),
        prepared_by: row.prepared_by,
        prepared_at: instant(row.prepared_at),
        submitted_by: row.submitted_by,
        approved_by: row.approved_by,
        approved_hash: row.approved_hash,
        rejected_by: row.rejected_by,
        rejection: row.rejection,
        reason: row.reason,
        issued_on: parsed_opt(row.issued_on.as_ref())?,
        tax_point: parsed_opt(row.tax_point.as_ref())?,
        due_on: parsed_opt(row.due_on.as_ref())?,
        totals: Totals { net: pence(net), vat: pence(vat), gross: pence(gross), groups },
        against: Against {
            paid: pence(row.paid_pence),
            credited: pence(row.credited_pence),
            written_off: pence(row.written_off_pence),
        },
        open: pence(row.open_pence),
        corrects: parsed_opt(row.corrects.as_ref())?,
        po_number: row.po_number,
        parties: row.parties,
        pdf_hash: row.pdf_hash,
        ubl_hash: row.ubl_hash,
        settled_on: parsed_opt(row.paid_on.as_ref())?,
        disputed_at: row.disputed_at.map(instant),
        dispute: row.dispute,
        given_up_by: row.given_up_by,
        given_up_why: row.given_up_why,
    })
}
