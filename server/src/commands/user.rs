//! `solatium user`: people from the shell.

use chrono::Utc;
use contract::admin::PersonInput;

use super::{refused, with_app};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Create a person with a first password, printed on the last line.
    Create(Create),
}

#[derive(clap::Args)]
pub struct Create {
    /// Name of the company, or a part of it.
    #[arg(long)]
    company: String,
    /// handler, manager, engineer, finance or administrator.
    #[arg(long)]
    role: String,
    #[arg(long)]
    name: String,
    #[arg(long)]
    email: String,
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Create(args) = command;
    with_app(|app| async move {
        let ctx = app.system(Utc::now());
        let company = super::key::company(&app, &args.company).await?;
        let input = PersonInput {
            name: args.name.clone(),
            email: args.email.clone(),
            role: args.role.clone(),
            company_id: company.to_string(),
            ..PersonInput::default()
        };
        let password = service::admin::people::create_with_first_password(&ctx, &input).await.map_err(refused)?;
        println!(
            "{} can sign in as {}. The first password must be changed at the first sign-in.",
            args.name, args.email
        );
        println!("{password}");
        Ok(())
    })
}
