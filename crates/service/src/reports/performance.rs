//! A person's own decisions over some days, for their performance review (story 17): on the page, as CSV and as PDF.

use chrono::{Days, NaiveDate};
use contract::page::{Asks, File, Filter, Part, Report};
use contract::table::{Cell, Page, Table, pages};
use domain::Money;
use domain::calendar::{london_date, midnight};
use domain::policy::Permission;
use domain::settlement::DecisionKind;
use serde_json::json;
use store::claims::{self, Claim, ClaimQuery};
use store::decisions::{self, Decision};
use store::figures::{self, Measure};

use super::counts::Decided;
use super::csv::{Cursor, Piece};
use super::parts::{share, tile};
use super::{Kind, Query};
use crate::claims::number;
use crate::paper::{Block, Grid, draw};
use crate::{Ctx, Error, Result};

pub static KIND: Kind = Kind {
    name: "performance",
    title: "Your work",
    lead: "What you decided, for your own review. Nobody else sees this page.",
    needs: Some(Permission::DecideClaims),
    filters: |ctx, query| Box::pin(async move { filters(ctx, query) }),
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: Some(|ctx, query, after| Box::pin(more(ctx, query, after))),
};

const PER_PAGE: u64 = 50;
/// Rows that are read at a time for a file.
const PIECE: u64 = 500;
/// Claims that a PDF lists; the figures above them are of all.
const ON_PAPER: u64 = 1_000;
/// Of a year and a day at most.
const LONGEST: i64 = 367;

/// First and last day, both included: the last 91 days where none are asked for.
fn span(ctx: &Ctx, query: &Query) -> Result<(NaiveDate, NaiveDate)> {
    let today = london_date(ctx.now);
    let to = query.day("to")?.unwrap_or(today);
    let from = query.day("from")?.unwrap_or(to - Days::new(90));
    if to < from {
        return Err(Error::field("to", "choose an end that is not before the start"));
    }
    if (to - from).num_days() > LONGEST {
        return Err(Error::field("from", "choose a year at most"));
    }
    Ok((from, to))
}

fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let today = london_date(ctx.now);
    let as_is = |name: &str, day: NaiveDate| match query.text(name) {
        "" => day.to_string(),
        text => text.to_owned(),
    };
    let filter =
        |name: &str, label: &str, value| Filter { name: name.into(), label: label.into(), value, asks: Asks::Date };
    Ok(vec![
        filter("from", "From", as_is("from", today - Days::new(90))),
        filter("to", "To, included", as_is("to", today)),
    ])
}

fn wanted(ctx: &Ctx, (from, to): (NaiveDate, NaiveDate)) -> ClaimQuery {
    ClaimQuery {
        decided_by: Some(ctx.caller.actor.name()),
        decided_from: Some(midnight(from)),
        decided_until: Some(midnight(to + Days::new(1))),
        sort: claims::Sort::Decided,
        page: 1,
        per_page: PER_PAGE,
        ..ClaimQuery::default()
    }
}

async fn decided(ctx: &Ctx, (from, to): (NaiveDate, NaiveDate)) -> Result<Decided> {
    let me = ctx.caller.actor.name();
    let labels: Vec<_> = DecisionKind::ALL.iter().map(|kind| format!("{}|{me}", kind.key())).collect();
    let mut sum = Decided::default();
    for day in figures::by_day(ctx.store(), ctx.caller.reach, Measure::DecidedBy, &labels, from, to).await? {
        sum.add(&day.label, day.number, day.amount);
    }
    Ok(sum)
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let days = span(ctx, query)?;
    let sum = decided(ctx, days).await?;
    let asked = ClaimQuery { page: query.page(), ..wanted(ctx, days) };
    let (found, total) = claims::list(ctx.store(), ctx.caller.reach, &asked).await?;
    let tiles = vec![
        tile("Decided", sum.all, "in these days", ""),
        tile("Accepted", share(sum.accepted, sum.all), "took the predicted amount", ""),
        tile("Overridden", share(sum.overridden, sum.all), "with a reason", ""),
        tile("Settled", sum.amount, "together", ""),
    ];
    let page = Page { table: table(ctx, &found).await?, total, page: asked.page, pages: pages(total, PER_PAGE) };
    let file = format!("/performance/pdf?from={}&to={}", days.0, days.1);
    let report = KIND.page(vec![Part::Tiles(tiles), Part::List(page)]);
    Ok(Report { file: Some(("Download as PDF".into(), file)), ..report })
}

async fn table(ctx: &Ctx, found: &[Claim]) -> Result<Table> {
    let columns = ["Claim", "Decided", "How", "#Claimed", "#Predicted", "#Settled", "Why"];
    let mut table = Table::new("Claims you decided", &columns, "You decided no claim in these days.").filled_by(
        true,
        "Claims to decide",
        "/claims?status=open",
    );
    let ids: Vec<_> = found.iter().map(|c| c.id).collect();
    let decisions: Vec<Decision> = decisions::of_claims(ctx.store(), ctx.caller.reach, &ids).await?;
    for claim in found {
        let decision = decisions.iter().find(|d| d.claim == claim.id);
        table.row(vec![
            Cell::link(number(claim.number), format!("/claims/{}", claim.id)),
            Cell::time(claim.decided_at),
            decision.map_or(Cell::Empty, |d| Cell::text(d.kind.label())),
            Cell::Money(claim.total),
            Cell::money(claim.predicted),
            Cell::money(claim.settled),
            decision.and_then(|d| d.reason).map_or(Cell::Empty, |r| Cell::text(r.label())),
        ]);
    }
    Ok(table)
}

/// The claims behind a place, for a download.
async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<Piece> {
    let before = match after {
        Some(Cursor::Claim(at, id)) => Some((at, id)),
        Some(Cursor::Audit(_) | Cursor::Call(_) | Cursor::Page(_)) | None => None,
    };
    let asked = ClaimQuery { before, per_page: PIECE, ..wanted(ctx, span(ctx, query)?) };
    let found = claims::some(ctx.store(), ctx.caller.reach, &asked).await?;
    let next =
        found.last().filter(|_| found.len() as u64 == PIECE).and_then(|c| Some(Cursor::Claim(c.decided_at?, c.id)));
    Ok((table(ctx, &found).await?, next))
}

/// The same on paper.
pub async fn pdf(ctx: &Ctx, query: &Query) -> Result<File> {
    ctx.require(Permission::DecideClaims)?;
    let (me, _, _) = ctx.caller.person()?;
    let days = span(ctx, query)?;
    let sum = decided(ctx, days).await?;
    let person = store::people::find(ctx.store(), ctx.caller.reach, me).await?;
    let found =
        claims::some(ctx.store(), ctx.caller.reach, &ClaimQuery { per_page: ON_PAPER, ..wanted(ctx, days) }).await?;
    let words = |day: NaiveDate| contract::when::Day::from(day).words;
    let mut blocks = vec![
        Block::Title(format!("Claims decided by {}", person.name)),
        Block::Words(format!("{} to {}, both included, by London's days.", words(days.0), words(days.1))),
        Block::Heading("In figures".into()),
        Block::Row("Claims decided".into(), sum.all.to_string()),
        Block::Row("Prediction accepted".into(), sum.accepted.to_string()),
        Block::Row("Prediction overridden, with a reason".into(), sum.overridden.to_string()),
        Block::Row("Settled together".into(), sum.amount.to_string()),
        Block::Heading("The claims".into()),
    ];
    let money = |amount: Option<Money>| amount.map_or_else(|| "–".to_owned(), |a| a.to_string());
    let columns = [("Claim", false), ("Decided", false), ("Claimed", true), ("Predicted", true), ("Settled", true)];
    let mut rows = Vec::with_capacity(found.len());
    for claim in &found {
        let decided = claim.decided_at.map(|at| words(london_date(at))).unwrap_or_default();
        rows.push(vec![
            number(claim.number),
            decided,
            claim.total.to_string(),
            money(claim.predicted),
            money(claim.settled),
        ]);
    }
    blocks.push(Block::Table(Grid { columns: columns.map(|(label, right)| (label.into(), right)).to_vec(), rows }));
    if found.len() as i64 != sum.all {
        blocks.push(Block::Words(format!("The first {} of {} claims are listed.", found.len(), sum.all)));
    }
    let bytes = draw(&blocks, &format!("Solatium, {}", words(london_date(ctx.now))))?;
    let tx = ctx.begin().await?;
    let details = json!({ "table": "claims-you-decided", "asked": format!("pdf {} {}", days.0, days.1) });
    tx.commit(ctx.audit(ctx.caller.company, "report.downloaded", "report", "performance", details)).await?;
    Ok(File { name: format!("your-work-{}-{}.pdf", days.0, days.1), kind: "application/pdf", bytes })
}
