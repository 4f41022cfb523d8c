//! `solatium train-apart`: what the server starts to train a model. An order and claims come in, a bundle goes out.

use std::io::{BufRead, Write};

use anyhow::Context;
use service::training::{Example, Wanted};

/// Train what stands in the first line of the input from the claims in the others (JSON), write the bundle to the output
/// and steps as DONE/OF to stderr. For the server's own use.
#[derive(clap::Args)]
pub struct Args {}

/// Address space that training may take: 100,000 claims need less than half of it.
const MEMORY: u64 = 3 << 29;

pub fn run(_: &Args) -> anyhow::Result<()> {
    rlimit::setrlimit(rlimit::Resource::DATA, MEMORY, MEMORY).context("bounding the memory")?;
    let mut lines = std::io::stdin().lock().lines();
    let first = lines.next().context("no order came")??;
    let wanted: Wanted = serde_json::from_str(&first).context("the order cannot be read")?;
    let mut examples: Vec<Example> = Vec::new();
    for line in lines {
        examples.push(serde_json::from_str(&line?).context("a claim cannot be read")?);
    }
    let steps = |done: usize, of: usize| eprintln!("{done}/{of}");
    let bundle = wanted.train(&examples, &steps).map_err(|words| anyhow::anyhow!(words))?;
    std::io::stdout().lock().write_all(&bundle)?;
    Ok(())
}
