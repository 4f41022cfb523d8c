//! The `solatium` binary.

use clap::{Parser, Subcommand};
use server::commands;

/// Predicts what motor-injury claims in England and Wales settle for.
#[derive(Parser)]
#[command(name = "solatium", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(commands::serve::Args),
    Work(commands::work::Args),
    Migrate(commands::migrate::Args),
    Demo(commands::demo::Args),
    Generate(commands::generate::Args),
    Extract(commands::extract::Args),
    Features(commands::features::Args),
    Train(commands::train::Args),
    Experiment(commands::experiment::Args),
    Score(commands::score::Args),
    Drift(commands::drift::Args),
    Export(commands::export::Args),
    Monitor(commands::monitor::Args),
    Retrain(commands::retrain::Args),
    #[command(hide = true)]
    TrainApart(commands::train_apart::Args),
    /// Look into model bundles, import models of other trainers.
    #[command(subcommand)]
    Bundle(commands::bundle::Command),
    /// Manage people from the shell.
    #[command(subcommand)]
    User(commands::user::Command),
    /// Manage API keys from the shell.
    #[command(subcommand)]
    Key(commands::key::Command),
    /// The bank's files.
    #[command(subcommand)]
    Bank(commands::bank::Command),
    /// What quantities cost.
    #[command(subcommand)]
    Bill(commands::bill::Command),
    /// Issued documents as files.
    #[command(subcommand)]
    Invoice(commands::invoice::Command),
    /// The journal of money.
    #[command(subcommand)]
    Journal(commands::journal::Command),
    /// The audit log: verify its chains, export their heads.
    #[command(subcommand)]
    Audit(commands::audit::Command),
    /// The master key.
    #[command(subcommand)]
    Keys(commands::keys::Command),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(args) => commands::serve::run(&args),
        Command::Work(args) => commands::work::run(&args),
        Command::Migrate(args) => commands::migrate::run(&args),
        Command::Demo(args) => commands::demo::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
        Command::Extract(args) => commands::extract::run(&args),
        Command::Features(args) => commands::features::run(&args),
        Command::Train(args) => commands::train::run(&args),
        Command::Experiment(args) => commands::experiment::run(&args),
        Command::Score(args) => commands::score::run(&args),
        Command::Drift(args) => commands::drift::run(&args),
        Command::Export(args) => commands::export::run(&args),
        Command::Monitor(args) => commands::monitor::run(&args),
        Command::Retrain(args) => commands::retrain::run(&args),
        Command::TrainApart(args) => commands::train_apart::run(&args),
        Command::Bundle(command) => commands::bundle::run(&command),
        Command::User(command) => commands::user::run(&command),
        Command::Key(command) => commands::key::run(&command),
        Command::Bank(command) => commands::bank::run(&command),
        Command::Bill(command) => commands::bill::run(&command),
        Command::Invoice(command) => commands::invoice::run(&command),
        Command::Journal(command) => commands::journal::run(&command),
        Command::Audit(command) => commands::audit::run(&command),
        Command::Keys(command) => commands::keys::run(&command),
    }
}
