//! `solatium invoice export`: a document as a file.

use std::path::PathBuf;

use anyhow::{Context, bail};
use service::invoicing::document::{self, Format};

use super::{refused, with_app};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Write an issued document to a file.
    Export {
        /// Such as SOL-000042.
        #[arg(long)]
        number: String,
        /// `pdf`: as it was issued; `ubl`: UBL 2.1; `zugferd`: PDF/A-3 with CII inside.
        #[arg(long, default_value = "pdf")]
        format: String,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Export { number, format, out } = command;
    let Some(format) = Format::from_key(format) else {
        bail!("“{format}” is no format: write pdf, ubl or zugferd");
    };
    let (number, out) = (number.clone(), out.clone());
    with_app(|app| async move {
        let ctx = app.system(chrono::Utc::now());
        let found = store::invoices::by_number(&app.store, ctx.caller.reach, &number).await;
        let invoice = found.map_err(|_| anyhow::anyhow!("there is no document of the number {number}"))?;
        let (_, bytes) = document::download(&ctx, &invoice.id.to_string(), format).await.map_err(refused)?;
        std::fs::write(&out, bytes).with_context(|| format!("{} cannot be written", out.display()))?;
        println!("{number}: {}", out.display());
        Ok(())
    })
}
