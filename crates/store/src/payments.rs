//! Money that came in, or was credited, and the documents that it settles. Allocations are only ever added: taking one
//! back is another of a negative amount.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{AllocationId, CompanyId, InvoiceId, PaymentId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{allocations, payments as table};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, parsed, parsed_opt, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    pub id: PaymentId,
    pub company: CompanyId,
    pub received_on: NaiveDate,
    pub amount: Money,
    /// Neither allocated nor refunded.
    pub left: Money,
    /// `transfer`, `card`, `credit_note`.
    pub method: String,
    pub reference: String,
    /// What it came from, such as a line of the bank's file: recorded once.
    pub source: String,
    pub recorded_by: String,
    pub at: DateTime<Utc>,
    pub reversed_on: Option<NaiveDate>,
    pub note: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    pub id: AllocationId,
    pub company: CompanyId,
    /// A payment's id, or a credit note's.
    pub from: String,
    pub document: InvoiceId,
    pub amount: Money,
    pub on: NaiveDate,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where its source is recorded.
pub async fn record(tx: &Tx, payment: &Payment) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(payment.id.to_string()),
        company_id: Set(payment.company.to_string()),
        received_on: Set(payment.received_on.to_string()),
        amount_pence: Set(payment.amount.pence()),
        left_pence: Set(payment.left.pence()),
        method: Set(payment.method.clone()),
        reference: Set(payment.reference.clone()),
        source: Set(payment.source.clone()),
        recorded_by: Set(payment.recorded_by.clone()),
        recorded_at: Set(payment.at.timestamp_millis()),
        reversed_on: Set(None),
        note: Set(payment.note.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Takes an amount from what is left of a payment, or gives it back by a negative one; a conflict where less is left.
pub async fn take(tx: &Tx, id: PaymentId, amount: Money) -> Result<()> {
    use table::Column as C;
    let done = table::Entity::update_many()
        .col_expr(C::LeftPence, Expr::col(C::LeftPence).sub(amount.pence()))
        .filter(C::Id.eq(id.to_string()))
        .filter(C::LeftPence.gte(amount.pence()))
        // Nor may more come back than came in.
        .filter(Expr::col(C::LeftPence).sub(amount.pence()).lte(Expr::col(C::AmountPence)))
        .filter(C::ReversedOn.is_null())
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("less is left of the payment than this: look again".into())),
    }
}

/// Holds a payment until the transaction ends, before what became of it is read.
pub async fn hold(tx: &Tx, id: PaymentId) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::LeftPence, Expr::col(table::Column::LeftPence))
        .filter(table::Column::Id.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that a payment did not hold. Nothing may be allocated of it any more.
pub async fn reverse(tx: &Tx, id: PaymentId, on: NaiveDate, note: &str) -> Result<()> {
    use table::Column as C;
    let done = table::Entity::update_many()
        .col_expr(C::ReversedOn, Expr::value(on.to_string()))
        .col_expr(C::LeftPence, Expr::value(0i64))
        .col_expr(C::Note, Expr::value(note))
        .filter(C::Id.eq(id.to_string()))
        .filter(C::ReversedOn.is_null())
        .filter(Expr::col(C::LeftPence).eq(Expr::col(C::AmountPence)))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the payment was changed by somebody else".into())),
    }
}

/// Notes what an amount settled. The payment and the document are changed by the caller, in the same transaction.
pub async fn allocate(tx: &Tx, allocation: &Allocation) -> Result<()> {
    allocations::Entity::insert(allocations::ActiveModel {
        id: Set(allocation.id.to_string()),
        company_id: Set(allocation.company.to_string()),
        from_id: Set(allocation.from.clone()),
        document_id: Set(allocation.document.to_string()),
        amount_pence: Set(allocation.amount.pence()),
        made_on: Set(allocation.on.to_string()),
        made_by: Set(allocation.by.clone()),
        made_at: Set(allocation.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: PaymentId) -> Result<Payment> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?;
    payment(row.ok_or(StoreError::NotFound)?)
}

/// One page of them, the newest first, and how many there are. `left`: only those of which something is left.
pub async fn page(
    handle: &impl Handle,
    reach: Reach,
    company: Option<CompanyId>,
    left: bool,
    page: u64,
    per_page: u64,
) -> Result<(Vec<Payment>, u64)> {
    use table::Column as C;
    let mut select = scoped(table::Entity::find(), reach, C::CompanyId);
    if let Some(company) = company {
        select = select.filter(C::CompanyId.eq(company.to_string()));
    }
    if left {
        select = select.filter(C::LeftPence.gt(0));
    }
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(C::ReceivedOn)
        .order_by_desc(C::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(payment).collect::<Result<_>>()?, total))
}

/// Payments of a company of which something is left, the oldest first.
pub async fn left_of(handle: &impl Handle, company: CompanyId) -> Result<Vec<Payment>> {
    let select = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::LeftPence.gt(0))
        .order_by_asc(table::Column::ReceivedOn)
        .order_by_asc(table::Column::Id);
    select.all(handle.connection()).await?.into_iter().map(payment).collect()
}

/// What each company within reach had paid or been credited and not allocated at the end of a day.
pub async fn left_at(handle: &impl Handle, reach: Reach, day: NaiveDate) -> Result<Vec<(CompanyId, Money)>> {
    use crate::entity::journal_entries as journal;
    let rows: Vec<(String, i64)> = scoped(journal::Entity::find(), reach, journal::Column::CompanyId)
        .filter(journal::Column::Account.eq("on_account"))
        .filter(journal::Column::BookedOn.lte(day.to_string()))
        .select_only()
        .column(journal::Column::CompanyId)
        .expr(Expr::cust("CAST(SUM(amount_pence) AS BIGINT)"))
        .group_by(journal::Column::CompanyId)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter().map(|(company, pence)| Ok((parsed(&company)?, Money::from_pence(-pence)))).collect()
}

/// What was allocated to a document, oldest first.
pub async fn of_document(handle: &impl Handle, document: InvoiceId) -> Result<Vec<Allocation>> {
    allocated(handle, allocations::Column::DocumentId, document.to_string()).await
}

/// What was allocated of a payment or a credit note, oldest first.
pub async fn of_source(handle: &impl Handle, from: &str) -> Result<Vec<Allocation>> {
    allocated(handle, allocations::Column::FromId, from.to_owned()).await
}

async fn allocated(handle: &impl Handle, by: allocations::Column, id: String) -> Result<Vec<Allocation>> {
    let rows = allocations::Entity::find()
        .filter(by.eq(id))
        .order_by_asc(allocations::Column::MadeAt)
        .order_by_asc(allocations::Column::Id)
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Allocation {
                id: parsed(&row.id)?,
                company: parsed(&row.company_id)?,
                from: row.from_id,
                document: parsed(&row.document_id)?,
                amount: Money::from_pence(row.amount_pence),
                on: parsed(&row.made_on)?,
                by: row.made_by,
                at: instant(row.made_at),
            })
        })
        .collect()
}

fn payment(row: table::Model) -> Result<Payment> {
    Ok(Payment {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        received_on: parsed(&row.received_on)?,
        amount: Money::from_pence(row.amount_pence),
        left: Money::from_pence(row.left_pence),
        method: row.method,
        reference: row.reference,
        source: row.source,
        recorded_by: row.recorded_by,
        at: instant(row.recorded_at),
        reversed_on: parsed_opt(row.reversed_on.as_ref())?,
        note: row.note,
    })
}
