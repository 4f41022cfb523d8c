//! A number by which replicas see that what they keep in memory has changed.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut stamps = keyed("stamps", "name");
        stamps.col(long("value"));
        manager.create_table(stamps).await?;
        let first = "INSERT INTO stamps (name, value) VALUES ('integration', 1)";
        manager.get_connection().execute_unprepared(first).await?;
        Ok(())
    }
}
