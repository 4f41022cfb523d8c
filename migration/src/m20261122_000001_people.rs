//! Companies, departments, people, sessions, the audit log.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut companies = keyed("companies", "id");
        companies
            .col(text("name").unique_key())
            .col(flag("operator"))
            .col(text("address"))
            .col(text("billing_email"))
            .col(text("vat_number"))
            .col(text("wrapped_key"))
            .col(long("created_at"));
        manager.create_table(companies).await?;

        let mut departments = keyed("departments", "id");
        departments.col(text("company_id")).col(text("name")).col(long("created_at"));
        manager.create_table(departments).await?;
        index(manager, "departments", &["company_id", "name"], true).await?;

        let mut users = keyed("users", "id");
        users
            .col(text("company_id"))
            .col(text_null("department_id"))
            .col(text("role"))
            .col(text("email_index").unique_key())
            .col(text("email"))
            .col(text("name"))
            .col(text("password_hash"))
            .col(flag("must_change_password"))
            .col(flag("active"))
            .col(int("policy_version"))
            .col(long_null("policy_acknowledged_at"))
            .col(text_null("created_by"))
            .col(long("created_at"))
            .col(long_null("last_sign_in_at"));
        manager.create_table(users).await?;
        index(manager, "users", &["company_id"], false).await?;

        let mut sessions = keyed("sessions", "token_hash");
        sessions.col(text("user_id")).col(long("created_at")).col(long("last_seen_at")).col(long("expires_at"));
        manager.create_table(sessions).await?;
        index(manager, "sessions", &["user_id"], false).await?;

        let mut failures = keyed("sign_in_failures", "subject");
        failures.col(int("failures")).col(long("last_at"));
        manager.create_table(failures).await?;

        let mut setup = keyed("setup_links", "token_hash");
        setup.col(long("created_at")).col(long("expires_at")).col(long_null("used_at"));
        manager.create_table(setup).await?;

        let mut notifications = keyed("notifications", "id");
        notifications
            .col(text("user_id"))
            .col(text("text"))
            .col(text("href"))
            .col(long("created_at"))
            .col(long_null("read_at"));
        manager.create_table(notifications).await?;
        index(manager, "notifications", &["user_id", "created_at"], false).await?;

        let mut audit = Table::create();
        audit
            .table("audit_events")
            .col(ColumnDef::new("seq").big_integer().not_null().auto_increment().primary_key())
            .col(text("id").unique_key())
            .col(long("at"))
            .col(text_null("company_id"))
            .col(text("actor_kind"))
            .col(text_null("actor_id"))
            .col(text("action"))
            .col(text("entity"))
            .col(text_null("entity_id"))
            .col(text("details"));
        manager.create_table(audit).await?;
        for columns in [["company_id", "seq"], ["actor_id", "seq"], ["action", "seq"], ["entity_id", "seq"]] {
            index(manager, "audit_events", &columns, false).await?;
        }
        Ok(())
    }
}
