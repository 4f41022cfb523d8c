//! `solatium retrain`: learns a model anew, now.

use std::time::Instant;

use service::training::{plan, run};

use super::{acting, refused, with_app};

/// Learn a company's model anew from what its claims finally settled for, and compare it with the one that serves.
///
/// A job run to its end: the last line says candidate, rejected or skipped, with the reason. A candidate waits for a
/// person's approval; nothing is deployed.
#[derive(clap::Args)]
pub struct Args {
    /// The insurer; without one the model for all is learnt anew.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// Not when it is due, but now.
    #[arg(long, required = true)]
    now: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let company = args.company.clone();
    with_app(|app| async move {
        let ctx = acting(&app, company.as_deref()).await?;
        let of = ctx.caller.reach_company();
        let (plan, _) = plan::of(&ctx, of).await.map_err(refused)?;
        let begun = Instant::now();
        let ended = run::retrain(&ctx, of, &plan, false).await.map_err(refused)?;
        println!("{:.1} s", begun.elapsed().as_secs_f64());
        println!("{}: {}", ended.end.key(), ended.reason);
        Ok(())
    })
}
