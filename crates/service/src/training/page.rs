//! Retraining: the plan, what runs, what came of it (story 25).

use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Page, Table, Tone, grouped, pages};
use domain::calendar::words;
use domain::money::whole_pounds as pounds;
use domain::policy::Permission;
use store::jobs::State;
use store::retrainings::{self, End, Retraining};
use store::schedules::Schedule;
use store::{jobs as waiting, models, schedules};

use super::plan::{self, Plan, next_times};
use super::run::Body;
use crate::jobs::{self, schedule};
use crate::models::deploys_for;
use crate::reports::{Cursor, Query};
use crate::{Ctx, Result, id_from};

const PER_PAGE: u64 = 20;
/// Ticks that are shown.
const TICKS: u64 = 10;

pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    if !query.text("id").is_empty() {
        return one(ctx, query.text("id")).await;
    }
    let company = deploys_for(ctx);
    let (plan, planned) = plan::of(ctx, company).await?;
    let number = query.page();
    let (rows, total) = retrainings::list(ctx.store(), company, (number, PER_PAGE)).await?;
    let mut parts = under_way(ctx).await?;
    let again = (!parts.is_empty()).then_some(3);
    parts.extend(broken_off(ctx).await?);
    parts.push(in_force(&plan, planned.as_ref().map(|s| s.cron.as_str())));
    parts.push(Part::List(Page { table: listed(&rows), total, page: number, pages: pages(total, PER_PAGE) }));
    if let Some(planned) = &planned {
        parts.push(Part::Table(times(&planned.cron, ctx)?));
        parts.push(Part::Table(ticks(ctx, &planned.name).await?));
    }
    if ctx.caller.holds(Permission::UploadModels) {
        parts.push(Part::Form(form(&plan, planned.as_ref())));
        let act = |act: &str, id: &str, submit: &str, lead: &str| Form {
            act: act.into(),
            id: id.into(),
            title: submit.into(),
            lead: lead.into(),
            submit: submit.into(),
            folded: true,
            ..Form::default()
        };
        let lead = "As the plan says, on what is known by now. It takes up to some minutes, at low priority, and can be \
                    cancelled; nothing is deployed by it.";
        parts.push(Part::Form(act(plan::NOW.name, "now", "Retrain now", lead)));
        if planned.is_some() {
            let lead = "Nothing is retrained any more but what a person asks for. What has ended stays.";
            let with = vec![("seen".to_owned(), seen(planned.as_ref()))];
            parts.push(Part::Form(Form { with, ..act(plan::UNPLAN.name, "unplan", "Plan no more", lead) }));
        }
    }
    Ok(Report { parts, again, ..Report::default() })
}

/// Retrainings of the last month of which there is no row: somebody cancelled them, or they failed.
async fn broken_off(ctx: &Ctx) -> Result<Option<Part>> {
    let since = ctx.now - chrono::Duration::days(30);
    let kind = jobs::model_retrain::KIND.key;
    let mut ended = waiting::ended_since(ctx.store(), ctx.caller.reach, kind, since, 20).await?;
    ended.retain(|job| job.company == deploys_for(ctx) && matches!(job.state, State::Cancelled | State::Failed));
    let names =
        crate::names::Names::of(ctx, ended.iter().map(|job| job.created_by.clone()).collect::<Vec<_>>()).await?;
    let mut table = Table::new("Cancelled or failed in the last month", &["Ended", "What", "Asked for by", "Why"], "");
    for job in &ended {
        let (words, tone) = match job.state {
            State::Cancelled => ("Cancelled", Tone::Plain),
            _ => ("Failed", Tone::Bad),
        };
        table.row(vec![
            Cell::time(job.finished_at),
            Cell::Badge(words.into(), tone),
            Cell::Text(names.actor(&job.created_by)),
            job.error.as_ref().map_or(Cell::Empty, Cell::text),
        ]);
    }
    Ok((!ended.is_empty()).then_some(Part::Table(table)))
}

/// The families by their keys.
const FAMILIES: [(&str, &str); 3] =
    [("all", "All that explain themselves exactly"), ("histogram", "Boosted trees"), ("elasticnet", "A linear model")];

/// What is planned, in words.
fn in_force(plan: &Plan, cron: Option<&str>) -> Part {
    let Some(cron) = cron else {
        let words = "Nothing is planned: a model is retrained only where somebody asks for it.";
        return Part::Notice(Tone::Plain, words.into());
    };
    let yes = |is: bool| Cell::text(if is { "Yes" } else { "No" });
    let mut table = Table::new("The plan in force", &["What", "As planned"], "");
    let mut row = |what: &str, cell: Cell| table.row(vec![Cell::text(what), cell]);
    row(
        "When",
        Cell::Text(format!("{}, by London’s clocks ({cron}).", schedule::in_words(cron).trim_end_matches('.'))),
    );
    row(
        "What is tried",
        Cell::text(FAMILIES.iter().find(|(key, _)| *key == plan.family).map_or("", |(_, label)| label)),
    );
    row("Amounts set without sight of a prediction are learnt from", yes(plan.unanchored));
    row("Also when an alert opens, at most once a week", yes(plan.on_drift));
    Part::Table(table)
}

/// What tells one plan from another that was made meanwhile.
pub(super) fn seen(schedule: Option<&Schedule>) -> String {
    schedule.map_or_else(String::new, |s| crate::secret::digest(format!("{} {}", s.cron, s.payload).as_bytes()))
}

/// All of them, for a file.
pub(crate) async fn more(ctx: &Ctx, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    let page = Cursor::page(after);
    let (rows, _) = retrainings::list(ctx.store(), deploys_for(ctx), (page, PER_PAGE)).await?;
    let further = (rows.len() as u64 == PER_PAGE).then_some(Cursor::Page(page + 1));
    Ok((listed(&rows), further))
}

/// What waits or runs.
async fn under_way(ctx: &Ctx) -> Result<Vec<Part>> {
    let reach = ctx.caller.reach;
    let mut parts = Vec::new();
    for job in waiting::under_way(ctx.store(), reach, jobs::model_retrain::KIND.key, 50).await? {
        if job.company != deploys_for(ctx) {
            continue;
        }
        let words = match job.progress {
            Some((done, of)) => format!("A retraining runs: {}% done.", 100 * done / of.max(1)),
            None => "A retraining waits for its turn.".to_owned(),
        };
        parts.push(Part::Notice(Tone::Notice, words));
        if ctx.caller.holds(Permission::UploadModels) {
            parts.push(Part::Form(Form {
                act: plan::STOP.name.into(),
                id: "stop".into(),
                with: vec![("id".into(), job.id.to_string())],
                submit: "Cancel it".into(),
                ..Form::default()
            }));
        }
    }
    Ok(parts)
}

fn badge(end: End) -> Cell {
    let tone = match end {
        End::Candidate => Tone::Good,
        End::Rejected => Tone::Notice,
        End::Skipped => Tone::Plain,
    };
    Cell::Badge(end.label().into(), tone)
}

fn listed(rows: &[Retraining]) -> Table {
    let mut table = Table::new(
        "Retrainings",
        &["Ended", "Result", "Why", "#Labels", "#Outcomes among them"],
        "Nothing has been retrained yet. Plan it below, or retrain now.",
    );
    for row in rows {
        table.row(vec![
            Cell::link(words(row.ended_at), format!("/retraining?id={}", row.id)),
            badge(row.end),
            Cell::text(&row.reason),
            Cell::Number(row.labels.into()),
            Cell::Number(row.outcomes.into()),
        ]);
    }
    table
}

fn times(cron: &str, ctx: &Ctx) -> Result<Table> {
    let mut table = Table::new("The next five times", &["When, in London"], "");
    for at in next_times(cron, ctx.now, 5)? {
        table.row(vec![Cell::Time(at.into())]);
    }
    Ok(table)
}

async fn ticks(ctx: &Ctx, name: &str) -> Result<Table> {
    let mut table = Table::new("When it was due", &["Due", "What became of it"], "It has not been due yet.");
    for tick in schedules::ticks(ctx.store(), name, TICKS).await? {
        let became = tick.skipped.unwrap_or_else(|| "It was done: see above.".into());
        table.row(vec![Cell::Time(tick.due_at.into()), Cell::Text(became)]);
    }
    Ok(table)
}

fn form(plan: &Plan, planned: Option<&Schedule>) -> Form {
    let cron = planned.map(|s| s.cron.as_str());
    let wanted = cron.unwrap_or(plan::OFTEN[0].0);
    let usual = plan::OFTEN.iter().map(|(key, _)| *key).find(|key| *key == wanted);
    let own = (String::new(), "By the pattern below".to_owned());
    let often = plan::OFTEN.iter().map(|(key, label)| ((*key).to_owned(), (*label).to_owned())).chain([own]).collect();
    let families = FAMILIES.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec();
    Form {
        act: plan::PLAN.name.into(),
        id: "plan".into(),
        title: "Plan retraining".into(),
        lead: "What is better than the version that serves, beyond doubt, becomes a candidate that a person approves. Nothing is deployed by itself.".into(),
        with: vec![("seen".into(), seen(planned))],
        inputs: vec![
            Input::new("often", "How often", Asks::Choice(often)).value(usual.unwrap_or_default()),
            Input::new("cron", "Or by a pattern", Asks::Text)
                .hint("Minute, hour, day of the month, month, day of the week, by London’s clocks: “0 3 15 * *” is the fifteenth of each month at three.")
                .value(if usual.is_none() { cron.unwrap_or_default() } else { "" }),
            Input::new("family", "What is tried", Asks::Choice(families)).value(&plan.family),
            Input::new("unanchored", "Learn also from amounts that were set without sight of a prediction", Asks::Tick)
                .value(plan.unanchored.to_string()),
            Input::new("on_drift", "Also when an alert opens, at most once a week", Asks::Tick).value(plan.on_drift.to_string()),
        ],
        submit: "Plan it".into(),
        folded: cron.is_some(),
        ..Form::default()
    }
}

/// One retraining: checks, what was tried, the comparison.
async fn one(ctx: &Ctx, id: &str) -> Result<Report> {
    let row = retrainings::find(ctx.store(), deploys_for(ctx), id_from(id)?).await?;
    let body: Body = serde_json::from_str(&row.body)?;
    let tone = match row.end {
        End::Candidate => Tone::Good,
        End::Rejected => Tone::Notice,
        End::Skipped => Tone::Plain,
    };
    let mut parts = vec![Part::Notice(tone, row.reason.clone())];
    if let Some(model) = row.model {
        let manifest: ml::Manifest = serde_json::from_str(&models::named(ctx.store(), model).await?.manifest)?;
        parts.push(Part::Links(vec![("Open the candidate".into(), format!("/models/{model}"))]));
        parts.push(Part::Text(format!(
            "It learnt from {} labels. For its own figures those that settled for the same to the pound are kept together, in {} \
             groups, so that a copy of a claim is never in both what is learnt from and what is judged.",
            grouped(row.labels.unsigned_abs().into()),
            grouped(manifest.training.claims as u64)
        )));
    }
    let mut checks = Table::new("Checks of the data", &["Check", "Result", "Found", "Claims"], "None was run.");
    for check in &body.checks {
        let badge = match (check.passed, check.decisive) {
            (true, _) => Cell::Badge("Passed".into(), Tone::Good),
            (false, true) => Cell::Badge("Failed".into(), Tone::Bad),
            (false, false) => Cell::Badge("To look at".into(), Tone::Notice),
        };
        let claims: Vec<String> = check.claims.iter().map(ToString::to_string).collect();
        checks.row(vec![Cell::text(&check.name), badge, Cell::text(&check.found), Cell::Text(claims.join(" "))]);
    }
    parts.push(Part::Table(checks));
    let table = |title: &str, rows: Vec<&(String, f64)>| {
        let mut table = Table::new(title, &["Model", "#Mean error"], "Nothing was trained.");
        for (name, mae) in rows {
            table.row(vec![Cell::text(name), Cell::Figure(pounds(*mae))]);
        }
        table
    };
    if !body.tried.is_empty() {
        parts.push(Part::Table(table("Which was nearest before them", body.tried.iter().collect())));
    }
    let tried = table("On the newest true outcomes", body.candidate.iter().chain(&body.champion).collect());
    parts.push(Part::Table(tried));
    if let Some(d) = body.difference {
        parts.push(Part::Text(format!(
            "The candidate’s mean error is {} than that of what serves by {}, over {} true outcomes; 95% interval of the \
             difference {} to {}.",
            if d.value < 0.0 { "less" } else { "more" },
            signed(d.value.abs()).trim_start_matches('+'),
            body.held_out,
            signed(d.low),
            signed(d.high)
        )));
    }
    parts.push(Part::Text(format!("Labels: SHA-256 {}. The snapshot keeps ids alone.", row.data)));
    Ok(Report {
        title: format!("Retraining of {}", words(row.ended_at)),
        actions: vec![("All retrainings".into(), "/retraining".into())],
        parts,
        ..Report::default()
    })
}

fn signed(value: f64) -> String {
    domain::Money::from_pence((100.0 * value).round() as i64).signed()
}
