//! `solatium audit`: whether the log holds, and its head.

use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::Utc;
use service::chain::{Exported, check_signature};

use super::{refused, with_app};
use crate::config::Config;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Go through the chains of the audit log from their beginnings. The last line is one digest over all
    /// chains' heads; a broken chain is named with its first broken row, and the exit code is 1.
    Verify(Verify),
    /// Write the heads of all chains, signed, into a file to be kept where nobody of the installation
    /// reaches it.
    Export(Export),
    /// Take rows into the chains that replicas of a version without chains wrote while a newer one ran beside
    /// them. That it was done, and for how many, is recorded.
    Adopt,
}

#[derive(clap::Args)]
pub struct Verify {
    /// A head that was exported before: what was there then must still be there.
    #[arg(long)]
    head: Option<PathBuf>,
    /// The public key that must have signed it, where it is not this installation's own (keys/audit.key).
    #[arg(long)]
    key: Option<String>,
}

#[derive(clap::Args)]
pub struct Export {
    #[arg(long)]
    out: PathBuf,
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Verify(args) => verify(args),
        Command::Export(args) => export(args),
        Command::Adopt => adopt(),
    }
}

fn verify(args: &Verify) -> anyhow::Result<()> {
    let exported: Option<Exported> = match &args.head {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            let exported = serde_json::from_str(&text);
            Some(
                exported
                    .with_context(|| format!("{} is no head that `solatium audit export` wrote", path.display()))?,
            )
        }
        None => None,
    };
    let own = Config::load()?.audit_key()?;
    let own: String = own.verifying_key().as_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let signer = args.key.clone().unwrap_or(own);
    with_app(|app| async move {
        let heads = match &exported {
            Some(exported) => {
                check_signature(exported).map_err(refused)?;
                if exported.public_key != signer {
                    bail!(
                        "the head was signed by {}, which is not this installation's key: give --key where that is right",
                        exported.public_key
                    );
                }
                println!("The head was exported at {} and signed by {}.", exported.exported_at, exported.public_key);
                exported.heads.as_slice()
            }
            None => &[],
        };
        let verified = service::chain::verify(&app.system(Utc::now()), heads).await.map_err(refused)?;
        println!("{} rows in {} chains.", verified.rows, verified.heads.len());
        if let Some(broken) = verified.broken {
            bail!("the audit log does not hold: {broken}");
        }
        println!("The audit log holds.");
        println!("{}", verified.digest);
        Ok(())
    })
}

fn export(args: &Export) -> anyhow::Result<()> {
    let key = Config::load()?.audit_key()?;
    with_app(|app| async move {
        let exported = service::chain::export(&app.system(Utc::now()), &key).await.map_err(refused)?;
        let text = serde_json::to_string_pretty(&exported)?;
        std::fs::write(&args.out, text + "\n").with_context(|| format!("writing {}", args.out.display()))?;
        println!("The heads of {} chains are in {}.", exported.heads.len(), args.out.display());
        println!("{}", exported.digest);
        Ok(())
    })
}

fn adopt() -> anyhow::Result<()> {
    with_app(|app| async move {
        let adopted = service::chain::adopt(&app.system(Utc::now())).await.map_err(refused)?;
        for (chain, rows) in &adopted {
            println!("chain {chain}: {rows} rows");
        }
        println!("{} rows were taken in.", adopted.iter().map(|(_, rows)| rows).sum::<u64>());
        Ok(())
    })
}
