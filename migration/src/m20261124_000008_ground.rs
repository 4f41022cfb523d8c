//! Whom an integration passed a decision on for and how soon it came; when the next sign-in is open;
//! when a first password ends; what the installation is known by; indexes for what the operator's
//! people read over all companies.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut open_at = long("open_at");
        open_at.default(0);
        for (table, column) in [
            ("decisions", text_null("decider")),
            ("decisions", long_null("seconds_after")),
            ("users", long_null("password_expires_at")),
            ("sign_in_failures", open_at),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        let mut installation = keyed("installation", "key");
        installation.col(text("value"));
        manager.create_table(installation).await?;
        index(manager, "predictions", &["created_at", "id"], false).await?;
        index(manager, "decisions", &["decided_at", "id"], false).await?;
        index(manager, "claims", &["created_at", "id"], false).await?;
        index(manager, "audit_events", &["at"], false).await?;
        index(manager, "usage_events", &["occurred_at"], false).await?;
        index(manager, "api_calls", &["at", "id"], false).await?;
        index(manager, "journal_entries", &["booked_on"], false).await?;
        index(manager, "sign_in_failures", &["last_at"], false).await?;
        index(manager, "idempotent_answers", &["created_at"], false).await?;
        index(manager, "sessions", &["expires_at"], false).await
    }
}
