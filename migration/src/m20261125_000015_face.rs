//! Views of lists that people save for themselves; marks of rows that were imported; and what a decision recorded besides, so that undoing it takes that
//! back too.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut views = keyed("saved_views", "id");
        for column in [text("user_id"), text("body"), long("created_at")] {
            views.col(column);
        }
        manager.create_table(views).await?;
        index(manager, "saved_views", &["user_id", "created_at"], false).await?;
        let mut marks = Table::create();
        marks.table("import_marks");
        for column in [text("company_id"), text("mark"), long("created_at")] {
            marks.col(column);
        }
        marks.primary_key(Index::create().col("company_id").col("mark"));
        manager.create_table(marks).await?;
        // What people were told of a claim and have not read; and what a person decided lately.
        let connection = manager.get_connection();
        for statement in [
            "CREATE INDEX ix_notifications_unread ON notifications (user_id, href) WHERE read_at IS NULL",
            "CREATE INDEX ix_claims_decided_by ON claims (decided_by, decided_at) WHERE decided_at IS NOT NULL",
        ] {
            connection.execute_unprepared(statement).await?;
        }
        let mut decisions = Table::alter();
        decisions.table("decisions").add_column(text_null("recorded"));
        manager.alter_table(decisions.to_owned()).await
    }
}
