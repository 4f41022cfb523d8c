//! The claims list as a file: all that its filters show, or those that were chosen. Its page is a workbench of its own
//! (`claims::list`); newest first.

use contract::claim::ClaimFilter;
use contract::page::{Part, Report};
use contract::table::{Page, Table, pages};
use domain::id::ClaimId;
use domain::policy::Permission;
use store::claims::{self, ClaimQuery};

use super::csv::{Cursor, Piece};
use super::{Kind, Query, no_filters};
use crate::claims::{estimate, list};
use crate::{Ctx, Error, Result};

const PER_PAGE: u64 = 50;
/// Rows that are read at a time for a download.
const PIECE: u64 = 500;

pub static KIND: Kind = Kind {
    name: "claims",
    title: "Claims",
    lead: "Claims as their list shows them.",
    needs: Some(Permission::ReadClaims),
    filters: no_filters,
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: Some(|ctx, query, after| Box::pin(more(ctx, query, after))),
};

/// The most claims that are chosen: a page of the list.
const CHOSEN: usize = 50;

/// What the list's address asks for, or the claims that were chosen; an id that is none finds nothing.
fn asked(ctx: &Ctx, query: &Query) -> Result<ClaimQuery> {
    let filter = ClaimFilter::read(|name| query.text(name).to_owned());
    let chosen: Vec<&str> = query.all("ids[]").collect();
    if chosen.len() > CHOSEN {
        return Err(Error::field("ids", format!("choose {CHOSEN} claims at most")));
    }
    let ids = (!chosen.is_empty()).then(|| chosen.iter().filter_map(|id| id.parse::<ClaimId>().ok()).collect());
    Ok(ClaimQuery { ids, page: 1, sort: Default::default(), ..list::query(ctx, &filter)? })
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let wanted = ClaimQuery { page: query.page(), per_page: PER_PAGE, ..asked(ctx, query)? };
    let (mut found, total) = claims::list(ctx.store(), ctx.caller.reach, &wanted).await?;
    estimate::veil(ctx, &mut found).await?;
    let page = Page { table: table(&found), total, page: wanted.page, pages: pages(total, PER_PAGE) };
    Ok(KIND.page(vec![Part::List(page)]))
}

/// The claims behind a place, for a download.
async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<Piece> {
    let before = match after {
        Some(Cursor::Claim(at, id)) => Some((at, id)),
        Some(Cursor::Audit(_) | Cursor::Call(_) | Cursor::Page(_)) | None => None,
    };
    let wanted = ClaimQuery { before, per_page: PIECE, ..asked(ctx, query)? };
    let mut found = claims::some(ctx.store(), ctx.caller.reach, &wanted).await?;
    estimate::veil(ctx, &mut found).await?;
    let next = found.last().filter(|_| found.len() as u64 == PIECE).map(|c| Cursor::Claim(c.created_at, c.id));
    Ok((table(&found), next))
}

fn table(found: &[claims::Claim]) -> Table {
    let mut table = list::table("Claims", "No claim fits these filters.");
    for claim in found {
        table.row(list::row(claim));
    }
    table
}
