//! What must hold whatever the database: one suite for SQLite and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

mod alone;
mod chain;
mod claims;
mod documents;
mod face;
mod fairness;
mod figures;
mod files;
mod finance;
mod gates;
mod incoming;
mod invoices;
mod jobs;
mod keys;
mod learning;
mod models;
mod monitoring;
mod outcomes;
mod own_work;
mod payments;
mod people;
mod provider;
mod reports;
mod room;
mod startup;
mod tiers;
mod trials;

use contract::ErrorKind;
use service::claims::create::{Entered, enter};
use service::claims::decide::Put;
use service::claims::entry;
use service::{Ctx, Error};
use store::{Reach, audit};
use testkit::{Kit, now};

/// What a form sends.
fn entries(all: &[(&str, &str)]) -> service::acts::Entries {
    let all = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.collect::<std::collections::BTreeMap<_, _>>().into()
}

/// Does an act; what is said of it, or why it is refused.
async fn act(ctx: &Ctx, name: &str, with: &[(&str, &str)]) -> Result<String, contract::AppError> {
    service::acts::run(ctx, name, &entries(with)).await.map(|done| done.said).map_err(Error::into_app)
}

fn claim(pence: i64) -> entry::Entry {
    let json = serde_json::json!({
        "accident_type": "Rear end", "injury_prognosis_months": 6, "general_fixed_pence": 56500,
        "special_therapy_pence": pence, "injury_description": "A sore neck", "driver_age": 44, "gender": "Female",
    });
    entry::from_json(&json, now().date_naive()).unwrap()
}

async fn entered(ctx: &Ctx) -> Entered {
    enter(ctx, claim(40_000), "form", None).await.unwrap().0
}

/// One without the whiplash tariff, of which nobody has said whether it is whiplash.
async fn untold(ctx: &Ctx) -> Entered {
    let json = serde_json::json!({
        "accident_type": "Rear end", "injury_prognosis_months": 6, "general_rest_pence": 56500,
        "special_therapy_pence": 40_000, "injury_description": "A sore neck",
    });
    let entry = entry::from_json(&json, now().date_naive()).unwrap();
    enter(ctx, entry, "form", None).await.unwrap().0
}

fn kind(error: Error) -> ErrorKind {
    error.into_app().kind
}

/// Accepts what was predicted, a report being there.
fn accept(entered: &Entered) -> Put {
    Put { accept: true, prediction: entered.claim.prediction, medical_report: true, ..Put::default() }
}

/// A report as its page shows it; `query` as in an address.
async fn report(ctx: &Ctx, name: &str, query: &str) -> contract::page::Report {
    service::reports::view(ctx, name, &service::reports::Query::parse(query)).await.unwrap()
}

/// A table of a report, by its caption.
fn table<'a>(report: &'a contract::page::Report, caption: &str) -> &'a contract::table::Table {
    let table = report.parts.iter().find_map(|part| match part {
        contract::page::Part::Table(table) if table.caption == caption => Some(table),
        _ => None,
    });
    table.unwrap_or_else(|| panic!("no table “{caption}” in {report:?}"))
}

/// The first list of a report.
async fn list(ctx: &Ctx, name: &str, query: &str) -> contract::table::Page {
    let parts = report(ctx, name, query).await.parts;
    let list = parts.into_iter().find_map(|part| match part {
        contract::page::Part::List(page) => Some(page),
        _ => None,
    });
    list.unwrap()
}

async fn audit_rows(kit: &Kit) -> u64 {
    audit::count(&kit.app.store, Reach::Operator, &audit::AuditQuery::default()).await.unwrap()
}
