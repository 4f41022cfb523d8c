//! Any table of a report as a file, from the same query as its page. A list is sent whole and not only
//! the page that was seen, a piece at a time.

use chrono::{DateTime, Utc};
use contract::page::{Part, Report};
use contract::table::Table;
use contract::{AppError, ErrorKind};
use domain::id::ClaimId;
use serde_json::json;

use super::{Kind, Later, Query, body, permitted, slug, table_of};
use crate::{Ctx, Error, Result, csv};

/// Where a list goes on: behind the row that was given last.
pub enum Cursor {
    Audit(i64),
    Call(store::integration::CallPlace),
    Claim(DateTime<Utc>, ClaimId),
    /// Of a list that grows slowly; pages count from 1.
    Page(u64),
}

impl Cursor {
    /// The page that is to be read next.
    pub fn page(after: Option<Cursor>) -> u64 {
        match after {
            Some(Cursor::Page(page)) => page,
            _ => 1,
        }
    }
}

/// Rows of a list, and where the next ones begin; `None` at the end.
pub type Piece = (Table, Option<Cursor>);

/// The rows of a list behind a place, or its first.
pub type More = for<'a> fn(&'a Ctx, &'a Query, Option<Cursor>) -> Later<'a, Piece>;

/// A file that is read as fast as it is taken.
pub struct Download {
    /// What it is called.
    pub name: String,
    /// Its content type.
    pub kind: &'static str,
    ctx: Ctx,
    source: Source,
}

enum Source {
    Table(Table),
    Drawing(String),
    List { more: More, query: Query, after: Option<Cursor>, begun: bool },
    Done,
}

/// Permits the download and records it. `file`: the caption's address and `.csv`.
pub async fn download(ctx: &Ctx, report: &str, file: &str, query: &Query) -> Result<Download> {
    let kind: &Kind = permitted(ctx, report)?;
    let mut found = body(ctx, kind, query).await?;
    if let Some(wanted) = file.strip_suffix(".svg") {
        return drawing(ctx, report, wanted, found, query).await;
    }
    let wanted = file.strip_suffix(".csv").unwrap_or(file);
    let nothing = || Error::Refused(AppError::new(ErrorKind::NotFound, "This report has no table of this name."));
    let listed = found.parts.iter_mut().find_map(|part| {
        let list = matches!(part, Part::List(_));
        table_of(part).filter(|table| slug(&table.caption) == wanted).map(|table| (list, table.clone()))
    });
    let (list, table) = listed.ok_or_else(nothing)?;
    let source = match kind.more.filter(|_| list) {
        Some(more) => Source::List { more, query: query.clone(), after: None, begun: false },
        None if list => return Err(nothing()),
        None => Source::Table(table),
    };
    record(ctx, report, wanted, query).await?;
    let name = format!("{}.csv", file_name(report, wanted, query));
    Ok(Download { name, kind: "text/csv; charset=utf-8", ctx: ctx.clone(), source })
}

/// A chart of the report as a file of its own, named as its table is.
async fn drawing(ctx: &Ctx, report: &str, wanted: &str, found: Report, query: &Query) -> Result<Download> {
    let chart = found.parts.into_iter().find_map(|part| match part {
        Part::Chart(chart) if slug(&chart.table.caption) == wanted => Some(chart),
        _ => None,
    });
    let nothing = || Error::Refused(AppError::new(ErrorKind::NotFound, "This report has no chart of this name."));
    let source = Source::Drawing(chart::standalone(&chart.ok_or_else(nothing)?.svg));
    record(ctx, report, wanted, query).await?;
    let name = format!("{}.svg", file_name(report, wanted, query));
    Ok(Download { name, kind: "image/svg+xml", ctx: ctx.clone(), source })
}

async fn record(ctx: &Ctx, report: &str, table: &str, query: &Query) -> Result<()> {
    let tx = ctx.begin().await?;
    let details = json!({ "table": table, "asked": query.without_page() });
    tx.commit(ctx.audit(ctx.caller.company, "report.downloaded", "report", report, details)).await?;
    Ok(())
}

impl Download {
    /// The next piece, or `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match std::mem::replace(&mut self.source, Source::Done) {
            Source::Done => Ok(None),
            Source::Drawing(svg) => Ok(Some(svg.into_bytes())),
            Source::Table(table) => lines(&table, true).map(Some),
            Source::List { more, query, after, begun } => {
                let (table, after) = more(&self.ctx, &query, after).await?;
                if after.is_some() {
                    self.source = Source::List { more, query, after, begun: true };
                }
                lines(&table, !begun).map(Some)
            }
        }
    }
}

/// What the file is called, without its ending: after its table, and what it was narrowed by.
fn file_name(report: &str, table: &str, query: &Query) -> String {
    let mut name = if table.starts_with(report) { table.to_owned() } else { format!("{report}-{table}") };
    // Claims that were chosen one by one name no file.
    for value in query
        .named()
        .filter(|(name, _)| !name.ends_with("[]"))
        .map(|(_, value)| slug(value))
        .filter(|value| !value.is_empty() && value != "true")
    {
        if name.len() + value.len() < 120 {
            name = format!("{name}-{value}");
        }
    }
    name
}

fn lines(table: &Table, begins: bool) -> Result<Vec<u8>> {
    let header = begins.then(|| csv::header(table));
    let lines = csv::lines(header.into_iter().chain(table.rows.iter().map(|row| csv::record(row))))?;
    // Without this mark spreadsheets take a pound sign for two others.
    Ok(if begins { ["\u{feff}".as_bytes(), &lines].concat() } else { lines })
}
