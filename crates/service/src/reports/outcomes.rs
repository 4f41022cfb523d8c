//! What claims finally settled for, beside what was predicted of them (story 26).

use contract::page::{Filter, Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::outcome::Tier;
use domain::policy::Permission;
use ml::interval::ClaimKind;
use store::outcomes::{self, Outcome};

use super::parts::{any, filter};
use super::{Kind, Query};
use crate::exports::Narrowed;
use crate::{Ctx, Result, models};

const PER_PAGE: u64 = 50;

pub static KIND: Kind = Kind {
    name: "outcomes",
    title: "Outcomes",
    lead: "What claims finally settled for, and what had been predicted. No personal data.",
    needs: Some(Permission::ExportPredictions),
    filters: |ctx, query| Box::pin(filters(ctx, query)),
    body: |ctx, query| Box::pin(body(ctx, query)),
    // Their files are made by `exports`.
    more: None,
};

/// What a tier is called where it is chosen.
pub(super) fn tiers() -> impl Iterator<Item = (String, String)> {
    Tier::ALL.into_iter().map(|t| (t.key().to_owned(), format!("{}: {}", t.key(), t.words())))
}

pub(super) fn kinds() -> impl Iterator<Item = (String, String)> {
    ClaimKind::ALL.into_iter().map(|k| (k.key().to_owned(), crate::error::capital(k.label())))
}

/// The versions by which predictions and outcomes are narrowed.
pub(super) async fn versions(ctx: &Ctx, query: &Query) -> Result<Filter> {
    let registry = models::list::Registry::of(ctx).await?;
    Ok(any(query, "model", "Model", registry.choices()))
}

/// The insurers by which ours narrow what they see; nothing for an insurer's own.
pub(super) async fn insurers(ctx: &Ctx, query: &Query) -> Result<Option<Filter>> {
    if ctx.caller.reach_company().is_some() {
        return Ok(None);
    }
    let all = store::companies::list(ctx.store(), ctx.caller.reach).await?;
    let choices: Vec<_> = all.into_iter().filter(|c| !c.operator).map(|c| (c.id.to_string(), c.name)).collect();
    Ok(Some(any(query, "company", "Company", choices)))
}

async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let mut filters = vec![
        any(query, "tier", "Counts as", tiers()),
        any(query, "kind", "Kind of claim", kinds()),
        versions(ctx, query).await?,
    ];
    filters.extend(insurers(ctx, query).await?);
    filters.extend([
        filter(query, "from", "Recorded from", contract::page::Asks::Date),
        filter(query, "to", "until", contract::page::Asks::Date),
    ]);
    Ok(filters)
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let asked = Narrowed::of(query)?;
    let number = query.page();
    let (rows, total) = outcomes::list(ctx.store(), asked.reach(ctx), &asked.outcomes(), (number, PER_PAGE)).await?;
    let mut table = Table::new(
        "What claims finally settled for",
        &[
            "Recorded",
            "#Settled for",
            "#Predicted",
            "#Error",
            "Within the range",
            "Kind of claim",
            "Counts as",
            "Known from",
        ],
        "No outcome is known. Handlers enter them on the claim or hand in a file, the claims system sends them by the API.",
    );
    table.csv = Some("/export/outcomes.csv".into());
    for outcome in &rows {
        table.row(cells(outcome));
    }
    let mut parts = vec![files(query, "outcomes")];
    parts.push(Part::List(Page { table, total, page: number, pages: pages(total, PER_PAGE) }));
    Ok(Report { parts, ..Report::default() })
}

/// The same rows as a file of another format.
pub(super) fn files(query: &Query, what: &str) -> Part {
    let rest = query.without_page();
    let joint = if rest.is_empty() { "" } else { "?" };
    Part::Files(vec![("Download Parquet".into(), format!("/export/{what}.parquet{joint}{rest}"))])
}

fn cells(outcome: &Outcome) -> Vec<Cell> {
    let judged = outcome.judged;
    let inside = judged.map(|j| (j.lower..=j.upper).contains(&outcome.amount));
    let error = judged.and_then(|j| j.predicted.checked_sub(outcome.amount));
    vec![
        match judged {
            Some(judged) => super::predictions::link(judged.prediction, outcome.at),
            None => Cell::Time(outcome.at.into()),
        },
        Cell::Money(outcome.amount),
        Cell::money(judged.map(|j| j.predicted)),
        error.map_or(Cell::Empty, |e| Cell::Figure(e.signed())),
        match inside {
            None => Cell::Empty,
            Some(true) => Cell::Badge("Inside".into(), Tone::Good),
            Some(false) => Cell::Badge("Outside".into(), Tone::Notice),
        },
        Cell::Text(ClaimKind::from_key(&outcome.kind).map_or_else(String::new, |k| crate::error::capital(k.label()))),
        Cell::Text(format!("{}: {}", outcome.tier.key(), outcome.tier.label())),
        Cell::text(outcome.source.label()),
    ]
}
