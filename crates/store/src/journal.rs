//! The journal of money: entries that balance, whose source is booked once, and which are only ever added.

use billing::journal::{Account, Entry, EntryKind};
use billing::{ComponentKind, Month, Span};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{CompanyId, JournalId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{journal_entries as table, journal_transactions};
use crate::{Handle, Reach, Result, Tx, known, parsed, scoped};

/// An entry about one document or payment.
pub struct Booking<'a> {
    /// Names the entry.
    pub id: JournalId,
    /// Names the postings: at least as many as the entry has.
    pub ids: &'a [JournalId],
    /// What it books, such as `document:inv_…`: once, whatever is replayed.
    pub source: String,
    pub company: CompanyId,
    pub entry: &'a Entry,
    pub on: NaiveDate,
    /// The days of service it is about.
    pub period: Option<Span>,
    pub document: String,
    pub description: String,
    pub at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where the source is booked.
pub async fn book(tx: &Tx, booking: Booking<'_>) -> Result<()> {
    let postings = booking.entry.postings();
    // A document of nothing moves nothing.
    if postings.is_empty() {
        return Ok(());
    }
    if booking.ids.len() < postings.len() {
        return Err(crate::StoreError::Corrupt("a posting without an id".into()));
    }
    journal_transactions::Entity::insert(journal_transactions::ActiveModel {
        id: Set(booking.id.to_string()),
        kind: Set(booking.entry.kind().key().into()),
        source: Set(booking.source.clone()),
        company_id: Set(booking.company.to_string()),
        booked_on: Set(booking.on.to_string()),
        period_from: Set(booking.period.map(|p| p.from.to_string())),
        period_until: Set(booking.period.map(|p| p.until.to_string())),
        document_id: Set(booking.document.clone()),
        description: Set(booking.description.clone()),
        batch_id: Set(None),
        created_at: Set(booking.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    let rows = postings.iter().zip(booking.ids).map(|((account, amount), id)| table::ActiveModel {
        id: Set(id.to_string()),
        transaction_id: Set(booking.id.to_string()),
        company_id: Set(booking.company.to_string()),
        account: Set(account.key().into()),
        amount_pence: Set(amount.pence()),
        booked_on: Set(booking.on.to_string()),
        document_id: Set(booking.document.clone()),
        description: Set(booking.description.clone()),
        created_at: Set(booking.at.timestamp_millis()),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        table::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// A posting as it was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The entry's id.
    pub entry: String,
    pub company: CompanyId,
    pub account: Account,
    pub amount: Money,
    pub on: NaiveDate,
}

/// The journal within reach between two dates, both inclusive.
pub async fn rows(handle: &impl Handle, reach: Reach, from: NaiveDate, to: NaiveDate) -> Result<Vec<Row>> {
    between(reach, from, to)
        .order_by_asc(table::Column::BookedOn)
        .order_by_asc(table::Column::Id)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Row {
                entry: row.transaction_id,
                company: parsed(&row.company_id)?,
                account: known(Account::from_key(&row.account), "account")?,
                amount: Money::from_pence(row.amount_pence),
                on: parsed(&row.booked_on)?,
            })
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

/// Net revenue of each company by the month in which the service it is for began, between two months, both inclusive.
pub async fn revenue_by_service(
    handle: &impl Handle,
    reach: Reach,
    (from, to): (Month, Month),
) -> Result<Vec<(CompanyId, Month, Money)>> {
    use table::Column as C;
    let joined = table::Entity::find()
        .join(
            JoinType::InnerJoin,
            table::Entity::belongs_to(journal_transactions::Entity)
                .from(C::TransactionId)
                .to(journal_transactions::Column::Id)
                .into(),
        )
        .filter(C::Account.eq(Account::Revenue.key()))
        .filter(journal_transactions::Column::PeriodFrom.gte(from.first_day().to_string()))
        .filter(journal_transactions::Column::PeriodFrom.lte(to.last_day().to_string()));
    let month = Expr::cust("SUBSTR(journal_transactions.period_from, 1, 7)");
    let rows: Vec<(String, String, i64)> = scoped(joined, reach, C::CompanyId)
        .select_only()
        .column(C::CompanyId)
        .expr(month.clone())
        .expr(Expr::cust("CAST(SUM(journal_entries.amount_pence) AS BIGINT)"))
        .group_by(C::CompanyId)
        .group_by(month)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(company, month, pence)| {
            // Revenue is a credit, which the journal keeps negative.
            Ok((parsed(&company)?, known(month.parse().ok(), "month")?, Money::from_pence(-pence)))
        })
        .collect()
}

/// Net revenue by the kind of document and of line it was charged or credited on, for service that began between two months, both inclusive. The lines of
/// a document add up to its entry: together they are what [`revenue_by_service`] says.
pub async fn revenue_by_kind(
    handle: &impl Handle,
    (from, to): (Month, Month),
) -> Result<Vec<(EntryKind, ComponentKind, Money)>> {
    use crate::entity::invoice_lines;
    let rows: Vec<(String, String, i64)> = invoice_lines::Entity::find()
        .join(
            JoinType::InnerJoin,
            invoice_lines::Entity::belongs_to(journal_transactions::Entity)
                .from(invoice_lines::Column::InvoiceId)
                .to(journal_transactions::Column::DocumentId)
                .into(),
        )
        .filter(journal_transactions::Column::Kind.is_in([EntryKind::Invoice.key(), EntryKind::CreditNote.key()]))
        .filter(journal_transactions::Column::PeriodFrom.gte(from.first_day().to_string()))
        .filter(journal_transactions::Column::PeriodFrom.lte(to.last_day().to_string()))
        .select_only()
        .column(journal_transactions::Column::Kind)
        .column(invoice_lines::Column::Kind)
        .expr(Expr::cust(
            "CAST(SUM(CASE journal_transactions.kind WHEN 'credit_note' THEN -net_pence ELSE net_pence END) AS BIGINT)",
        ))
        .group_by(journal_transactions::Column::Kind)
        .group_by(invoice_lines::Column::Kind)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(entry, line, pence)| {
            let entry = known(EntryKind::from_key(&entry), "kind of entry")?;
            Ok((entry, known(ComponentKind::from_key(&line), "kind of line")?, Money::from_pence(pence)))
        })
        .collect()
}

/// What an account stands at within reach, all its postings added up.
pub async fn balances(handle: &impl Handle, reach: Reach) -> Result<Vec<(Account, Money)>> {
    use table::Column as C;
    let rows: Vec<(String, i64)> = scoped(table::Entity::find(), reach, C::CompanyId)
        .select_only()
        .column(C::Account)
        .expr(Expr::cust("CAST(SUM(amount_pence) AS BIGINT)"))
        .group_by(C::Account)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|(account, pence)| Ok((known(Account::from_key(&account), "account")?, Money::from_pence(pence))))
        .collect()
}

/// A line of a statement of account: what changed what a company owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub on: NaiveDate,
    pub kind: EntryKind,
    pub document: String,
    pub description: String,
    /// Positive is owed, negative was paid or credited.
    pub amount: Money,
}

/// The accounts that together are what a company owes: its debts, less what it has paid and no document has taken.
const OWED: [&str; 2] = ["debtors", "on_account"];

/// What a company owed at the beginning of a day.
pub async fn owed_before(handle: &impl Handle, company: CompanyId, day: NaiveDate) -> Result<Money> {
    use table::Column as C;
    let sum: Option<Option<i64>> = table::Entity::find()
        .filter(C::CompanyId.eq(company.to_string()))
        .filter(C::BookedOn.lt(day.to_string()))
        .filter(C::Account.is_in(OWED))
        .select_only()
        .expr(Expr::cust("CAST(SUM(amount_pence) AS BIGINT)"))
        .into_tuple()
        .one(handle.connection())
        .await?;
    Ok(Money::from_pence(sum.flatten().unwrap_or_default()))
}

/// What changed what a company owes between two dates, both inclusive, oldest first; at most so many.
pub async fn moved(
    handle: &impl Handle,
    company: CompanyId,
    (from, to): (NaiveDate, NaiveDate),
    most: u64,
) -> Result<Vec<Moved>> {
    use table::Column as C;
    let rows: Vec<(String, String, String, String, i64)> = table::Entity::find()
        .filter(C::CompanyId.eq(company.to_string()))
        .filter(C::BookedOn.gte(from.to_string()))
        .filter(C::BookedOn.lte(to.to_string()))
        .filter(C::Account.is_in(OWED))
        .select_only()
        .columns([C::BookedOn, C::TransactionId, C::DocumentId, C::Description])
        .expr(Expr::cust("CAST(SUM(amount_pence) AS BIGINT)"))
        .group_by(C::BookedOn)
        .group_by(C::TransactionId)
        .group_by(C::DocumentId)
        .group_by(C::Description)
        // Allocations move nothing from one side to the other.
        .having(Expr::cust("SUM(amount_pence) <> 0"))
        .order_by_asc(C::BookedOn)
        .order_by_asc(C::TransactionId)
        .limit(most)
        .into_tuple()
        .all(handle.connection())
        .await?;
    let ids = rows.iter().map(|r| r.1.clone());
    let kinds: Vec<(String, String)> = journal_transactions::Entity::find()
        .filter(journal_transactions::Column::Id.is_in(ids))
        .select_only()
        .columns([journal_transactions::Column::Id, journal_transactions::Column::Kind])
        .into_tuple()
        .all(handle.connection())
        .await?;
    let kinds: std::collections::HashMap<String, String> = kinds.into_iter().collect();
    rows.into_iter()
        .map(|(on, entry, document, description, pence)| {
            let kind = kinds.get(&entry).and_then(|key| EntryKind::from_key(key));
            Ok(Moved {
                on: parsed(&on)?,
                kind: known(kind, "kind of entry")?,
                document,
                description,
                amount: Money::from_pence(pence),
            })
        })
        .collect()
}

/// What a journal that is whole has nothing of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// How many entries there are.
    pub entries: u64,
    /// Entries whose postings do not sum to nothing, or that have none; at most as many as are told.
    pub unbalanced: Vec<String>,
    /// Documents and payments whose own sums are not what was allocated to them.
    pub apart: Vec<String>,
    pub balances: Vec<(Account, Money)>,
    /// What documents say is owed, and payments say is left.
    pub open: Money,
    pub left: Money,
}

/// Ids that a check names at most.
const TOLD: u32 = 20;

/// Adds everything up again: each entry, what is owed against the debtors, what is left of payments against what is on account.
pub async fn check(handle: &impl Handle) -> Result<Check> {
    let texts = |sql: String| async move {
        let backend = sea_orm::ConnectionTrait::get_database_backend(handle.connection());
        let rows =
            sea_orm::ConnectionTrait::query_all_raw(handle.connection(), sea_orm::Statement::from_string(backend, sql))
                .await?;
        rows.iter().map(|row| row.try_get_by_index::<String>(0)).collect::<std::result::Result<Vec<_>, _>>()
    };
    let unbalanced = texts(format!(
        "SELECT t.id FROM journal_transactions t LEFT JOIN journal_entries e ON e.transaction_id = t.id \
         GROUP BY t.id HAVING COALESCE(SUM(e.amount_pence), 1) <> 0 LIMIT {TOLD}"
    ))
    .await?;
    let mut apart = texts(format!(
        "SELECT COALESCE(i.number, i.id) FROM invoices i WHERE i.number IS NOT NULL AND i.kind <> 'credit_note' AND \
         (i.open_pence <> i.gross_pence - i.paid_pence - i.credited_pence - i.written_off_pence OR i.open_pence < 0 OR \
          i.paid_pence + i.credited_pence + i.written_off_pence <> COALESCE((SELECT SUM(a.amount_pence) FROM allocations a WHERE a.document_id = i.id), 0)) LIMIT {TOLD}"
    ))
    .await?;
    apart.extend(
        texts(format!(
            "SELECT p.id FROM payments p WHERE p.left_pence < 0 OR (p.reversed_on IS NULL AND p.left_pence > p.amount_pence) LIMIT {TOLD}"
        ))
        .await?,
    );
    let number = |sql: &'static str| async move {
        let backend = sea_orm::ConnectionTrait::get_database_backend(handle.connection());
        let row =
            sea_orm::ConnectionTrait::query_one_raw(handle.connection(), sea_orm::Statement::from_string(backend, sql))
                .await?;
        row.map(|row| row.try_get_by_index::<i64>(0)).transpose().map(Option::unwrap_or_default)
    };
    Ok(Check {
        entries: number("SELECT COUNT(*) FROM journal_transactions").await?.unsigned_abs(),
        unbalanced,
        apart,
        balances: balances(handle, Reach::Operator).await?,
        open: Money::from_pence(number("SELECT CAST(COALESCE(SUM(open_pence), 0) AS BIGINT) FROM invoices").await?),
        left: Money::from_pence(number("SELECT CAST(COALESCE(SUM(left_pence), 0) AS BIGINT) FROM payments").await?),
    })
}

fn between(reach: Reach, from: NaiveDate, to: NaiveDate) -> sea_orm::Select<table::Entity> {
    use table::Column as C;
    scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::BookedOn.gte(from.to_string()))
        .filter(C::BookedOn.lte(to.to_string()))
}
