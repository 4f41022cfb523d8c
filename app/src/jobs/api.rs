//! Server functions of jobs.

use contract::jobs::{JobsFilter, JobsView};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "jobs/list")]
pub async fn list_jobs(#[server(default)] filter: JobsFilter) -> Result<JobsView, Failure> {
    reply(service::jobs::page::list(&ctx()?, &filter).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "jobs/cancel")]
pub async fn cancel_job(id: String) -> Result<(), Failure> {
    reply(service::jobs::page::cancel(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "jobs/again")]
pub async fn run_job_again(id: String) -> Result<(), Failure> {
    reply(service::jobs::page::run_again(&ctx()?, &id).await)
}
