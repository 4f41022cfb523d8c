//! How often a company is invoiced. Terms of before were monthly.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut cycle = text("cycle");
        cycle.default("monthly");
        manager.alter_table(Table::alter().table("billing_terms").add_column(cycle).to_owned()).await
    }
}
