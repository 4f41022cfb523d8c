//! What people made of predictions that they did not take: by reason, kind and direction, down to their words (story 27).

use std::collections::BTreeMap;

use contract::page::{Filter, Part, Report};
use contract::table::{Cell, Page, Table, Tone, grouped, pages};
use domain::Money;
use domain::policy::Permission;
use domain::settlement::OverrideReason;
use ml::interval::ClaimKind;
use store::decisions::{self, Overrides};

use super::outcomes::{files, kinds};
use super::parts::any;
use super::{Kind, Query};
use crate::{Ctx, Error, Result};

const PER_PAGE: u64 = 50;
/// The newest overrides that are added up.
const MOST: u64 = 20_000;
/// How far back they are.
const DAYS: i64 = 365;

pub static KIND: Kind = Kind {
    name: "overrides",
    title: "Overrides",
    lead: "Why people settled for something else than the prediction, over the last twelve months.",
    needs: Some(Permission::ExportPredictions),
    filters: |_, query| {
        Box::pin(async move {
            let reasons = OverrideReason::ALL.iter().map(|r| (r.key().to_owned(), r.label().to_owned()));
            Ok(vec![
                any(query, "reason", "Reason", reasons),
                any(query, "kind", "Kind of claim", kinds()),
                direction(query),
            ])
        })
    },
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: None,
};

fn direction(query: &Query) -> Filter {
    let ways = [("more", "More than predicted"), ("less", "Less than predicted")];
    any(query, "way", "Settled for", ways.map(|(key, label)| (key.to_owned(), label.to_owned())))
}

/// A group of overrides: reason, kind of claim, and whether they settled for more.
type Group = (Option<OverrideReason>, Option<String>, bool);

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let from = ctx.now - chrono::Duration::days(DAYS);
    let known = decisions::overridden(ctx.store(), ctx.caller.reach, from, MOST).await?;
    let mut groups: BTreeMap<Group, Vec<i64>> = BTreeMap::new();
    for (reason, kind, difference) in &known {
        groups.entry((*reason, kind.clone(), *difference > 0)).or_default().push(*difference);
    }
    let mut parts = vec![files(query, "overrides"), Part::Table(added_up(groups))];
    if known.len() as u64 == MOST {
        parts.push(Part::Text(format!("Of the newest {} overrides.", grouped(MOST))));
    }
    parts.push(one_by_one(ctx, query, from).await?);
    Ok(Report { parts, ..Report::default() })
}

fn kind_label(kind: Option<&str>) -> String {
    kind.and_then(ClaimKind::from_key).map_or_else(|| "Not noted".into(), |k| crate::error::capital(k.label()))
}

fn reason_label(reason: Option<OverrideReason>) -> &'static str {
    reason.map_or("No reason", OverrideReason::label)
}

/// Each group with how many there are and the median; the most frequent first.
fn added_up(groups: BTreeMap<Group, Vec<i64>>) -> Table {
    let mut table = Table::new(
        "By reason, kind and direction",
        &["Reason", "Kind of claim", "Settled for", "#Overrides", "#Median difference", "Look"],
        "Nobody has overridden a prediction.",
    );
    let mut groups: Vec<(Group, Vec<i64>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, all)| std::cmp::Reverse(all.len()));
    for ((reason, kind, more), mut all) in groups {
        all.sort_unstable();
        let median = Money::from_pence(all[all.len() / 2]);
        let href = format!(
            "/overrides?reason={}&kind={}&way={}",
            reason.map_or("", OverrideReason::key),
            kind.as_deref().unwrap_or_default(),
            if more { "more" } else { "less" }
        );
        table.row(vec![
            Cell::text(reason_label(reason)),
            Cell::Text(kind_label(kind.as_deref())),
            Cell::text(if more { "More" } else { "Less" }),
            Cell::Number(all.len() as i64),
            Cell::Figure(median.signed()),
            Cell::link("One by one", href),
        ]);
    }
    table
}

/// The overrides themselves, with what people wrote where they are one's own company's.
async fn one_by_one(ctx: &Ctx, query: &Query, from: chrono::DateTime<chrono::Utc>) -> Result<Part> {
    let chosen = |name: &str| Some(query.text(name).to_owned()).filter(|text| !text.is_empty());
    let reason = match chosen("reason") {
        None => None,
        Some(key) => Some(
            OverrideReason::from_key(&key).ok_or_else(|| Error::field("reason", "there is no reason of this name"))?,
        ),
    };
    let asked = Overrides {
        reason,
        claim_kind: chosen("kind"),
        more: chosen("way").map(|way| way == "more"),
        from: Some(from),
    };
    let page = query.page();
    let (rows, total) = decisions::overridden_page(ctx.store(), ctx.caller.reach, &asked, (page, PER_PAGE)).await?;
    // An insurer's words stay with the insurer: they may speak of people.
    let own = ctx.caller.reach_company().is_some();
    let mut table = Table::new(
        "One by one, newest first",
        &["Decided", "#Predicted", "#Settled for", "#Difference", "Reason", "Kind of claim", "In their words"],
        "No override of this kind.",
    );
    table.csv = Some("/export/overrides.csv".into());
    for decision in &rows {
        let difference = decision.predicted.and_then(|p| decision.amount.checked_sub(p));
        table.row(vec![
            match decision.prediction {
                Some(prediction) => super::predictions::link(prediction, decision.at),
                None => Cell::Time(decision.at.into()),
            },
            Cell::money(decision.predicted),
            Cell::Money(decision.amount),
            difference.map_or(Cell::Empty, |d| Cell::Figure(d.signed())),
            Cell::text(reason_label(decision.reason)),
            Cell::Text(kind_label(decision.claim_kind.as_deref())),
            match (own, decision.note.is_empty()) {
                (false, _) => Cell::Badge("With the insurer".into(), Tone::Plain),
                (true, true) => Cell::Empty,
                (true, false) => Cell::text(&decision.note),
            },
        ]);
    }
    if own {
        for decision in rows.iter().filter(|d| !d.note.is_empty()) {
            ctx.note_read(decision.company, decision.claim).await?;
        }
    }
    Ok(Part::List(Page { table, total, page, pages: pages(total, PER_PAGE) }))
}
