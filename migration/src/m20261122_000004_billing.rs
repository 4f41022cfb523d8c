//! Terms, usage, invoices, the journal.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut terms = keyed("billing_terms", "id");
        terms
            .col(text("company_id"))
            .col(text("effective_from"))
            .col(long("unit_price_micro"))
            .col(int("tax_rate_bp"))
            .col(int("payment_days"))
            .col(text("created_by"))
            .col(long("created_at"));
        manager.create_table(terms).await?;
        index(manager, "billing_terms", &["company_id", "effective_from"], true).await?;

        let mut usage = keyed("usage_events", "id");
        usage
            .col(text("prediction_id").unique_key())
            .col(text("company_id"))
            .col(text_null("department_id"))
            .col(text("model_id"))
            .col(text("channel"))
            .col(flag("billable"))
            .col(text("reason"))
            .col(long("occurred_at"))
            .col(text_null("invoice_line_id"));
        manager.create_table(usage).await?;
        index(manager, "usage_events", &["company_id", "occurred_at"], false).await?;
        index(manager, "usage_events", &["invoice_line_id"], false).await?;

        let mut invoices = keyed("invoices", "id");
        invoices
            .col(text("company_id"))
            .col(text("status"))
            .col(text_null("number").unique_key())
            .col(text("period_from"))
            .col(text("period_until"))
            .col(int("payment_days"))
            .col(text("prepared_by"))
            .col(long("prepared_at"))
            .col(text_null("approved_by"))
            .col(long_null("approved_at"))
            .col(text_null("issued_by"))
            .col(long_null("issued_at"))
            .col(text_null("issued_on"))
            .col(text_null("due_on"))
            .col(long("net_pence"))
            .col(long("vat_pence"))
            .col(long("gross_pence"))
            .col(text_null("parties"))
            .col(bytes_null("pdf"))
            .col(text_null("pdf_hash"))
            .col(text_null("paid_on"));
        manager.create_table(invoices).await?;
        index(manager, "invoices", &["company_id", "period_from"], true).await?;

        let mut lines = keyed("invoice_lines", "id");
        lines
            .col(text("invoice_id"))
            .col(int("position"))
            .col(text("description"))
            .col(long("quantity"))
            .col(long("unit_price_micro"))
            .col(long("net_pence"))
            .col(int("tax_rate_bp"))
            .col(text("explanation"));
        manager.create_table(lines).await?;
        index(manager, "invoice_lines", &["invoice_id", "position"], true).await?;

        let mut series = keyed("number_series", "series");
        series.col(long("next"));
        manager.create_table(series).await?;

        let mut journal = keyed("journal_entries", "id");
        journal
            .col(text("transaction_id"))
            .col(text("company_id"))
            .col(text("account"))
            .col(long("amount_pence"))
            .col(text("booked_on"))
            .col(text("document_id"))
            .col(text("description"))
            .col(long("created_at"));
        manager.create_table(journal).await?;
        index(manager, "journal_entries", &["company_id", "booked_on"], false).await?;
        index(manager, "journal_entries", &["transaction_id"], false).await
    }
}
