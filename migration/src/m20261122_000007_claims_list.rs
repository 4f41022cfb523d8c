//! Indexes that hold all that the claims list counts and sorts by, so that it reads the rows of one
//! page and no others.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["created_at", "external_reference", "total_pence"] {
            let name = format!("ix_claims_company_id_{column}");
            manager.drop_index(Index::drop().name(name).table("claims").to_owned()).await?;
        }
        index(manager, "claims", &["company_id", "created_at", "id"], false).await?;
        index(manager, "claims", &["company_id", "total_pence", "id"], false).await?;
        index(manager, "claims", &["company_id", "external_reference", "number"], false).await
    }
}
