//! Pages of documents as they were read: kept one by one, so that a reading that breaks off goes on where it was.

use domain::id::DocumentId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Document;
use crate::cipher::{DataKey, Place, seal_text};
use crate::entity::document_pages as table;
use crate::keys::{Keyring, Wanted};
use crate::{Handle, Result, Tx};

/// The most pages that are taken out at once.
pub const MOST: u64 = 2_000;

/// A page as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub page: u32,
    /// Its words had to be recognised.
    pub recognised: bool,
    /// Its text and what was found on it, as JSON.
    pub said: String,
}

fn row_of(document: DocumentId, page: u32) -> String {
    format!("{document}:{page}")
}

fn place(row: &str) -> Place<'_> {
    Place { table: "document_pages", column: "sealed", row }
}

/// Keeps pages of a document that is held; one that is kept already stays as it is.
pub async fn keep(tx: &Tx, document: &Document, pages: &[Page]) -> Result<()> {
    let key = super::home_key(tx, document.company, document.home).await?;
    for portion in pages.chunks(50) {
        let mut rows = Vec::with_capacity(portion.len());
        for page in portion {
            rows.push(table::ActiveModel {
                document_id: Set(document.id.to_string()),
                page: Set(i32::try_from(page.page).unwrap_or(i32::MAX)),
                company_id: Set(document.company.to_string()),
                recognised: Set(page.recognised),
                sealed: Set(seal_text(&key, place(&row_of(document.id, page.page)), &page.said)?),
            });
        }
        let once = OnConflict::columns([table::Column::DocumentId, table::Column::Page]).do_nothing().to_owned();
        table::Entity::insert_many(rows).on_conflict(once).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// How far a reading came: the last page that is kept (0: none), and how many behind `after` had to be recognised.
pub async fn reached(handle: &impl Handle, document: DocumentId, after: u32) -> Result<(u32, u64)> {
    let mine = || table::Entity::find().filter(table::Column::DocumentId.eq(document.to_string()));
    let last = mine().order_by_desc(table::Column::Page).select_only().column(table::Column::Page).into_tuple::<i32>();
    let last = last.one(handle.connection()).await?.unwrap_or_default();
    let recognised = mine().filter(table::Column::Recognised.eq(true)).filter(table::Column::Page.gt(after));
    Ok((u32::try_from(last).unwrap_or_default(), crate::count_all(handle, recognised).await?))
}

/// All pages that were read, in their order. Of an erased claimant none is left.
pub async fn all(handle: &impl Handle, document: &Document) -> Result<Vec<Page>> {
    let rows = table::Entity::find()
        .filter(table::Column::DocumentId.eq(document.id.to_string()))
        .order_by_asc(table::Column::Page)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(document.company, Some(&row.sealed));
    }
    let keys = Keyring::load(handle, wanted).await?;
    let mut pages = Vec::with_capacity(rows.len());
    for row in rows {
        let page = u32::try_from(row.page).unwrap_or_default();
        let row_name = row_of(document.id, page);
        let Some(said) = keys.open(document.company, place(&row_name), &row.sealed)? else { continue };
        pages.push(Page { page, recognised: row.recognised, said });
    }
    Ok(pages)
}

/// Forgets all pages, so that the document is read from its beginning.
pub async fn forget(tx: &Tx, document: DocumentId) -> Result<()> {
    let mine = table::Column::DocumentId.eq(document.to_string());
    table::Entity::delete_many().filter(mine).exec(tx.connection()).await?;
    Ok(())
}

/// Encrypts the pages with another key: the document has found its claim.
pub(super) async fn reseal(tx: &Tx, document: &Document, key: &DataKey) -> Result<()> {
    for page in all(tx, document).await? {
        let sealed = seal_text(key, place(&row_of(document.id, page.page)), &page.said)?;
        table::Entity::update_many()
            .col_expr(table::Column::Sealed, Expr::value(sealed))
            .filter(table::Column::DocumentId.eq(document.id.to_string()))
            .filter(table::Column::Page.eq(page.page))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}
