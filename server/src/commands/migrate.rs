//! `solatium migrate`: bring the database to this version.

/// Bring the database to this version. `serve` does it too; this is for doing it beforehand.
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> anyhow::Result<()> {
    super::with_app(|_| async {
        println!("The database is up to date.");
        Ok(())
    })
}
