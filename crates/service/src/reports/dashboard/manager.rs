//! A company’s claims and people at a glance (story 72).

use contract::page::{Part, Report};
use domain::policy::Permission;
use domain::settlement::{ClaimStatus, ReviewStatus};
use store::figures::Measure;
use store::reviews;

use crate::claims::decide::QUICK;
use crate::reports::counts::{LATELY, QUARTER, decided_by_day, lately, of_last, standing, weekly};
use crate::reports::parts::{share, tile};
use crate::reports::team;
use crate::{Ctx, Result};

pub async fn view(ctx: &Ctx) -> Result<Report> {
    ctx.require(Permission::ReadTeam)?;
    let reach = ctx.caller.reach;
    let waiting = reviews::count(ctx.store(), reach, ReviewStatus::Waiting).await?;
    let entered = lately(ctx, Measure::Entered).await?;
    let open = standing(ctx, ClaimStatus::Open, None).await?;
    let quarter = decided_by_day(ctx, QUARTER, None).await?;
    let decided = of_last(ctx, LATELY, &quarter);
    let settled = decided.amount;
    let quick = lately(ctx, Measure::Quick).await?;
    let tiles = vec![
        tile("Waiting for review", waiting, "flagged by handlers", "/reviews"),
        tile("Entered", entered, format!("in {LATELY} days"), "/claims"),
        tile("To decide", open, "open in all", "/claims?status=open"),
        tile("Decided", decided.all, format!("for {settled} in all"), "/claims?status=decided"),
        tile("Overridden", share(decided.overridden, decided.all), "of decisions", ""),
        tile("Accepted at once", quick, format!("within {QUICK} seconds of the prediction"), ""),
    ];
    Ok(Report {
        title: "Your company".into(),
        lead: format!("Claims of the last {LATELY} days."),
        actions: vec![("Review queue".into(), "/reviews".into()), ("The team".into(), "/team".into())],
        file: None,
        again: None,
        filters: Vec::new(),
        filter: String::new(),
        parts: vec![
            Part::Tiles(tiles),
            Part::Table(team::table(ctx).await?),
            Part::Chart(weekly(ctx, "Decisions a week", &quarter)),
        ],
    })
}
