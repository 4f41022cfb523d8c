//! `solatium key`: API keys from the shell.

use anyhow::bail;
use chrono::Utc;
use domain::id::CompanyId;
use service::App;
use store::companies;

use super::{refused, with_app};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make an API key; the token alone is on the last line.
    Create(Create),
}

#[derive(clap::Args)]
pub struct Create {
    /// Name of the company, or a part of it.
    #[arg(long)]
    company: String,
    /// What the key is for.
    #[arg(long)]
    name: String,
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Create(args) = command;
    with_app(|app| async move {
        let company = company(&app, &args.company).await?;
        let ctx = app.system(Utc::now());
        let issued = service::admin::api_keys::create(&ctx, &company.to_string(), &args.name).await.map_err(refused)?;
        println!("{}. It is shown once.", issued.title);
        println!("{}", issued.secret);
        Ok(())
    })
}

/// A company by its name: the very name first, else the first by name that holds the text.
pub(super) async fn company(app: &App, name: &str) -> anyhow::Result<CompanyId> {
    let all = companies::list(&app.store, store::Reach::Operator).await?;
    let wanted = name.trim().to_lowercase();
    let exact = all.iter().find(|c| c.name.to_lowercase() == wanted);
    match exact.or_else(|| all.iter().find(|c| c.name.to_lowercase().contains(&wanted))) {
        Some(company) => Ok(company.id),
        None => {
            let names: Vec<&str> = all.iter().map(|c| c.name.as_str()).collect();
            bail!("there is no company whose name holds {name:?}; there are: {}", names.join(", "))
        }
    }
}
