//! The audit log (story 40), and the rows of every list that is taken from it.

use chrono::Days;
use contract::page::{Asks, Filter, Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::calendar::midnight;
use domain::policy::Permission;
use store::audit::{self, AuditQuery, AuditRecord};

use super::csv::{Cursor, Piece};
use super::parts::{any, filter};
use super::{Kind, Query};
use crate::admin::audit::{ACTIONS, words};
use crate::names::Names;
use crate::{Ctx, Error, Result};

pub const PER_PAGE: u64 = 50;
/// Rows that are read at a time for a download.
const PIECE: u64 = 1_000;
const CAPTION: &str = "Audit log, newest first";

pub static KIND: Kind = Kind {
    name: "audit",
    title: "Audit log",
    lead: "Every change with who made it and when. Rows are only ever added.",
    needs: Some(Permission::ReadAudit),
    filters: |ctx, query| Box::pin(filters(ctx, query)),
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: Some(|ctx, query, after| Box::pin(async move { more(ctx, &asked(query)?, after).await })),
};

async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let people = store::people::list(ctx.store(), ctx.caller.reach).await?;
    Ok(vec![
        any(query, "action", "Action", ACTIONS.iter().map(|a| ((*a).to_owned(), (*a).to_owned()))),
        any(query, "person", "Who", people.into_iter().map(|p| (p.id.to_string(), p.name))),
        filter(query, "entity", "Of (id)", Asks::Text),
        filter(query, "from", "From", Asks::Date),
        filter(query, "to", "to", Asks::Date),
    ])
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let asked = asked(query)?;
    let chain = crate::chain::view(ctx).await?;
    let tone = match chain.holds {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Plain,
    };
    let list = page(ctx, &asked, query.page(), PER_PAGE, CAPTION).await?;
    Ok(KIND.page(vec![Part::Notice(tone, chain.words), Part::List(list)]))
}

/// What the filters of the audit log ask for.
fn asked(query: &Query) -> Result<AuditQuery> {
    let (from, to) = (query.day("from")?, query.day("to")?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Error::field("to", "choose an end that is not before the start"));
    }
    Ok(AuditQuery {
        action: query.text("action").into(),
        actor_id: query.text("person").into(),
        entity_id: query.text("entity").into(),
        from: from.map(midnight),
        until: to.and_then(|day| day.checked_add_days(Days::new(1))).map(midnight),
    })
}

/// A page of the log, within the caller's reach.
pub async fn page(ctx: &Ctx, asked: &AuditQuery, number: u64, per_page: u64, caption: &str) -> Result<Page> {
    let (events, total) = audit::page(ctx.store(), ctx.caller.reach, asked, number, per_page).await?;
    let table = table(ctx, events, caption).await?;
    Ok(Page { table, total, page: number, pages: pages(total, per_page) })
}

/// The rows behind a place, for a download.
pub async fn more(ctx: &Ctx, asked: &AuditQuery, after: Option<Cursor>) -> Result<Piece> {
    let before = match after {
        Some(Cursor::Audit(seq)) => Some(seq),
        Some(Cursor::Call(_) | Cursor::Claim(..)) | None => None,
    };
    let events = audit::before(ctx.store(), ctx.caller.reach, asked, before, PIECE).await?;
    let next = events.last().filter(|_| events.len() as u64 == PIECE).map(|e| Cursor::Audit(e.seq));
    Ok((table(ctx, events, CAPTION).await?, next))
}

async fn table(ctx: &Ctx, events: Vec<AuditRecord>, caption: &str) -> Result<Table> {
    let ids = events.iter().flat_map(|e| [e.actor_id.clone(), e.company.map(|c| c.to_string())]).flatten();
    let names = Names::of(ctx, ids).await?;
    let columns = ["#No.", "When", "Who", "Company", "What", "Action", "Of"];
    let mut table = Table::new(caption, &columns, "No action fits these filters.");
    for event in events {
        let of = event.entity_id.clone().unwrap_or_default();
        table.row(vec![
            Cell::Number(event.seq),
            Cell::Time(event.at.into()),
            Cell::Text(names.actor(event.actor_id.as_deref().unwrap_or(""))),
            event.company.map_or(Cell::Empty, |c| Cell::Text(names.company(c))),
            Cell::Text(words(&event.action, &event.details)),
            Cell::Code(event.action.clone()),
            if event.entity == "claim" && ctx.caller.holds(Permission::ReadClaims) {
                Cell::link(of.clone(), format!("/claims/{of}"))
            } else {
                Cell::Code(of)
            },
        ]);
    }
    Ok(table)
}
