//! Fewer pages to write for each claim: indexes hold only the rows that are looked for by them.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in [
            // Nobody lists claims of all companies.
            ("claims", "ix_claims_created_at_id"),
            ("claims", "ix_claims_company_id_external_reference_number"),
            ("claims", "ix_claims_company_id_reference_index"),
            ("claims", "ix_claims_company_id_decided_at"),
            ("usage_events", "ix_usage_events_invoice_line_id"),
            ("audit_events", "ix_audit_events_company_id_hash_seq"),
            ("jobs", "ix_jobs_company_id_created_at"),
            ("jobs", "ix_jobs_created_at_id"),
        ] {
            manager.drop_index(Index::drop().name(name).table(table).if_exists().to_owned()).await?;
        }
        index(manager, "claims", &["created_by", "status", "created_at", "id"], false).await?;
        index(manager, "jobs", &["company_id", "id"], false).await?;
        index(manager, "jobs", &["state", "id"], false).await?;
        index(manager, "mails", &["created_at"], false).await?;
        for sql in [
            "CREATE INDEX ix_claims_former_reference ON claims (company_id, external_reference) WHERE external_reference IS NOT NULL",
            "CREATE INDEX ix_claims_reference ON claims (company_id, reference_index) WHERE reference_index IS NOT NULL",
            "CREATE INDEX ix_claims_decided ON claims (company_id, decided_at) WHERE decided_at IS NOT NULL",
            "CREATE INDEX ix_usage_events_invoiced ON usage_events (invoice_line_id) WHERE invoice_line_id IS NOT NULL",
            "CREATE INDEX ix_audit_events_unchained ON audit_events (company_id, seq) WHERE hash IS NULL",
        ] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
