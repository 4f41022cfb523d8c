//! The ways out of the process: mail by SMTP, files in a directory or in an S3-compatible store.

pub mod files;
pub mod mail;
pub mod reader;
pub mod scanner;
pub mod trainer;

use std::sync::Arc;

use anyhow::Context;
use service::Ports;

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
