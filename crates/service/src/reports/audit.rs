//! The audit log (story 40), and the rows of every list that is taken from it.

use std::collections::BTreeMap;

use chrono::Days;
use contract::page::{Asks, Filter, Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::calendar::midnight;
use domain::id::ClaimId;
use domain::policy::{Permission, Reach};
use store::audit::{self, AuditQuery, AuditRecord};
use store::claims;

use super::csv::{Cursor, Piece};
use super::parts::{any, filter};
use super::{Kind, Query};
use crate::admin::audit::{ACTIONS, words};
use crate::names::Names;
use crate::{Ctx, Error, Result};

pub const PER_PAGE: u64 = 50;
/// Claims of one number, each of another company, that the operator looks for at once.
const SAME_NUMBER: u64 = 100;
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
    more: Some(|ctx, query, after| Box::pin(async move { more(ctx, &asked(ctx, query).await?, after).await })),
};

async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let people = store::people::list(ctx.store(), ctx.caller.reach).await?;
    Ok(vec![
        any(query, "action", "Action", ACTIONS.iter().map(|a| ((*a).to_owned(), capital(&a.replace(['.', '_'], " "))))),
        any(query, "person", "Who", people.into_iter().map(|p| (p.id.to_string(), p.name))),
        filter(query, "entity", "Claim number or id", Asks::Text),
        filter(query, "from", "From", Asks::Date),
        filter(query, "to", "Until", Asks::Date),
    ])
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let asked = asked(ctx, query).await?;
    let chain = crate::chain::view(ctx).await?;
    let tone = match chain.holds {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Plain,
    };
    let list = page(ctx, &asked, (query.page(), PER_PAGE), CAPTION, Place::Log).await?;
    Ok(KIND.page(vec![Part::Notice(tone, chain.words), Part::List(list)]))
}

/// What the filters of the audit log ask for.
async fn asked(ctx: &Ctx, query: &Query) -> Result<AuditQuery> {
    let entity_ids = match query.text("entity") {
        "" => Vec::new(),
        // A claim is called by its number, which each company has of its own.
        text if text.to_lowercase().starts_with("c-") => {
            let search =
                claims::ClaimQuery { search: text.into(), page: 1, per_page: SAME_NUMBER, ..Default::default() };
            let found = claims::some(ctx.store(), ctx.caller.reach, &search).await?;
            let ids = found.into_iter().map(|claim| claim.id.to_string());
            // Nothing has the number: nothing fits, rather than everything.
            ids.chain([text.to_owned()]).collect()
        }
        text => vec![text.to_owned()],
    };
    let (from, to) = (query.day("from")?, query.day("to")?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Error::field("to", "choose an end that is not before the start"));
    }
    Ok(AuditQuery {
        action: query.text("action").into(),
        actor_id: query.text("person").into(),
        entity_ids,
        from: from.map(midnight),
        until: to.and_then(|day| day.checked_add_days(Days::new(1))).map(midnight),
    })
}

/// A page of the log (its number, and rows on a page), within the caller's reach.
pub async fn page(
    ctx: &Ctx,
    asked: &AuditQuery,
    (number, per_page): (u64, u64),
    caption: &str,
    place: Place,
) -> Result<Page> {
    let (events, total) = audit::page(ctx.store(), ctx.caller.reach, asked, number, per_page).await?;
    let table = table(ctx, events, caption, place).await?;
    Ok(Page { table, total, page: number, pages: pages(total, per_page) })
}

/// The rows behind a place, for a download.
pub async fn more(ctx: &Ctx, asked: &AuditQuery, after: Option<Cursor>) -> Result<Piece> {
    let before = match after {
        Some(Cursor::Audit(seq)) => Some(seq),
        Some(Cursor::Call(_) | Cursor::Claim(..) | Cursor::Page(_)) | None => None,
    };
    let events = audit::before(ctx.store(), ctx.caller.reach, asked, before, PIECE).await?;
    let next = events.last().filter(|_| events.len() as u64 == PIECE).map(|e| Cursor::Audit(e.seq));
    Ok((table(ctx, events, CAPTION, Place::File).await?, next))
}

/// What an action was done to, as people call it.
fn of(ctx: &Ctx, event: &AuditRecord, claims: &BTreeMap<ClaimId, i64>) -> Cell {
    let id = event.entity_id.as_deref().unwrap_or_default();
    let claim = id.parse::<ClaimId>().ok().and_then(|id| claims.get(&id));
    let page = |folder: &str, label: &str| Cell::link(label, format!("/{folder}/{id}"));
    let holds = |permission| ctx.caller.holds(permission);
    match (event.entity.as_str(), claim) {
        ("claim", Some(number)) if holds(Permission::ReadClaims) => page("claims", &crate::claims::number(*number)),
        ("claim", Some(number)) => Cell::Text(crate::claims::number(*number)),
        ("model", _) if holds(Permission::ReadModels) => page("models", "Model"),
        ("invoice", _) if holds(Permission::ReadInvoices) => page("invoices", "Invoice"),
        ("person", _) if holds(Permission::ReadPeople) => page("people", "Person"),
        (entity, _) => Cell::Text(capital(&entity.replace('_', " "))),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Where the log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Log,
    /// One's own trail: it need not say who.
    Trail,
    /// With the action's key and the id of what it was done to, by which a file is read by programs.
    File,
}

impl Place {
    /// Columns that say nothing here: an insurer's people read of no other company.
    fn leaves_out(self, column: &str, reach: Reach) -> bool {
        match column {
            "Who" => self == Place::Trail,
            "Company" => self != Place::File && reach != Reach::Operator,
            "Action" | "Id" => self != Place::File,
            _ => false,
        }
    }
}

async fn table(ctx: &Ctx, events: Vec<AuditRecord>, caption: &str, place: Place) -> Result<Table> {
    let ids = events.iter().flat_map(|e| [e.actor_id.clone(), e.company.map(|c| c.to_string())]).flatten();
    let names = Names::of(ctx, ids).await?;
    let ids: Vec<_> =
        events.iter().filter(|e| e.entity == "claim").filter_map(|e| e.entity_id.as_ref()?.parse().ok()).collect();
    // A number tells nothing of a claim; the link is for those who may read it.
    let claims = claims::numbers(ctx.store(), ctx.caller.reach, &ids).await?;
    let columns = ["#No.", "When", "Who", "Company", "What", "Of", "Action", "Id"];
    let shown = columns.map(|column| !place.leaves_out(column, ctx.caller.reach));
    let heads: Vec<_> = columns.into_iter().zip(shown).filter_map(|(column, shown)| shown.then_some(column)).collect();
    let mut table = Table::new(caption, &heads, "No action fits these filters.");
    // Nobody learns from their own trail what is predicted before they have given their own estimate.
    let veils = ctx.caller.holds(Permission::DecideClaims) && crate::claims::estimate::veiled(ctx).await?;
    let tells = |action: &str| ["claim.created", "claim.predicted", "claim.restated"].contains(&action);
    for event in events {
        let details = if veils && tells(&event.action) { "{}" } else { event.details.as_str() };
        let of = of(ctx, &event, &claims);
        let row = [
            Cell::Figure(event.seq.to_string()),
            Cell::Time(event.at.into()),
            Cell::Text(names.actor(event.actor_id.as_deref().unwrap_or(""))),
            event.company.map_or(Cell::Empty, |c| Cell::Text(names.company(c))),
            Cell::Text(words(&event.action, details)),
            of,
            Cell::Code(event.action.clone()),
            Cell::Code(event.entity_id.clone().unwrap_or_default()),
        ];
        table.row(row.into_iter().zip(shown).filter_map(|(cell, shown)| shown.then_some(cell)).collect());
    }
    Ok(table)
}
