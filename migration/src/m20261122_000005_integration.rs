//! API keys, the log of API calls, remembered answers.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut keys = keyed("api_keys", "id");
        keys.col(text("company_id"))
            .col(text("name"))
            .col(text("prefix"))
            .col(text("token_hash").unique_key())
            .col(text("created_by"))
            .col(long("created_at"))
            .col(long_null("last_used_at"))
            .col(long_null("revoked_at"));
        manager.create_table(keys).await?;
        index(manager, "api_keys", &["company_id"], false).await?;

        let mut calls = keyed("api_calls", "id");
        calls
            .col(text("company_id"))
            .col(text("key_id"))
            .col(text("method"))
            .col(text("path"))
            .col(int("status"))
            .col(long("duration_us"))
            .col(text("request_id"))
            .col(long("at"));
        manager.create_table(calls).await?;
        index(manager, "api_calls", &["company_id", "at"], false).await?;

        let mut answers = Table::create();
        answers
            .table("idempotent_answers")
            .col(text("key_id"))
            .col(text("idempotency_key"))
            .col(text("request_hash"))
            .col(int("status"))
            .col(text("body"))
            .col(long("created_at"))
            .primary_key(Index::create().col("key_id").col("idempotency_key"));
        manager.create_table(answers).await
    }
}
