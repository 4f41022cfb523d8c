//! Pages that are read rather than worked on: each is described here as data, in a file of its own,
//! drawn by one component and downloaded by one address. A new one costs no code in the browser.

mod accuracy;
mod api_calls;
mod audit;
mod claims;
mod counts;
mod csv;
mod dashboard;
mod document;
mod explanation;
mod finance;
mod forecast;
mod models;
mod outcomes;
mod overrides;
pub(crate) mod parts;
pub mod performance;
pub(crate) mod plans;
pub(crate) mod predictions;
mod query;
mod revenue;
mod room;
mod team;
mod trail;
mod usage;

use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use contract::page::{Filter, Part, Report};
use contract::table::Table;
use contract::{AppError, ErrorKind};
use domain::policy::Permission;
use futures_util::FutureExt;

pub(crate) use csv::Cursor;
pub use csv::{Download, download};
pub use query::Query;

use crate::{Ctx, Error, Result};

/// A kind of report.
pub struct Kind {
    /// Which is its page's address too.
    pub name: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    /// Without one it is everybody's own: the trail of what they did, and the dashboard, which asks for what
    /// their role is shown.
    pub needs: Option<Permission>,
    /// By which it is narrowed, with what the address asks for.
    filters: for<'a> fn(&'a Ctx, &'a Query) -> Later<'a, Vec<Filter>>,
    /// What it shows; the page without its filters.
    body: for<'a> fn(&'a Ctx, &'a Query) -> Later<'a, Report>,
    /// More rows of its list, for a download.
    more: Option<csv::More>,
}

type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// All reports.
pub static REPORTS: &[&Kind] = &[
    &finance::ACCOUNTING,
    &accuracy::KIND,
    &models::ALERTS,
    &api_calls::KIND,
    &room::ASSESS,
    &audit::KIND,
    &room::AUTHORITY,
    &finance::BANK,
    &finance::PROFILE,
    &finance::BILLING_SERVICE,
    &room::BOOKMARKS,
    &plans::BUDGET,
    &claims::KIND,
    &models::COMPARE,
    &finance::CONTRACT,
    &finance::CONTRACTS,
    &room::CORRECT,
    &dashboard::KIND,
    &finance::DEBTORS,
    &room::DIARY,
    &document::KIND,
    &room::ESTIMATES,
    &explanation::KIND,
    &models::FAIRNESS,
    &forecast::KIND,
    &models::IMPORT,
    &finance::INVOICES,
    &room::JOBS,
    &models::MATERIAL,
    &models::MODEL,
    &models::UPLOAD,
    &models::MODELS,
    &outcomes::KIND,
    &overrides::KIND,
    &finance::PAYMENT,
    &finance::PAYMENTS,
    &performance::KIND,
    &predictions::KIND,
    &finance::PRICES,
    &room::PROFILE,
    &plans::PROFIT,
    &models::PUBLISHED,
    &models::RETRAINING,
    &revenue::KIND,
    &finance::STATEMENT,
    &team::KIND,
    &trail::KIND,
    &room::TUTORIAL,
    &usage::KIND,
    &finance::USAGE_STATEMENT,
    &finance::USAGE_STATEMENTS,
    &finance::VAT,
];

impl Kind {
    /// A page of this kind.
    fn page(&self, parts: Vec<Part>) -> Report {
        Report { title: self.title.into(), lead: self.lead.into(), parts, ..Report::default() }
    }
}

/// A report without filters.
fn no_filters<'a>(_: &'a Ctx, _: &'a Query) -> Later<'a, Vec<Filter>> {
    Box::pin(async { Ok(Vec::new()) })
}

/// The report of this name, as the address's query asks for it. A filter that cannot be is said in the place
/// of what it would have shown, and stays as it was entered.
pub async fn view(ctx: &Ctx, name: &str, query: &Query) -> Result<Report> {
    let kind = permitted(ctx, name)?;
    let filters = (kind.filters)(ctx, query).await?;
    let mut body = match body(ctx, kind, query).await {
        Err(Error::Refused(refused)) if refused.kind == ErrorKind::Invalid => kind.page(vec![parts::mend(refused)]),
        other => other?,
    };
    // What stands on it may say itself what it is called.
    if body.title.is_empty() {
        body.title = kind.title.into();
    }
    if body.lead.is_empty() {
        body.lead = kind.lead.into();
    }
    Ok(Report { filters, ..body })
}

/// What a report shows, with the addresses of its tables' files.
async fn body(ctx: &Ctx, kind: &Kind, query: &Query) -> Result<Report> {
    // A page that is rendered would wait for what has panicked: it is told as any fault of ours.
    let made = AssertUnwindSafe((kind.body)(ctx, query)).catch_unwind().await;
    let mut report = made.map_err(|_| Error::internal(format!("the report {} panicked", kind.name)))??;
    let rest = query.without_page();
    let joint = if rest.is_empty() { "" } else { "?" };
    for table in report.parts.iter_mut().filter_map(table_of).filter(|table| !table.rows.is_empty()) {
        let path = table.csv.take().unwrap_or_else(|| format!("/reports/{}/{}.csv", kind.name, slug(&table.caption)));
        table.csv = Some(format!("{path}{joint}{rest}"));
    }
    Ok(report)
}

/// The kind of this name, if there is one and the caller may read it.
fn permitted(ctx: &Ctx, name: &str) -> Result<&'static Kind> {
    let unknown = || Error::Refused(AppError::new(ErrorKind::NotFound, "There is no report of this name."));
    let kind = REPORTS.iter().find(|kind| kind.name == name).ok_or_else(unknown)?;
    match kind.needs {
        Some(permission) => ctx.require(permission)?,
        None => ctx.caller.person().map(|_| ())?,
    }
    Ok(kind)
}

fn table_of(part: &mut Part) -> Option<&mut Table> {
    match part {
        Part::Table(table) => Some(table),
        Part::List(page) => Some(&mut page.table),
        Part::Chart(chart) => Some(&mut chart.table),
        Part::Tiles(_)
        | Part::Notice(..)
        | Part::Text(_)
        | Part::Form(_)
        | Part::Reading(_)
        | Part::Said(..)
        | Part::Head(_)
        | Part::Links(_)
        | Part::Files(_)
        | Part::Upload(_)
        | Part::Tabs(..) => None,
    }
}

/// A caption as it stands in an address: "By company" is `by-company`.
pub(crate) fn slug(caption: &str) -> String {
    let plain = caption.to_lowercase().replace(['’', '\''], "");
    plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_captions_become_addresses() {
        assert!(REPORTS.is_sorted_by_key(|kind| kind.name));
        assert_eq!(slug("The team’s last 30 days"), "the-teams-last-30-days");
        assert_eq!(slug("  API calls, newest first "), "api-calls-newest-first");
    }
}
