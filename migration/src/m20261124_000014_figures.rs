//! Figures that dashboards and usage show, added up as things happen: a row a company, measure, day and label.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut figures = Table::create();
        figures.table("figures");
        for column in [text("company_id"), text("measure"), text("day"), text("label"), long("number"), long("pence")] {
            figures.col(column);
        }
        figures.primary_key(Index::create().col("company_id").col("measure").col("day").col("label"));
        manager.create_table(figures).await?;
        index(manager, "figures", &["measure", "day"], false).await
    }
}
