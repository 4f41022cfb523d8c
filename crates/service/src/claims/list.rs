//! The claims list with its filters (stories 15, 16).

use contract::claim::{ClaimFilter, ClaimRow, ClaimsPage, FoundClaim};
use contract::table::{Cell, Table, Tone};
use domain::claim::accident_in_words;
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use store::claims::{self, Claim, ClaimQuery, Sort};

use super::number;
use crate::input::{day, page};
use crate::{Ctx, Error, Result};

const PER_PAGE: u64 = 50;

pub async fn list(ctx: &Ctx, filter: &ClaimFilter) -> Result<ClaimsPage> {
    ctx.require(Permission::ReadClaims)?;
    let query = query(ctx, filter)?;
    let (mut claims, total) = claims::list(ctx.store(), ctx.caller.reach, &query).await?;
    super::estimate::veil(ctx, &mut claims).await?;
    let row = |claim: Claim| ClaimRow {
        id: claim.id,
        number: number(claim.number),
        reference: claim.reference,
        accident: claim.facts.accident_type.as_deref().map(accident_in_words),
        prognosis_months: claim.facts.injury_prognosis_months,
        claimed: claim.total,
        predicted: claim.predicted,
        settled: claim.settled,
        status: claim.status,
        entered_at: claim.created_at.into(),
    };
    Ok(ClaimsPage {
        rows: claims.into_iter().map(row).collect(),
        total,
        page: query.page,
        pages: contract::table::pages(total, PER_PAGE),
        may_flag: ctx.caller.holds(Permission::DecideClaims),
        may_enter: ctx.caller.holds(Permission::WriteClaims),
    })
}

/// The claims with this number or this reference, as the palette offers them; the newest eight.
pub async fn find(ctx: &Ctx, text: &str) -> Result<Vec<FoundClaim>> {
    ctx.require(Permission::ReadClaims)?;
    let query = ClaimQuery { search: text.chars().take(100).collect(), page: 1, per_page: 8, ..ClaimQuery::default() };
    if query.search.trim().is_empty() {
        return Ok(Vec::new());
    }
    let found = claims::some(ctx.store(), ctx.caller.reach, &query).await?;
    Ok(found
        .into_iter()
        .map(|claim| {
            let reference = claim.reference.as_deref().unwrap_or("no reference");
            FoundClaim {
                asked: text.to_owned(),
                number: number(claim.number),
                href: format!("/claims/{}", claim.id),
                words: format!("{reference} · {} · {}", claim.total, claim.status.label()),
            }
        })
        .collect())
}

/// A table of claims, as the list and the dashboards show it.
pub fn table(caption: &str, empty: &str) -> Table {
    Table::new(
        caption,
        &["Claim", "Reference", "Accident", "#Prognosis", "#Claimed", "#Predicted", "#Settled", "Status", "Entered"],
        empty,
    )
}

pub fn row(claim: &Claim) -> Vec<Cell> {
    vec![
        Cell::link(number(claim.number), format!("/claims/{}", claim.id)),
        claim.reference.clone().map_or(Cell::Empty, Cell::Text),
        claim.facts.accident_type.as_deref().map_or(Cell::Empty, |a| Cell::Text(accident_in_words(a))),
        claim.facts.injury_prognosis_months.map_or(Cell::Empty, |m| Cell::Figure(format!("{m} mo"))),
        Cell::Money(claim.total),
        Cell::money(claim.predicted),
        Cell::money(claim.settled),
        Cell::Badge(claim.status.label().into(), Tone::of(claim.status)),
        Cell::Time(claim.created_at.into()),
    ]
}

pub(crate) fn query(ctx: &Ctx, filter: &ClaimFilter) -> Result<ClaimQuery> {
    let decided_from = day("decided_from", &filter.decided_from)?.map(domain::calendar::midnight);
    let (from, to) = (day("from", &filter.from)?, day("to", &filter.to)?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Error::field("to", "choose an end that is not before the start"));
    }
    let until = to.and_then(|d| d.succ_opt());
    Ok(ClaimQuery {
        search: filter.search.chars().take(100).collect(),
        status: ClaimStatus::from_key(&filter.status),
        accident_type: filter.accident_type.clone(),
        from: from.map(domain::calendar::midnight),
        until: until.map(domain::calendar::midnight),
        created_by: (filter.whose == "true").then(|| ctx.caller.actor.name()),
        decided_by: (filter.whose == "decided").then(|| ctx.caller.actor.name()),
        decided_from,
        sort: match filter.sort.as_str() {
            "oldest" => Sort::Oldest,
            "largest" => Sort::Largest,
            "smallest" => Sort::Smallest,
            _ => Sort::Newest,
        },
        page: page(filter.page),
        per_page: PER_PAGE,
        ..ClaimQuery::default()
    })
}
