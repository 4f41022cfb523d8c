//! Rows of files that have been imported, so that the same row is not entered and charged twice unawares. A mark is a
//! keyed hash of what the row says, and tells nothing of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::id::CompanyId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::entity::import_marks as table;
use crate::{Handle, Result, Tx};

/// Marks of one statement.
const PORTION: usize = 400;

/// The mark of a row's text.
pub fn mark(handle: &impl Handle, company: CompanyId, row: &str) -> Result<String> {
    handle.cipher().lookup("import", &format!("{company}|{row}"))
}

/// Which of these marks are there already.
pub async fn known(handle: &impl Handle, company: CompanyId, marks: &[String]) -> Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for portion in marks.chunks(PORTION) {
        let found: Vec<String> = table::Entity::find()
            .filter(table::Column::CompanyId.eq(company.to_string()))
            .filter(table::Column::Mark.is_in(portion))
            .select_only()
            .column(table::Column::Mark)
            .into_tuple()
            .all(handle.connection())
            .await?;
        known.extend(found);
    }
    Ok(known)
}

/// Remembers marks, and says how many of them were not there. Another transaction that remembers the same ones is
/// waited for, so that of two uploads of one file one finds them new.
pub async fn remember(tx: &Tx, company: CompanyId, marks: &BTreeSet<String>, at: DateTime<Utc>) -> Result<u64> {
    let marks: Vec<&String> = marks.iter().collect();
    let mut fresh = 0;
    for portion in marks.chunks(PORTION) {
        let rows = portion.iter().map(|mark| table::ActiveModel {
            company_id: Set(company.to_string()),
            mark: Set((*mark).clone()),
            created_at: Set(at.timestamp_millis()),
        });
        let there = OnConflict::columns([table::Column::CompanyId, table::Column::Mark]).do_nothing().to_owned();
        fresh += table::Entity::insert_many(rows).on_conflict(there).exec_without_returning(tx.connection()).await?;
    }
    Ok(fresh)
}

/// Forgets marks that are older than this; how many.
pub async fn sweep(tx: &Tx, before: DateTime<Utc>) -> Result<u64> {
    let old = table::Entity::delete_many().filter(table::Column::CreatedAt.lt(before.timestamp_millis()));
    Ok(old.exec(tx.connection()).await?.rows_affected)
}
