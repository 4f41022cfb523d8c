//! Documents by what is asked of them.

use std::collections::BTreeSet;

use billing::Month;
use billing::accounting::Target;
use billing::document::{DocumentKind, Status};
use chrono::NaiveDate;
use domain::Money;
use domain::id::{CompanyId, InvoiceId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::Invoice;
use super::rows::record;
use crate::entity::invoices as table;
use crate::{Handle, Reach, Result, count_all, count_some, known, page_of, parsed, scoped};

/// Which documents a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What an insurer's people may see.
    pub issued_only: bool,
    pub company: Option<CompanyId>,
    pub standing: Option<Stands>,
    /// By their tax points, both days inclusive.
    pub issued: (Option<NaiveDate>, Option<NaiveDate>),
    /// By the first day of what they are about.
    pub served: Option<Month>,
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
    if let Some(from) = wanted.issued.0 {
        select = select.filter(C::TaxPoint.gte(from.to_string()));
    }
    if let Some(to) = wanted.issued.1 {
        select = select.filter(C::TaxPoint.lte(to.to_string()));
    }
    if let Some(month) = wanted.served {
        let days = (month.first_day().to_string(), month.last_day().to_string());
        select = select.filter(C::PeriodFrom.gte(days.0)).filter(C::PeriodFrom.lte(days.1));
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
    let order = (table::Column::PeriodFrom, table::Column::Id);
    let (rows, total) = page_of(handle, select, order, (page, per_page)).await?;
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

/// The net of invoices for the service of a month that are not issued yet.
pub async fn unissued(handle: &impl Handle, month: Month) -> Result<Money> {
    use table::Column as C;
    let sum: Option<Option<i64>> = table::Entity::find()
        .filter(C::Number.is_null())
        .filter(C::Kind.ne(DocumentKind::CreditNote.key()))
        .filter(C::PeriodFrom.gte(month.first_day().to_string()))
        .filter(C::PeriodFrom.lte(month.last_day().to_string()))
        .select_only()
        .expr(Expr::cust("CAST(SUM(net_pence) AS BIGINT)"))
        .into_tuple()
        .one(handle.connection())
        .await?;
    Ok(Money::from_pence(sum.flatten().unwrap_or_default()))
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
