//! What claims finally settled for: one in force a claim, corrected by another and never edited. Of a model: who approved
//! it, who withdrew it, what was measured of it on those outcomes, and what was said of it later. Of the
//! streams of claims: what was seen week by week, and what of it alerts.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What served before approvals were asked for was approved by whoever deployed it first.
const APPROVED: &str = "UPDATE models SET \
     approved_at = (SELECT MIN(d.deployed_at) FROM deployments d WHERE d.model_id = models.id), \
     approved_by = (SELECT d.deployed_by FROM deployments d WHERE d.model_id = models.id ORDER BY d.deployed_at LIMIT 1), \
     approval_note = 'deployed before approvals were asked for' \
     WHERE EXISTS (SELECT 1 FROM deployments d WHERE d.model_id = models.id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        outcomes(manager).await?;
        for column in [text_null("approved_by"), long_null("approved_at"), text_null("approval_note")] {
            manager.alter_table(Table::alter().table("models").add_column(column).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared(APPROVED).await?;
        for column in [text_null("claim_kind"), long_null("predicted_pence")] {
            manager.alter_table(Table::alter().table("decisions").add_column(column).to_owned()).await?;
        }
        index(manager, "decisions", &["company_id", "kind", "decided_at", "id"], false).await?;
        index(manager, "decisions", &["kind", "decided_at", "id"], false).await?;
        let serves = flag("serves").default(true).to_owned();
        manager.alter_table(Table::alter().table("deployments").add_column(serves).to_owned()).await?;
        of_models(manager).await?;
        monitoring(manager).await?;
        retrainings(manager).await?;
        fairness(manager).await?;
        published(manager).await?;
        trials(manager).await
    }
}

async fn outcomes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut outcomes = keyed("outcomes", "id");
    for column in [
        text("company_id"),
        text("claim_id"),
        long("amount_pence"),
        text("settled_on"),
        text("source"),
        text("tier"),
        text_null("sealed"),
        text("recorded_by"),
        long("recorded_at"),
        text_null("supersedes"),
        long_null("superseded_at"),
        // What is judged by it, as it stood when it was recorded.
        text_null("prediction_id"),
        text_null("model_id"),
        long_null("predicted_pence"),
        long_null("lower_pence"),
        long_null("upper_pence"),
        text("kind"),
        text_null("decided_day"),
    ] {
        outcomes.col(column);
    }
    manager.create_table(outcomes).await?;
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX ix_outcomes_in_force ON outcomes (claim_id) WHERE superseded_at IS NULL",
        )
        .await?;
    index(manager, "outcomes", &["claim_id", "recorded_at"], false).await?;
    index(manager, "outcomes", &["company_id", "tier", "recorded_at", "id"], false).await?;
    index(manager, "outcomes", &["tier", "recorded_at", "id"], false).await
}

/// What is said and measured of versions.
async fn of_models(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut measurements = keyed("measurements", "id");
    for column in [text("model_id"), text_null("company_id"), long("made_at"), text("body")] {
        measurements.col(column);
    }
    manager.create_table(measurements).await?;
    index(manager, "measurements", &["model_id", "made_at"], false).await?;
    let mut withdrawals = keyed("withdrawals", "id");
    for column in
        [text("model_id"), text_null("company_id"), text("reason"), text("withdrawn_by"), long("withdrawn_at")]
    {
        withdrawals.col(column);
    }
    manager.create_table(withdrawals).await?;
    // Once for everybody, and once for each company.
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX ix_withdrawals_once ON withdrawals (model_id, COALESCE(company_id, ''))",
        )
        .await?;
    let mut notes = keyed("model_notes", "id");
    for column in [text("model_id"), text("words"), text("made_by"), long("made_at")] {
        notes.col(column);
    }
    manager.create_table(notes).await?;
    index(manager, "model_notes", &["model_id", "made_at"], false).await
}

/// What was seen of the streams of claims, and what of it alerts.
async fn monitoring(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut windows = keyed("windows", "id");
    for column in [
        text("company_id"),
        text("model_id"),
        text("week"),
        int("claims"),
        int("weeks"),
        flag("judged"),
        text("body"),
        long("made_at"),
    ] {
        windows.col(column);
    }
    manager.create_table(windows).await?;
    index(manager, "windows", &["company_id", "model_id", "week"], true).await?;
    let mut alerts = keyed("alerts", "id");
    for column in [
        text("company_id"),
        text("model_id"),
        text("signal"),
        text("state"),
        int("count"),
        int("clean"),
        double("worst"),
        double("told"),
        text_null("told_on"),
        text_null("muted_until"),
        text_null("opened_on"),
        text_null("note"),
        text_null("noted_by"),
        int("version"),
        long("updated_at"),
    ] {
        alerts.col(column);
    }
    manager.create_table(alerts).await?;
    index(manager, "alerts", &["company_id", "model_id", "signal"], true).await?;
    index(manager, "alerts", &["state", "updated_at"], false).await
}

async fn retrainings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut retrainings = keyed("retrainings", "id");
    for column in [
        text_null("company_id"),
        text("asked_by"),
        long("began_at"),
        long("ended_at"),
        text("end"),
        text("reason"),
        int("labels"),
        int("outcomes"),
        text("data"),
        text_null("model_id"),
        text("body"),
    ] {
        retrainings.col(column);
    }
    manager.create_table(retrainings).await?;
    index(manager, "retrainings", &["company_id", "ended_at"], false).await
}

async fn fairness(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut reports = keyed("fairness_reports", "id");
    for column in [text("company_id"), text("model_id"), long("made_at"), int("claims"), int("found"), text("body")] {
        reports.col(column);
    }
    manager.create_table(reports).await?;
    index(manager, "fairness_reports", &["company_id", "made_at"], false).await?;
    let mut findings = keyed("fairness_findings", "id");
    for column in [
        text("company_id"),
        text("model_id"),
        text("about"),
        text("state"),
        text("report_id"),
        double("gap"),
        long("found_at"),
        text_null("owner"),
        text_null("due_on"),
        text("note"),
        int("version"),
        long("updated_at"),
    ] {
        findings.col(column);
    }
    manager.create_table(findings).await?;
    index(manager, "fairness_findings", &["company_id", "model_id", "about"], true).await?;
    index(manager, "fairness_findings", &["updated_at"], false).await
}

/// What engineers put before others: frozen reports, the words of the explanation, training material.
async fn published(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut publications = keyed("publications", "id");
    for column in [
        text_null("company_id"),
        text("model_id"),
        text("title"),
        text("audience"),
        text("body"),
        text("data"),
        text("html"),
        text("pdf"),
        text("published_by"),
        long("published_at"),
    ] {
        publications.col(column);
    }
    manager.create_table(publications).await?;
    index(manager, "publications", &["company_id", "published_at"], false).await?;
    let mut methodologies = keyed("methodologies", "id");
    for column in [
        text_null("company_id"),
        int("version"),
        text("model_id"),
        text("words"),
        text("body"),
        text("published_by"),
        long("published_at"),
    ] {
        methodologies.col(column);
    }
    manager.create_table(methodologies).await?;
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX ix_methodologies_version ON methodologies (COALESCE(company_id, ''), version)",
        )
        .await?;
    let mut materials = keyed("materials", "id");
    for column in [
        text_null("company_id"),
        text("model_id"),
        text("title"),
        text("words"),
        text("questions"),
        long_null("published_at"),
        text("made_by"),
        int("version"),
        long("made_at"),
    ] {
        materials.col(column);
    }
    manager.create_table(materials).await?;
    index(manager, "materials", &["company_id", "made_at"], false).await?;
    let mut completions = keyed("completions", "id");
    for column in [text("material_id"), text("user_id"), text("company_id"), long("completed_at")] {
        completions.col(column);
    }
    manager.create_table(completions).await?;
    index(manager, "completions", &["material_id", "completed_at"], false).await?;
    index(manager, "completions", &["user_id"], false).await
}

/// Versions on trial: what they said in the shadow, and which claims fell to them.
async fn trials(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut trials = keyed("trials", "id");
    for column in [
        text_null("company_id"),
        text("champion_id"),
        text("challenger_id"),
        text("stage"),
        int("share_bp"),
        text("channels"),
        text("started_by"),
        long("started_at"),
        long_null("ended_at"),
        text_null("result"),
        int("dropped"),
        text("looks"),
        int("version"),
    ] {
        trials.col(column);
    }
    manager.create_table(trials).await?;
    // One at a time for everybody, and one for each company.
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX ix_trials_running ON trials (COALESCE(company_id, '')) WHERE ended_at IS NULL",
        )
        .await?;
    let mut arms = keyed("arms", "claim_id");
    for column in [text("trial_id"), text("company_id"), flag("canary"), flag("failed"), long("pinned_at")] {
        arms.col(column);
    }
    manager.create_table(arms).await?;
    index(manager, "arms", &["trial_id", "canary", "pinned_at"], false).await?;
    let mut shadows = keyed("shadows", "prediction_id");
    for column in [
        text("trial_id"),
        text("company_id"),
        text("claim_id"),
        long("answered_pence"),
        long_null("amount_pence"),
        long_null("lower_pence"),
        long_null("upper_pence"),
        text_null("fail"),
        long("duration_us"),
        long("made_at"),
    ] {
        shadows.col(column);
    }
    manager.create_table(shadows).await?;
    index(manager, "shadows", &["trial_id", "made_at"], false).await
}

fn double(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.double().not_null();
    column
}
