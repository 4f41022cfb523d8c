//! Predictions, decisions and overrides, without personal data (story 26). Their download has more
//! columns than a page has room for: `exports` makes it.

use contract::page::{Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::policy::Permission;
use domain::settlement::DecisionKind;
use store::decisions::Decision;
use store::predictions::{self, Prediction, PredictionQuery};

use super::outcomes::{files, versions};
use super::parts::only;
use super::{Kind, Query};
use crate::exports::Narrowed;
use crate::exports::predictions::with_decisions;
use crate::{Ctx, Result};

const PER_PAGE: u64 = 50;

pub static KIND: Kind = Kind {
    name: "predictions",
    title: "Predictions",
    lead: "What was predicted and what people made of it. No personal data.",
    needs: Some(Permission::ExportPredictions),
    filters: |ctx, query| {
        Box::pin(async move { Ok(vec![only(query, "overridden", "Overridden only"), versions(ctx, query).await?]) })
    },
    body: |ctx, query| Box::pin(body(ctx, query)),
    // Their file is made by `exports`.
    more: None,
};

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let number = query.page();
    let mut table = Table::new(
        "Predictions and what people made of them",
        &["Predicted", "#Predicted amount", "#Range from", "#to", "#Decided", "Decision", "Reason"],
        "No prediction has been made yet.",
    );
    table.csv = Some("/export/predictions.csv".into());
    let narrowed = Narrowed::of(query)?;
    let asked = PredictionQuery {
        page: number,
        per_page: PER_PAGE,
        decided: narrowed.overridden.then_some(DecisionKind::Overridden),
        model: narrowed.model,
        ..PredictionQuery::default()
    };
    let (rows, total) = predictions::list(ctx.store(), ctx.caller.reach, &asked).await?;
    for (prediction, decision) in with_decisions(ctx, rows).await? {
        table.row(cells(&prediction, decision.as_ref()));
    }
    Ok(KIND.page(vec![
        files(query, "predictions"),
        Part::List(Page { table, total, page: number, pages: pages(total, PER_PAGE) }),
    ]))
}

fn cells(prediction: &Prediction, decision: Option<&Decision>) -> Vec<Cell> {
    let tone = |kind| match kind {
        DecisionKind::Accepted => Tone::Good,
        DecisionKind::Overridden => Tone::Notice,
        DecisionKind::Manual => Tone::Plain,
    };
    vec![
        Cell::Time(prediction.at.into()),
        Cell::Money(prediction.amount),
        Cell::Money(prediction.lower),
        Cell::Money(prediction.upper),
        Cell::money(decision.map(|d| d.amount)),
        decision.map_or(Cell::Empty, |d| Cell::Badge(d.kind.label().into(), tone(d.kind))),
        decision.and_then(|d| d.reason).map_or(Cell::Empty, |r| Cell::text(r.label())),
    ]
}
