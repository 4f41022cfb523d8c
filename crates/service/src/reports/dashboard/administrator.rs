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
    let (active, everyone) = people::counts(store, reach).await?;
    let insurers = companies::list(store, reach).await?.iter().filter(|c| !c.operator).count();
    let since = |action: &str| AuditQuery {
        action: action.into(),
        from: Some(ctx.now - Duration::days(1)),
        ..AuditQuery::default()
    };
    let mut tiles = vec![
        tile("People", active, format!("active of {everyone}"), "/people"),
        tile("Companies", insurers, "insurers", "/companies"),
    ];
    let mut parts = Vec::new();
    if ctx.caller.holds(Permission::ReadAudit) {
        let refused = store::audit::count(store, reach, &since("session.refused")).await?;
        let actions = store::audit::count(store, reach, &since("")).await?;
        tiles.push(tile("Actions", in_all(actions), "in 24 hours", "/audit"));
        tiles.push(tile("Refused sign-ins", in_all(refused), "in 24 hours", "/audit?action=session.refused"));
        let latest = audit::page(ctx, &AuditQuery::default(), (1, 10), "Latest actions", audit::Place::Log).await?;
        parts.push(Part::Table(latest.table));
    }
    parts.insert(0, Part::Tiles(tiles));
    Ok(Report {
        title: "Administration".into(),
        lead: "People, companies and what happens in the system.".into(),
        actions: vec![("Add a person".into(), "/people/new".into())],
        file: None,
        again: None,
        filters: Vec::new(),
        filter: String::new(),
        parts,
    })
}
