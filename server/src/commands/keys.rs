//! `solatium keys`: the master key.

use chrono::Utc;

use super::{refused, with_app};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Wrap every key with the master key in force. Set the new one in SOLATIUM_MASTER_KEY (or
    /// keys/master.key) and the one before in SOLATIUM_MASTER_KEY_OLD; when this is done, the old one opens
    /// nothing more and can be taken away. Can be stopped and run again.
    Rotate,
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Rotate = command;
    with_app(|app| async move {
        let done = service::keys::rewrap(&app.system(Utc::now())).await.map_err(refused)?;
        println!("{done} keys are wrapped with the master key in force.");
        Ok(())
    })
}
