//! Documents of claims, and what was found in them.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut documents = keyed("documents", "id");
        for column in [
            text("company_id"),
            text("claim_id"),
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
        ] {
            documents.col(column);
        }
        manager.create_table(documents).await?;
        // The same bytes are on a claim once.
        index(manager, "documents", &["claim_id", "content"], true).await?;
        index(manager, "documents", &["company_id", "content"], false).await?;
        let mut candidates = keyed("candidates", "id");
        for column in [
            text("company_id"),
            text("document_id"),
            int("position"),
            text("field"),
            text("sealed"),
            int("page"),
            text("place"),
            int("confidence_pm"),
            text("extractor"),
        ] {
            candidates.col(column);
        }
        manager.create_table(candidates).await?;
        index(manager, "candidates", &["document_id", "position"], true).await
    }
}
