//! The log of API calls (stories 85, 88).

use contract::page::{Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::policy::Permission;
use store::integration::{self, ApiCall};

use super::csv::{Cursor, Piece};
use super::parts::only;
use super::{Kind, Query};
use crate::names::Names;
use crate::{Ctx, Result};

const PER_PAGE: u64 = 50;
/// Rows that are read at a time for a download.
const PIECE: u64 = 1_000;

pub static KIND: Kind = Kind {
    name: "api-calls",
    title: "API calls",
    lead: "What integrations asked, and what they were answered.",
    needs: Some(Permission::ReadApiCalls),
    filters: |_, query| Box::pin(async move { Ok(vec![only(query, "failed", "Failed only")]) }),
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: Some(|ctx, query, after| Box::pin(more(ctx, query, after))),
};

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let (number, failed) = (query.page(), query.is("failed"));
    let (calls, total) = integration::calls(ctx.store(), ctx.caller.reach, failed, number, PER_PAGE).await?;
    let table = table(ctx, calls).await?;
    Ok(KIND.page(vec![Part::List(Page { table, total, page: number, pages: pages(total, PER_PAGE) })]))
}

/// The calls behind a place, for a download.
async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<Piece> {
    let before = match after {
        Some(Cursor::Call(place)) => Some(place),
        Some(Cursor::Audit(_) | Cursor::Claim(..) | Cursor::Page(_)) | None => None,
    };
    let calls = integration::calls_before(ctx.store(), ctx.caller.reach, query.is("failed"), before, PIECE).await?;
    let next = calls.last().filter(|_| calls.len() as u64 == PIECE).map(|c| Cursor::Call(c.place()));
    Ok((table(ctx, calls).await?, next))
}

async fn table(ctx: &Ctx, calls: Vec<ApiCall>) -> Result<Table> {
    let names = Names::of(ctx, calls.iter().flat_map(|c| [c.company.to_string(), c.key.to_string()])).await?;
    let mut table = Table::new(
        "API calls, newest first",
        &["When", "Company", "Key", "Call", "Answer", "#Milliseconds", "Request"],
        "No call has been made with an API key.",
    )
    .filled_by(ctx.caller.holds(Permission::ManageApiKeys), "Make a key", "/api-keys");
    for call in calls {
        let tone = if call.status < 400 { Tone::Good } else { Tone::Bad };
        table.row(vec![
            Cell::Time(call.at.into()),
            Cell::Text(names.company(call.company)),
            Cell::Text(names.actor(&call.key.to_string())),
            Cell::Code(format!("{} {}", call.method, call.path)),
            Cell::Badge(call.status.to_string(), tone),
            Cell::Figure(format!("{:.1}", call.duration_us as f64 / 1_000.0)),
            Cell::Code(call.request_id),
        ]);
    }
    Ok(table)
}
