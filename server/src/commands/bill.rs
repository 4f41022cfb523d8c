//! `solatium bill simulate`: what a quantity costs on a card.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use billing::{Month, component};
use service::invoicing::prices;

use super::refused;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Reckon the bill of a month on a rate card that is written in a file, step by step.
    Simulate {
        /// TOML: a name and items; each has a name, a model (flat, unit, package, graduated, volume), prices in pounds.
        #[arg(long, value_name = "FILE")]
        card: PathBuf,
        /// Predictions in the month.
        #[arg(long)]
        quantity: u64,
    },
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Simulate { card, quantity } = command;
    let text = std::fs::read_to_string(card).with_context(|| format!("{} cannot be read", card.display()))?;
    let card = prices::parse(&text).map_err(|words| anyhow!("{}: {words}", card.display()))?;
    let bill = prices::simulate(&card, Month::at(chrono::Utc::now()), *quantity).map_err(refused)?;
    for line in &bill.components {
        println!(
            "{:<60} {:>12} × {:>12} = {:>14}",
            line.description,
            line.quantity,
            line.unit_price.to_string(),
            line.net.to_string()
        );
        for step in &line.steps {
            println!("    {step}");
        }
    }
    for warning in card.warnings() {
        println!("note: {warning}");
    }
    let net = component::net(&bill.components).context("the amount is too large")?;
    println!("{quantity} predictions: {net} net");
    Ok(())
}
