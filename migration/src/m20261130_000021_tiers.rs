//! Finance, second part: what e-invoices ask of parties and documents, service tiers and requests for them, alerts of use,
//! the Bank of England's base rates.

use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        parties(manager).await?;
        tiers(manager).await?;
        alerts(manager).await?;
        base_rates(manager).await
    }
}

async fn columns(manager: &SchemaManager<'_>, table: &'static str, all: Vec<ColumnDef>) -> Result<(), DbErr> {
    for column in all {
        manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
    }
    Ok(())
}

/// Every company before there was a choice is in the United Kingdom.
async fn parties(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let of = |name, value: &str| text(name).default(value).to_owned();
    columns(
        manager,
        "companies",
        vec![of("country", "GB"), of("registration", ""), of("endpoint", ""), long_null("usage_limit")],
    )
    .await?;
    columns(manager, "invoices", vec![text_null("ubl_hash")]).await
}

/// A tier is a version that is never changed; an amendment names the one that it opens.
async fn tiers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut tiers = keyed("service_tiers", "id");
    for column in [
        text("name"),
        int("version"),
        text("capabilities"),
        int_null("seats"),
        text("card_id"),
        text("made_by"),
        long("made_at"),
    ] {
        tiers.col(column);
    }
    manager.create_table(tiers).await?;
    index(manager, "service_tiers", &["name", "version"], true).await?;
    columns(manager, "amendments", vec![text_null("tier_id")]).await?;
    let mut requests = keyed("tier_requests", "id");
    for column in [
        text("company_id"),
        text("tier_id"),
        text("effective_from"),
        text("note"),
        text("state"),
        text("made_by"),
        long("made_at"),
        text_null("decided_by"),
        long_null("decided_at"),
        text("reason"),
    ] {
        requests.col(column);
    }
    manager.create_table(requests).await?;
    index(manager, "tier_requests", &["company_id", "made_at"], false).await?;
    // One at a time: a second one while the first is open is refused.
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX ix_tier_requests_open ON tier_requests (company_id) WHERE state = 'open'",
        )
        .await?;
    Ok(())
}

async fn alerts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut alerts = keyed("usage_alerts", "id");
    for column in
        [text("company_id"), text("period_from"), int("percent"), long("used"), long("of_units"), long("told_at")]
    {
        alerts.col(column);
    }
    manager.create_table(alerts).await?;
    index(manager, "usage_alerts", &["company_id", "period_from", "percent"], true).await
}

async fn base_rates(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut rates = keyed("base_rates", "id");
    for column in [text("effective_from"), int("rate_bp"), text("set_by"), long("set_at")] {
        rates.col(column);
    }
    manager.create_table(rates).await?;
    index(manager, "base_rates", &["effective_from", "set_at"], false).await
}
