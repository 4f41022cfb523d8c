//! What lowers what is owed of a document, and what holds it.

use billing::document::Status;
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::InvoiceId;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::GivingUp;
use super::steps::{advance, one_row};
use crate::entity::invoices as table;
use crate::{Handle, Result, StoreError, Tx};

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

/// Keeps the word of the first of two who give a debt up, in the place of an earlier one.
pub async fn ask_to_give_up(tx: &Tx, id: InvoiceId, word: &GivingUp) -> Result<()> {
    let change = table::ActiveModel {
        id: Set(id.to_string()),
        given_up_by: Set(Some(word.by.clone())),
        given_up_why: Set(word.why.clone()),
        given_up_pence: Set(Some(word.amount.pence())),
        ..Default::default()
    };
    table::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}

/// Forgets it: it was done, or taken back.
pub async fn given_up(tx: &Tx, id: InvoiceId) -> Result<()> {
    let change = table::ActiveModel {
        id: Set(id.to_string()),
        given_up_by: Set(None),
        given_up_why: Set(String::new()),
        given_up_pence: Set(None),
        ..Default::default()
    };
    table::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}
