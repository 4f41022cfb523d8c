//! Any table of a report as a file, from the same query as its page. A list is sent whole and not only
//! the page that was seen, a piece at a time.

use contract::table::Table;
use contract::{AppError, ErrorKind};
use serde_json::json;

use super::{Query, api_calls, audit, slug, table_of, trail};
use crate::{Ctx, Error, Result, csv};

/// Where a list goes on: behind the row that was given last.
pub enum Cursor {
    Audit(i64),
    Call(store::integration::CallPlace),
}

/// Rows of a list, and where the next ones begin; `None` at the end.
pub type Piece = (Table, Option<Cursor>);

/// A file that is read as fast as it is taken.
pub struct Download {
    /// What it is called.
    pub name: String,
    ctx: Ctx,
    source: Source,
}

enum Source {
    Table(Table),
    List { report: String, query: Query, after: Option<Cursor>, begun: bool },
    Done,
}

/// Permits the download and records it. `file`: the caption's address and `.csv`.
pub async fn download(ctx: &Ctx, report: &str, file: &str, query: &Query) -> Result<Download> {
    let mut found = super::view(ctx, report, query).await?;
    let wanted = file.strip_suffix(".csv").unwrap_or(file);
    let nothing = || Error::Refused(AppError::new(ErrorKind::NotFound, "This report has no table of this name."));
    let listed = found.parts.iter_mut().find_map(|part| {
        let list = matches!(part, contract::page::Part::List(_));
        table_of(part)
            .filter(|table| slug(&table.caption) == wanted && is_ours(table))
            .map(|table| (list, table.clone()))
    });
    let (list, table) = listed.ok_or_else(nothing)?;
    let source = match list {
        true => Source::List { report: report.into(), query: query.clone(), after: None, begun: false },
        false => Source::Table(table),
    };
    let tx = ctx.begin().await?;
    let details = json!({ "table": wanted });
    tx.commit(ctx.audit(ctx.caller.company, "report.downloaded", "report", report, details)).await?;
    Ok(Download { name: format!("{report}-{wanted}.csv"), ctx: ctx.clone(), source })
}

impl Download {
    /// The next piece, or `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match std::mem::replace(&mut self.source, Source::Done) {
            Source::Done => Ok(None),
            Source::Table(table) => lines(&table, true).map(Some),
            Source::List { report, query, after, begun } => {
                let (table, after) = piece(&self.ctx, &report, &query, after).await?;
                if after.is_some() {
                    self.source = Source::List { report, query, after, begun: true };
                }
                lines(&table, !begun).map(Some)
            }
        }
    }
}

/// Whether the table's file is made here; some have a file of their own.
fn is_ours(table: &Table) -> bool {
    table.csv.as_ref().is_none_or(|address| address.starts_with("/reports/"))
}

async fn piece(ctx: &Ctx, report: &str, query: &Query, after: Option<Cursor>) -> Result<Piece> {
    match report {
        "api-calls" => api_calls::piece(ctx, query, after).await,
        "audit" => audit::piece(ctx, &audit::asked(query)?, after).await,
        "trail" => audit::piece(ctx, &trail::asked(ctx)?, after).await,
        _ => Err(Error::internal(format!("the list of the report {report} is downloaded elsewhere"))),
    }
}

fn lines(table: &Table, header: bool) -> Result<Vec<u8>> {
    let header = header.then(|| csv::header(table));
    csv::lines(header.into_iter().chain(table.rows.iter().map(|row| csv::record(row))))
}
