//! The journal of money: postings that balance, which are only ever added.

use billing::Month;
use billing::journal::{Account, Posting};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{CompanyId, JournalId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::journal_entries as table;
use crate::{Handle, Reach, Result, Tx, known, parsed, scoped};

/// A journal transaction about one document.
pub struct Booking<'a> {
    /// One id for each posting; the first also names the transaction.
    pub ids: &'a [JournalId],
    pub company: CompanyId,
    pub postings: &'a [Posting],
    pub on: NaiveDate,
    pub document: String,
    pub description: String,
    pub at: DateTime<Utc>,
}

pub async fn book(tx: &Tx, booking: Booking<'_>) -> Result<()> {
    let Some(transaction) = booking.ids.first() else { return Ok(()) };
    for (id, (account, amount)) in booking.ids.iter().zip(booking.postings) {
        table::Entity::insert(table::ActiveModel {
            id: Set(id.to_string()),
            transaction_id: Set(transaction.to_string()),
            company_id: Set(booking.company.to_string()),
            account: Set(account.key().into()),
            amount_pence: Set(amount.pence()),
            booked_on: Set(booking.on.to_string()),
            document_id: Set(booking.document.clone()),
            description: Set(booking.description.clone()),
            created_at: Set(booking.at.timestamp_millis()),
        })
        .exec_without_returning(tx.connection())
        .await?;
    }
    Ok(())
}

/// A row of the journal: transaction, company, account, amount, date.
pub type Row = (String, CompanyId, Account, Money, NaiveDate);

/// The journal within reach between two dates, both inclusive.
pub async fn rows(handle: &impl Handle, reach: Reach, from: NaiveDate, to: NaiveDate) -> Result<Vec<Row>> {
    between(reach, from, to)
        .order_by_asc(table::Column::BookedOn)
        .order_by_asc(table::Column::Id)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok((
                row.transaction_id,
                parsed(&row.company_id)?,
                known(Account::from_key(&row.account), "account")?,
                Money::from_pence(row.amount_pence),
                parsed(&row.booked_on)?,
            ))
        })
        .collect()
}

/// What was posted to an account of a company in a month, as far as the dates reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub month: Month,
    pub company: CompanyId,
    pub account: Account,
    pub amount: Money,
}

/// The sums within reach between two dates, both inclusive: as many as there are months, companies and
/// accounts, however many documents.
pub async fn sums(handle: &impl Handle, reach: Reach, from: NaiveDate, to: NaiveDate) -> Result<Vec<Sum>> {
    use table::Column as C;
    // Dates are texts, `2026-10-31`.
    let month = Expr::cust("SUBSTR(booked_on, 1, 7)");
    let rows: Vec<(String, String, String, i64)> = between(reach, from, to)
        .select_only()
        .expr(month.clone())
        .column(C::CompanyId)
        .column(C::Account)
        .expr(Expr::cust("CAST(SUM(amount_pence) AS BIGINT)"))
        .group_by(month)
        .group_by(C::CompanyId)
        .group_by(C::Account)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(month, company, account, pence)| {
            Ok(Sum {
                month: known(month.parse().ok(), "month")?,
                company: parsed(&company)?,
                account: known(Account::from_key(&account), "account")?,
                amount: Money::from_pence(pence),
            })
        })
        .collect()
}

fn between(reach: Reach, from: NaiveDate, to: NaiveDate) -> sea_orm::Select<table::Entity> {
    use table::Column as C;
    scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::BookedOn.gte(from.to_string()))
        .filter(C::BookedOn.lte(to.to_string()))
}
