//! Model versions, their bundles, deployments.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut models = keyed("models", "id");
        models
            .col(text("company_id"))
            .col(text("name"))
            .col(int("version"))
            .col(text("family"))
            .col(text("bundle_hash"))
            .col(long("size_bytes"))
            .col(text("manifest"))
            .col(text("checks"))
            .col(text("notes"))
            .col(text("uploaded_by"))
            .col(long("uploaded_at"));
        manager.create_table(models).await?;
        index(manager, "models", &["company_id", "name", "version"], true).await?;

        let mut bundles = keyed("model_bundles", "model_id");
        bundles.col(bytes("body"));
        manager.create_table(bundles).await?;

        // A deployment without a company serves every company that has none of its own.
        let mut deployments = keyed("deployments", "id");
        deployments
            .col(text_null("company_id"))
            .col(text("model_id"))
            .col(text("deployed_by"))
            .col(long("deployed_at"))
            .col(long_null("replaced_at"))
            .col(text("note"));
        manager.create_table(deployments).await?;
        index(manager, "deployments", &["company_id", "deployed_at"], false).await?;
        // One deployment is in force for each company, and one for all others.
        let one = "CREATE UNIQUE INDEX ux_deployments_in_force ON deployments (COALESCE(company_id, '')) WHERE replaced_at IS NULL";
        manager.get_connection().execute_unprepared(one).await?;
        Ok(())
    }
}
