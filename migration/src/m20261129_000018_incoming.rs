//! Documents that come before their claim: on a draft, until that is saved. Each has a key of its own for its file, is
//! read page by page, and may be held or have a day until which it is kept. Clocks of the law that were met stand in the
//! diary; a flag may ask somebody in particular.

use sea_orm_migration::sea_orm;

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What documents had before, in this order.
const BEFORE: &str = "id, company_id, claim_id, sealed, content, path, kind, state, fail_code, size_bytes, pages, uploaded_by, \
                      uploaded_at, read_at, report, scan";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// On SQLite too: a table that is made anew must not be left half.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        documents(manager).await?;
        let mut pages = Table::create();
        pages.table("document_pages");
        for column in [text("document_id"), int("page"), text("company_id"), flag("recognised"), text("sealed")] {
            pages.col(column);
        }
        pages.primary_key(Index::create().col("document_id").col("page"));
        manager.create_table(pages).await?;
        for (table, column) in [("diary", text_null("clock")), ("reviews", text_null("asked_of"))] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        index(manager, "diary", &["claim_id", "clock"], true).await
    }
}

/// How far the documents were read that there are: the first pages.
const READ_TO: &str = "UPDATE documents SET read_to = CASE \
     WHEN kind <> 'pdf' THEN pages \
     WHEN pages > 20 AND EXISTS (SELECT 1 FROM candidates c WHERE c.document_id = documents.id AND c.extractor LIKE 'tesseract%') THEN 20 \
     WHEN pages > 300 THEN 300 ELSE pages END \
     WHERE read_at IS NOT NULL";

async fn documents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        sea_orm::DbBackend::Sqlite => made_anew(manager).await?,
        _ => changed(manager).await?,
    }
    manager.get_connection().execute_unprepared(READ_TO).await?;
    index(manager, "documents", &["draft_of", "content"], true).await
}

async fn changed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared("ALTER TABLE documents ALTER COLUMN claim_id DROP NOT NULL").await?;
    for column in added() {
        manager.alter_table(Table::alter().table("documents").add_column(column).to_owned()).await?;
    }
    Ok(())
}

fn added() -> [ColumnDef; 5] {
    [
        text_null("draft_of"),
        text_null("file_key"),
        int("read_to").default(0).to_owned(),
        text_null("retain_until"),
        flag("held").default(false).to_owned(),
    ]
}

/// SQLite cannot let a column be empty that could not be: the table is made anew with its rows.
async fn made_anew(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut made = keyed("documents_18", "id");
    for column in [
        text("company_id"),
        text_null("claim_id"),
        text("sealed"),
        text("content"),
        text("path"),
        text("kind"),
        text("state"),
        text_null("fail_code"),
        long("size_bytes"),
        int("pages"),
        text("uploaded_by"),
        long("uploaded_at"),
        long_null("read_at"),
        flag("report"),
        text("scan"),
    ]
    .into_iter()
    .chain(added())
    {
        made.col(column);
    }
    manager.create_table(made).await?;
    let connection = manager.get_connection();
    let copied = format!("INSERT INTO documents_18 ({BEFORE}) SELECT {BEFORE} FROM documents");
    connection.execute_unprepared(&copied).await?;
    manager.drop_table(Table::drop().table("documents").to_owned()).await?;
    manager.rename_table(Table::rename().table("documents_18", "documents").to_owned()).await?;
    index(manager, "documents", &["claim_id", "content"], true).await?;
    index(manager, "documents", &["company_id", "content"], false).await
}
