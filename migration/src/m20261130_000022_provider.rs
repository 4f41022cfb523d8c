//! What a billing service knows of our documents, and the events that it sent; how files for accounting programs are written;
//! debts that somebody asked to give up.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut documents = keyed("provider_documents", "document_id");
        for column in [
            text("company_id"),
            text("provider"),
            text("external_id"),
            text("customer"),
            text_null("link"),
            long("pushed_at"),
            long("paid_pence"),
            long_null("asked_pence"),
            text("stands"),
            long_null("checked_at"),
            text("drift"),
        ] {
            documents.col(column);
        }
        manager.create_table(documents).await?;
        index(manager, "provider_documents", &["external_id"], true).await?;
        index(manager, "provider_documents", &["company_id", "pushed_at"], false).await?;
        index(manager, "provider_documents", &["checked_at"], false).await?;
        let mut events = keyed("provider_events", "id");
        for column in [text("provider"), text("kind"), text("external_id"), long("received_at")] {
            events.col(column);
        }
        manager.create_table(events).await?;
        index(manager, "provider_events", &["received_at"], false).await?;
        let mut templates = keyed("export_templates", "id");
        for column in [text("target"), text("body"), text("set_by"), long("set_at")] {
            templates.col(column);
        }
        manager.create_table(templates).await?;
        index(manager, "export_templates", &["target", "set_at"], false).await?;
        for column in
            [text_null("given_up_by"), text("given_up_why").default("").to_owned(), long_null("given_up_pence")]
        {
            manager.alter_table(Table::alter().table("invoices").add_column(column).to_owned()).await?;
        }
        // What a month of service brought is read by it.
        index(manager, "journal_transactions", &["period_from", "kind"], false).await
    }
}
