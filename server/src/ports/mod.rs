//! The ways out of the process: mail by SMTP, files in a directory or in an S3-compatible store, servers of others by HTTP.

pub mod files;
pub mod mail;
pub mod outbound;
pub mod reader;
pub mod scanner;
pub mod stripe;
pub mod trainer;

use std::sync::Arc;

use anyhow::Context;
use service::Ports;
use service::ports::{BillingService, Manual};

use crate::config::Config;

/// The ports that the settings name.
///
/// # Errors
///
/// Where a setting cannot be read, in words that say how to mend it.
pub fn open(config: &Config) -> anyhow::Result<Ports> {
    let mail = match config.smtp_url.as_str() {
        "" => None,
        url => {
            let from = &config.mail_from;
            anyhow::ensure!(
                !from.is_empty(),
                "SOLATIUM_MAIL_FROM must say from whom mail comes, as SOLATIUM_SMTP_URL is set"
            );
            anyhow::ensure!(
                !config.public_url.is_empty(),
                "SOLATIUM_PUBLIC_URL must say how people reach the site: links in mails begin with it"
            );
            let smtp = mail::Smtp::open(url, from).context("SOLATIUM_SMTP_URL or SOLATIUM_MAIL_FROM")?;
            Some(Arc::new(smtp) as Arc<dyn service::ports::Mail>)
        }
    };
    let files = files::Store::open(&config.files_url()?).context("SOLATIUM_FILES_URL")?;
    // On PostgreSQL other machines may share the database, and not this directory.
    let alone = config.files_url.is_empty() && config.on_postgres();
    if alone {
        eprintln!(
            "Files are kept in {}. Where several replicas share this database, set SOLATIUM_FILES_URL to a store that all of them reach.",
            config.data_dir.join("files").display()
        );
    }
    Ok(Ports {
        billing: billing(config)?,
        mail,
        files: Arc::new(files),
        scanner: match config.clamav_url.as_str() {
            "" => None,
            url => Some(Arc::new(scanner::Clamd::open(url).context("SOLATIUM_CLAMAV_URL")?)),
        },
        reader: Arc::new(reader::Process::open(&config.data_dir)?),
        trainer: Arc::new(trainer::Process::open()?),
        files_are_shared: !alone,
        public_url: config.public_url(),
        audit_key: Arc::new(config.audit_key()?),
    })
}

/// The service by which documents are paid online.
fn billing(config: &Config) -> anyhow::Result<Arc<dyn BillingService>> {
    match config.billing_service.as_str() {
        "" | "manual" => Ok(Arc::new(Manual)),
        "stripe" => {
            anyhow::ensure!(
                !config.stripe_key.is_empty() && !config.stripe_webhook_secret.is_empty(),
                "SOLATIUM_STRIPE_KEY and SOLATIUM_STRIPE_WEBHOOK_SECRET must be set, as SOLATIUM_BILLING_SERVICE is stripe"
            );
            // Where it is, the operator says: it is asked there.
            let http = outbound::Http::open(&[&config.stripe_url], Arc::new(outbound::Names))
                .context("SOLATIUM_STRIPE_URL")?;
            let (key, secret) = (config.stripe_key.clone(), config.stripe_webhook_secret.clone());
            Ok(Arc::new(stripe::Stripe::new(Arc::new(http), &config.stripe_url, key, secret)))
        }
        other => anyhow::bail!("SOLATIUM_BILLING_SERVICE: “{other}” is not known: leave it empty, or write stripe"),
    }
}
