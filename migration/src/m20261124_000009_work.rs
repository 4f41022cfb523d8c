//! Work that is put off: jobs, their schedules and ticks. What leaves the process: mail, files.
//! Invitations instead of first passwords; answers remembered by company; how often something was asked.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        jobs(manager).await?;
        schedules(manager).await?;
        mail(manager).await?;
        files(manager).await?;
        let mut retries = Table::create();
        retries.table("retries");
        for column in [text("company_id"), text("retry_key"), text("request_hash"), text("answer"), long("created_at")]
        {
            retries.col(column);
        }
        retries.primary_key(Index::create().col("company_id").col("retry_key"));
        manager.create_table(retries).await?;
        index(manager, "retries", &["created_at"], false).await?;
        let mut rates = keyed("rates", "subject");
        rates.col(long("since")).col(long("used"));
        manager.create_table(rates).await?;
        index(manager, "rates", &["since"], false).await
    }
}

async fn jobs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut jobs = keyed("jobs", "id");
    for column in [
        text("kind"),
        text_null("company_id"),
        text("payload"),
        text_null("dedupe_key"),
        text_null("batch"),
        text("state"),
        long("due_at"),
        int("attempt"),
        int("attempts"),
        text_null("lease_token"),
        long_null("lease_until"),
        flag("stop_asked"),
        long_null("progress_done"),
        long_null("progress_of"),
        text_null("result"),
        text_null("error"),
        text("created_by"),
        long("created_at"),
        long_null("started_at"),
        long_null("finished_at"),
    ] {
        jobs.col(column);
    }
    manager.create_table(jobs).await?;
    // Of two that ask for the same work, one is taken; what has ended stands in nobody's way.
    let one = "CREATE UNIQUE INDEX ux_jobs_active ON jobs (dedupe_key) WHERE state IN ('waiting', 'running')";
    manager.get_connection().execute_unprepared(one).await?;
    index(manager, "jobs", &["state", "due_at"], false).await?;
    index(manager, "jobs", &["company_id", "created_at"], false).await?;
    index(manager, "jobs", &["finished_at"], false).await?;
    index(manager, "jobs", &["batch", "id"], false).await?;
    index(manager, "jobs", &["kind", "id"], false).await?;
    index(manager, "jobs", &["created_at", "id"], false).await
}

async fn schedules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut schedules = keyed("schedules", "name");
    schedules
        .col(text("kind"))
        .col(text("payload"))
        .col(text("cron"))
        .col(text("zone"))
        .col(long("next_due_at"))
        .col(long("updated_at"));
    manager.create_table(schedules).await?;
    let mut ticks = Table::create();
    ticks.table("ticks").col(text("schedule")).col(long("due_at")).col(text_null("job_id")).col(text_null("skipped"));
    ticks.col(long("at")).primary_key(Index::create().col("schedule").col("due_at"));
    manager.create_table(ticks).await
}

async fn mail(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut mails = keyed("mails", "id");
    for column in [
        text("company_id"),
        text_null("user_id"),
        text("kind"),
        text("recipient"),
        text("subject"),
        text("body"),
        text("state"),
        int("attempts"),
        text_null("error"),
        long("created_at"),
        long_null("sent_at"),
    ] {
        mails.col(column);
    }
    manager.create_table(mails).await?;
    index(manager, "mails", &["company_id", "created_at"], false).await?;
    index(manager, "mails", &["user_id", "created_at"], false).await?;
    let mut invitations = keyed("invitations", "token_hash");
    invitations.col(text("user_id")).col(long("created_at")).col(long("expires_at")).col(long_null("used_at"));
    manager.create_table(invitations).await?;
    index(manager, "invitations", &["user_id"], false).await?;
    index(manager, "invitations", &["expires_at"], false).await
}

async fn files(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut files = keyed("files", "path");
    files.col(text("company_id")).col(text("sha256")).col(text("kind")).col(long("size_bytes")).col(long("created_at"));
    manager.create_table(files).await?;
    index(manager, "files", &["company_id", "created_at"], false).await
}
