//! People, companies and what happened in the last day.

use chrono::Duration;
use contract::page::{Part, Report};
use contract::table::in_all;
use domain::policy::Permission;
use store::audit::AuditQuery;
use store::{companies, people};

use crate::reports::audit;
use crate::reports::parts::tile;
use crate::{Ctx, Result};

pub async fn view(ctx: &Ctx) -> Result<Report> {
    ctx.require(Permission::ReadPeople)?;
    let (reach, store) = (ctx.caller.reach, ctx.store());
    let everyone = people::list(store, reach).await?;
    let active = everyone.iter().filter(|p| p.active).count();
    let insurers = companies::list(store, reach).await?.iter().filter(|c| !c.operator).count();
    let since = |action: &str| AuditQuery {
        action: action.into(),
        from: Some(ctx.now - Duration::days(1)),
        ..AuditQuery::default()
    };
    let refused = store::audit::count(store, reach, &since("session.refused")).await?;
    let actions = store::audit::count(store, reach, &since("")).await?;
    let latest = audit::page(ctx, &AuditQuery::default(), 1, 10, "Latest actions").await?;
    let tiles = vec![
        tile("People", active, format!("active of {}", everyone.len()), "/people"),
        tile("Companies", insurers, "insurers", "/companies"),
        tile("Actions", in_all(actions), "in 24 hours", "/audit"),
        tile("Refused sign-ins", in_all(refused), "in 24 hours", "/audit?action=session.refused"),
    ];
    Ok(Report {
        title: "Administration".into(),
        lead: "People, companies and what happens in the system.".into(),
        actions: vec![("Add a person".into(), "/people/new".into())],
        filters: Vec::new(),
        parts: vec![Part::Tiles(tiles), Part::Table(latest.table)],
    })
}
