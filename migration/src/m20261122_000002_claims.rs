//! Claims, drafts, predictions, decisions, reviews.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut claims = keyed("claims", "id");
        claims
            .col(text("company_id"))
            .col(text_null("department_id"))
            .col(long("number"))
            .col(text_null("external_reference"))
            .col(text("status"))
            .col(text("channel"))
            .col(text_null("accident_type"))
            .col(text_null("accident_date"))
            .col(text_null("claim_date"))
            .col(int_null("prognosis_months"))
            .col(flag_null("psychological"))
            .col(flag_null("exceptional"))
            .col(flag_null("whiplash"))
            .col(text_null("dominant_injury"))
            .col(text_null("narrative"))
            .col(text_null("vehicle_type"))
            .col(int_null("vehicle_age"))
            .col(text_null("weather"))
            .col(int_null("passengers"))
            .col(flag_null("police_report"))
            .col(flag_null("witness"))
            .col(text("heads"))
            .col(long("total_pence"))
            .col(flag("medical_report"))
            .col(text("created_by"))
            .col(long("created_at"))
            .col(text_null("prediction_id"))
            .col(long_null("predicted_pence"))
            .col(long_null("settled_pence"))
            .col(long_null("decided_at"))
            .col(text_null("decided_by"));
        manager.create_table(claims).await?;
        index(manager, "claims", &["company_id", "number"], true).await?;
        for columns in [
            ["company_id", "created_at"],
            ["company_id", "accident_type"],
            ["company_id", "decided_at"],
            ["company_id", "total_pence"],
            ["company_id", "external_reference"],
            ["created_by", "created_at"],
        ] {
            index(manager, "claims", &columns, false).await?;
        }
        index(manager, "claims", &["company_id", "status", "created_at"], false).await?;

        // Age and gender stand apart, are encrypted, and are never features (Equality Act 2010).
        let mut protected = keyed("claim_protected", "claim_id");
        protected.col(text("company_id")).col(text_null("driver_age")).col(text_null("gender"));
        manager.create_table(protected).await?;

        let mut drafts = keyed("drafts", "id");
        drafts.col(text("user_id").unique_key()).col(text("body")).col(long("updated_at"));
        manager.create_table(drafts).await?;

        let mut predictions = keyed("predictions", "id");
        predictions
            .col(text("company_id"))
            .col(text("claim_id"))
            .col(text("model_id"))
            .col(long("amount_pence"))
            .col(long("lower_pence"))
            .col(long("upper_pence"))
            .col(int("level_bp"))
            .col(long("base_pence"))
            .col(text("contributions"))
            .col(long_null("tariff_pence"))
            .col(text("facts"))
            .col(text("requested_by"))
            .col(text("channel"))
            .col(long("duration_us"))
            .col(long("created_at"));
        manager.create_table(predictions).await?;
        index(manager, "predictions", &["claim_id"], false).await?;
        index(manager, "predictions", &["company_id", "created_at"], false).await?;
        index(manager, "predictions", &["model_id", "created_at"], false).await?;

        let mut decisions = keyed("decisions", "id");
        decisions
            .col(text("company_id"))
            .col(text("claim_id").unique_key())
            .col(text_null("prediction_id"))
            .col(text("kind"))
            .col(long("amount_pence"))
            .col(text_null("reason"))
            .col(text("note"))
            .col(text("decided_by"))
            .col(long("decided_at"));
        manager.create_table(decisions).await?;
        index(manager, "decisions", &["company_id", "decided_at"], false).await?;
        index(manager, "decisions", &["decided_by", "decided_at"], false).await?;

        let mut reviews = keyed("reviews", "id");
        reviews
            .col(text("company_id"))
            .col(text("claim_id"))
            .col(text("status"))
            .col(text("flagged_by"))
            .col(text("reason"))
            .col(long("flagged_at"))
            .col(text_null("reviewed_by"))
            .col(text_null("answer"))
            .col(long_null("reviewed_at"));
        manager.create_table(reviews).await?;
        index(manager, "reviews", &["company_id", "status", "flagged_at"], false).await?;
        index(manager, "reviews", &["claim_id"], false).await?;
        let one = "CREATE UNIQUE INDEX ux_reviews_waiting ON reviews (claim_id) WHERE status = 'waiting'";
        manager.get_connection().execute_unprepared(one).await?;
        Ok(())
    }
}
