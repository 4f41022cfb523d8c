//! Views of lists that people save for themselves; and what a decision recorded besides, so that undoing it takes that
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
        let mut decisions = Table::alter();
        decisions.table("decisions").add_column(text_null("recorded"));
        manager.alter_table(decisions.to_owned()).await
    }
}
