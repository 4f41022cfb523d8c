//! Predictions, decisions and overrides, without personal data (story 26). Their download has more
//! columns than a page has room for: `exports` makes it.

use chrono::{DateTime, Utc};
use contract::page::{Asks, Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::calendar::words;
use domain::id::PredictionId;
use domain::policy::Permission;
use domain::settlement::DecisionKind;
use store::StoreError;
use store::decisions::Decision;
use store::predictions::{self, Prediction, PredictionQuery};

use super::outcomes::{files, insurers, versions};
use super::parts::{filter, only};
use super::{Kind, Query};
use crate::claims::waterfall;
use crate::exports::Narrowed;
use crate::exports::predictions::with_decisions;
use crate::{Ctx, Result, id_from, models};

const PER_PAGE: u64 = 50;

pub static KIND: Kind = Kind {
    name: "predictions",
    title: "Predictions",
    lead: "What was predicted and what people made of it. No personal data.",
    needs: Some(Permission::ExportPredictions),
    filters: |ctx, query| {
        Box::pin(async move {
            let mut filters = vec![only(query, "overridden", "Overridden only"), versions(ctx, query).await?];
            filters.extend(insurers(ctx, query).await?);
            filters.extend([
                filter(query, "from", "Predicted from", Asks::Date),
                filter(query, "to", "until", Asks::Date),
            ]);
            Ok(filters)
        })
    },
    body: |ctx, query| Box::pin(body(ctx, query)),
    // Their file is made by `exports`.
    more: None,
};

/// To the page of one, from a row that tells when it was made or known.
pub(crate) fn link(id: PredictionId, at: DateTime<Utc>) -> Cell {
    Cell::link(words(at), format!("/predictions?id={id}"))
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    if !query.text("id").is_empty() {
        return one(ctx, query.text("id")).await;
    }
    let number = query.page();
    let mut table = Table::new(
        "Predictions and what people made of them",
        &["Predicted", "Model", "#Predicted amount", "#Range from", "#to", "#Decided", "Decision", "Reason"],
        if query.without_page().is_empty() {
            "No prediction has been made yet."
        } else {
            "No prediction fits these filters."
        },
    );
    table.csv = Some("/export/predictions.csv".into());
    let narrowed = Narrowed::of(query)?;
    let registry = models::list::Registry::of(ctx).await?;
    let asked = PredictionQuery {
        page: number,
        per_page: PER_PAGE,
        decided: narrowed.overridden.then_some(DecisionKind::Overridden),
        model: narrowed.model,
        from: narrowed.from,
        until: narrowed.until,
    };
    let (rows, total) = predictions::list(ctx.store(), narrowed.reach(ctx), &asked).await?;
    for (prediction, decision) in with_decisions(ctx, rows).await? {
        let name = registry.named(prediction.model).unwrap_or_else(|| "a model of theirs".into());
        table.row(cells(&prediction, name, decision.as_ref()));
    }
    Ok(KIND.page(vec![
        files(query, "predictions"),
        Part::List(Page { table, total, page: number, pages: pages(total, PER_PAGE) }),
    ]))
}

/// One: how it came about, and what became of it. Without what is personal of its claim.
async fn one(ctx: &Ctx, id: &str) -> Result<Report> {
    let prediction = predictions::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    // How an amount came about says what was claimed: whoever looks has read the claim.
    ctx.note_read(prediction.company, prediction.claim).await?;
    let registry = models::list::Registry::of(ctx).await?;
    let outcomes = store::outcomes::of_claims(ctx.store(), ctx.caller.reach, &[prediction.claim]).await?;
    let (model, at) = (prediction.model, prediction.at);
    let steps = waterfall::of(&prediction);
    let (prediction, decision) = with_decisions(ctx, vec![prediction]).await?.pop().ok_or(StoreError::NotFound)?;
    let mut facts = Table::new("What became of it", &["What", "Of this prediction"], "");
    let mut row = |what: &str, cell: Cell| facts.row(vec![Cell::text(what), cell]);
    let name = registry.named(model).unwrap_or_else(|| "a model of theirs".into());
    row("Model", Cell::link(name, format!("/models/{model}")));
    row("Predicted", Cell::Money(prediction.amount));
    row("Range", Cell::Text(format!("{} to {}", prediction.lower, prediction.upper)));
    if let Some(decision) = &decision {
        row("Decision", Cell::text(decision.kind.label()));
        row("Decided", Cell::Money(decision.amount));
        if let Some(reason) = decision.reason {
            row("Reason", Cell::text(reason.label()));
        }
    }
    for outcome in &outcomes {
        row("Finally settled for", Cell::Money(outcome.amount));
        row("Which counts as", Cell::Text(format!("{}: {}", outcome.tier.key(), outcome.tier.words())));
    }
    let parts = vec![
        Part::Table(facts),
        Part::Chart(steps),
        Part::Links(vec![(
            "How predictions come about".into(),
            format!("/help/explanation?prediction={}", prediction.id),
        )]),
    ];
    Ok(Report {
        title: format!("Prediction of {}", words(at)),
        actions: vec![("All predictions".into(), "/predictions".into())],
        parts,
        ..Report::default()
    })
}

fn cells(prediction: &Prediction, model: String, decision: Option<&Decision>) -> Vec<Cell> {
    let tone = |kind| match kind {
        DecisionKind::Accepted => Tone::Good,
        DecisionKind::Overridden => Tone::Notice,
        DecisionKind::Manual => Tone::Plain,
    };
    vec![
        link(prediction.id, prediction.at),
        Cell::Text(model),
        Cell::Money(prediction.amount),
        Cell::Money(prediction.lower),
        Cell::Money(prediction.upper),
        Cell::money(decision.map(|d| d.amount)),
        decision.map_or(Cell::Empty, |d| Cell::Badge(d.kind.label().into(), tone(d.kind))),
        decision.and_then(|d| d.reason).map_or(Cell::Empty, |r| Cell::text(r.label())),
    ]
}
