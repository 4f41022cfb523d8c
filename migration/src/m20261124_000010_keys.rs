//! A key for each claimant, by which what is personal of their claims is encrypted, and with which it is
//! erased. Days of London beside the instants, by which figures are grouped on both databases alike.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut claimants = keyed("claimants", "id");
        claimants
            .col(text("company_id"))
            .col(text_null("reference_index"))
            .col(text("wrapped_key"))
            .col(long("created_at"))
            .col(long_null("shredded_at"));
        manager.create_table(claimants).await?;
        index(manager, "claimants", &["company_id", "reference_index"], true).await?;
        for (table, column) in [
            ("claims", text_null("claimant_id")),
            ("claims", text_null("reference_index")),
            ("claims", text_null("sealed")),
            ("claims", text_null("created_day")),
            ("predictions", text_null("sealed")),
            ("predictions", text_null("created_day")),
            ("decisions", text_null("decided_day")),
            ("usage_events", text_null("day")),
            ("users", text_null("email_lookup")),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        index(manager, "claims", &["company_id", "reference_index"], false).await?;
        index(manager, "claims", &["claimant_id"], false).await?;
        index(manager, "users", &["email_lookup"], true).await
    }
}
