//! `solatium bank import`: the bank's file.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context;
use service::invoicing::bank;

use super::{refused, with_app};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Keep the lines of a bank's file, each once, and say how many of the new ones may pay a document.
    ///
    /// The file is CSV with the columns Date (dd/mm/yyyy), Description and Amount. Nothing is posted: a person does that
    /// on the bank page. The last line says how many were new, known and matched.
    Import {
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Our account at the bank.
        #[arg(long, value_name = "NAME", default_value = bank::MAIN)]
        company_account: String,
    },
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Import { file, company_account } = command;
    let file = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let account = company_account.clone();
    with_app(|app| async move {
        let ctx = app.system(chrono::Utc::now());
        let imported = bank::import(&ctx, &account, file).await.map_err(refused)?;
        if !imported.problems.is_empty() {
            for (line, words) in &imported.problems {
                println!("line {line}: {words}");
            }
            anyhow::bail!("nothing was kept: mend these lines and run this again");
        }
        println!("{}", imported.words());
        Ok(())
    })
}
