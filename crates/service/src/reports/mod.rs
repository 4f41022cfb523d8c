//! Pages that are read rather than worked on: each is described here as data, in a file of its own,
//! drawn by one component and downloaded by one address. A new one costs no code in the browser.

mod api_calls;
mod audit;
mod counts;
mod csv;
mod dashboard;
mod parts;
mod predictions;
mod query;
mod revenue;
mod team;
mod trail;
mod usage;

use contract::page::{Part, Report};
use contract::table::Table;
use contract::{AppError, ErrorKind};
use domain::policy::Permission;

pub use csv::{Download, download};
pub use query::Query;

use crate::{Ctx, Error, Result};

/// Every report: its name, which is its page's address too, and the permission it needs. Without one
/// it is everybody's own: the trail of what they did, and the dashboard, which asks for what their role
/// is shown.
pub const REPORTS: &[(&str, Option<Permission>)] = &[
    ("api-calls", Some(Permission::ReadApiCalls)),
    ("audit", Some(Permission::ReadAudit)),
    ("dashboard", None),
    ("predictions", Some(Permission::ExportPredictions)),
    ("revenue", Some(Permission::ReadRevenue)),
    ("team", Some(Permission::ReadTeam)),
    ("trail", None),
    ("usage", Some(Permission::ReadUsage)),
];

/// The report of this name, as the address's query asks for it.
pub async fn view(ctx: &Ctx, name: &str, query: &Query) -> Result<Report> {
    permit(ctx, name)?;
    let mut report = match name {
        "api-calls" => api_calls::view(ctx, query).await?,
        "audit" => audit::view(ctx, query).await?,
        "dashboard" => dashboard::view(ctx).await?,
        "predictions" => predictions::view(ctx, query).await?,
        "revenue" => revenue::view(ctx, query).await?,
        "team" => team::view(ctx).await?,
        "trail" => trail::view(ctx, query).await?,
        "usage" => usage::view(ctx, query).await?,
        _ => return Err(unknown()),
    };
    for table in report.parts.iter_mut().filter_map(table_of).filter(|t| t.csv.is_none() && !t.rows.is_empty()) {
        let rest = query.without_page();
        let joint = if rest.is_empty() { "" } else { "?" };
        table.csv = Some(format!("/reports/{name}/{}.csv{joint}{rest}", slug(&table.caption)));
    }
    Ok(report)
}

/// Goes on only if there is such a report and the caller may read it.
fn permit(ctx: &Ctx, name: &str) -> Result<()> {
    match REPORTS.iter().find(|(known, _)| *known == name) {
        Some((_, Some(permission))) => ctx.require(*permission),
        Some((_, None)) => ctx.caller.person().map(|_| ()),
        None => Err(unknown()),
    }
}

fn unknown() -> Error {
    Error::Refused(AppError::new(ErrorKind::NotFound, "There is no report of this name."))
}

fn table_of(part: &mut Part) -> Option<&mut Table> {
    match part {
        Part::Table(table) => Some(table),
        Part::List(page) => Some(&mut page.table),
        Part::Chart(chart) => Some(&mut chart.table),
        Part::Tiles(_) | Part::Notice(..) | Part::Text(_) => None,
    }
}

/// A caption as it stands in an address: "By company" is `by-company`.
fn slug(caption: &str) -> String {
    let plain = caption.to_lowercase().replace(['’', '\''], "");
    plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_captions_become_addresses() {
        assert!(REPORTS.is_sorted_by_key(|(name, _)| *name));
        assert_eq!(slug("The team’s last 30 days"), "the-teams-last-30-days");
        assert_eq!(slug("  API calls, newest first "), "api-calls-newest-first");
    }
}
