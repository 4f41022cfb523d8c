//! The audit log as chains: each row holds the hash of the one before it. What is known of a request.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            text_null("chain"),
            long_null("position"),
            text_null("hash"),
            text_null("session"),
            text_null("request_id"),
            text_null("address"),
        ] {
            manager.alter_table(Table::alter().table("audit_events").add_column(column).to_owned()).await?;
        }
        index(manager, "audit_events", &["chain", "position"], true).await?;
        index(manager, "audit_events", &["company_id", "hash", "seq"], false).await?;
        let mut heads = keyed("audit_heads", "chain");
        heads
            .col(long("position"))
            .col(text("hash"))
            .col(long("before_rows"))
            .col(long("before_seq"))
            .col(text("before_hash"))
            .col(long("begun_at"));
        manager.create_table(heads).await?;
        let mut checks = keyed("audit_checks", "id");
        checks.col(long("at")).col(flag("holds")).col(long("rows_read")).col(text("digest")).col(text("words"));
        manager.create_table(checks).await?;
        index(manager, "audit_checks", &["at"], false).await
    }
}
