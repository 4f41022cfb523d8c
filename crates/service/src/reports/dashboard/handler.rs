//! What waits for a claims handler, and what they did lately (story 14).

use contract::page::{Part, Report};
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use store::claims::{self, ClaimQuery};
use store::diary;

use crate::claims::{estimate, list};
use crate::reports::counts::{LATELY, QUARTER, days, decided_by_day, of_last, standing, weekly};
use crate::reports::parts::{share, tile};
use crate::{Ctx, Result};

pub async fn view(ctx: &Ctx) -> Result<Report> {
    ctx.require(Permission::ReadClaims)?;
    let me = ctx.caller.actor.name();
    let reach = ctx.caller.reach;
    let mine = ClaimQuery { created_by: Some(me.clone()), page: 1, per_page: 8, ..ClaimQuery::default() };
    let open = standing(ctx, ClaimStatus::Open, Some(&me)).await?;
    let flagged = standing(ctx, ClaimStatus::Flagged, Some(&me)).await?;
    let quarter = decided_by_day(ctx, QUARTER, Some(&me)).await?;
    let decided = of_last(ctx, LATELY, &quarter);
    let mut recent = claims::some(ctx.store(), reach, &mine).await?;
    estimate::veil(ctx, &mut recent).await?;
    let mut recently = list::table("Your recent claims", "You have not entered a claim yet.");
    for claim in &recent {
        recently.row(list::row(claim));
    }
    let mut oldest = claims::some(
        ctx.store(),
        reach,
        &ClaimQuery { sort: claims::Sort::Oldest, per_page: 5, status: Some(ClaimStatus::Open), ..mine.clone() },
    )
    .await?;
    estimate::veil(ctx, &mut oldest).await?;
    let mut waiting = list::table("Yours to decide, oldest first", "Nothing waits for your decision.");
    for claim in &oldest {
        waiting.row(list::row(claim));
    }
    let (user, _, _) = ctx.caller.person()?;
    let today = domain::calendar::london_date(ctx.now);
    let company = ctx.caller.own_company()?;
    let due = diary::due(ctx.store(), company, user, today).await?;
    let clocks = diary::run_out(ctx.store(), company, user, today).await?;
    let tiles = vec![
        tile("In your diary", due, "next actions due today or overdue", "/diary"),
        tile("Clocks run out", clocks, "of law and protocol, on your open claims", "/diary"),
        tile("To decide", open, "entered by you", "/claims?status=open&mine=true"),
        tile("In review", flagged, "with a manager", "/claims?status=flagged&mine=true"),
        tile(
            "Decided",
            decided.all,
            format!("by you in {LATELY} days"),
            &format!("/claims?mine=decided&decided_from={}", days(ctx, LATELY).0),
        ),
        tile("Accepted", share(decided.accepted, decided.all), "of your decisions took the predicted amount", ""),
    ];
    Ok(Report {
        title: "Your claims".into(),
        lead: "What waits for you, and what you did lately.".into(),
        actions: vec![
            ("Enter a claim".into(), "/claims/new".into()),
            ("Upload a file".into(), "/claims/import".into()),
        ],
        file: None,
        again: None,
        filters: Vec::new(),
        filter: String::new(),
        parts: vec![
            Part::Tiles(tiles),
            Part::Table(waiting),
            Part::Table(recently),
            Part::Chart(weekly(ctx, "Your decisions a week", &quarter)),
        ],
    })
}
