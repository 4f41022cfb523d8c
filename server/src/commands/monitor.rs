//! `solatium monitor`: the look at every stream of claims, as of a date.

use chrono::NaiveDate;
use domain::calendar::midnight;
use service::monitoring::run;

use super::{refused, with_app};

/// Look at every company's weeks of claims that have ended by a date and were not looked at yet, as the job does each
/// Monday: drift of the claims, and error and coverage on true outcomes. What is odd twice alerts.
#[derive(clap::Args)]
pub struct Args {
    /// The date, such as 2026-11-30; else today.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let until = args.until;
    with_app(|app| async move {
        let ctx = app.system(chrono::Utc::now());
        let until = until.map_or(ctx.now, midnight).min(ctx.now);
        let (mut windows, mut opened) = (0, 0);
        for company in store::companies::list(&app.store, store::Reach::Operator).await? {
            if company.operator {
                continue;
            }
            let came = run::company(&ctx, company.id, until).await.map_err(refused)?;
            println!("{}: {} weeks, {} alerts opened", company.name, came.windows, came.opened);
            windows += came.windows;
            opened += came.opened;
        }
        println!("{windows} weeks looked at, {opened} alerts opened");
        Ok(())
    })
}
