//! Fairness reports and what they found. Each reading of one is in the audit log.

use chart::dots;
use contract::page::{Asks, Chart, Form, Input, Part, Report as Page};
use contract::table::{Cell, Page as Listed, Table, Tone, grouped, pages};
use domain::calendar::{london_date, words};
use domain::finding::{JUDGED, SHOWN, State, has_expired};
use domain::money::whole_pounds as pounds;
use serde_json::json;
use store::fairness::{self, Finding, Report};

use super::{Attribute, Body, Mean, Served, acts, is_proxy};
use crate::names::Names;
use crate::reports::{Cursor, Query};
use crate::{Ctx, Result, id_from, jobs, models};

const PER_PAGE: u64 = 20;
const FINDINGS: u64 = 100;

pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Page> {
    match (query.text("id"), query.text("finding")) {
        ("", "") => all(ctx, query).await,
        ("", finding) => answer(ctx, finding).await,
        (id, _) => one(ctx, id).await,
    }
}

async fn all(ctx: &Ctx, query: &Query) -> Result<Page> {
    let number = query.page();
    let (rows, total) = fairness::list(ctx.store(), ctx.caller.reach, (number, PER_PAGE)).await?;
    let found = fairness::findings(ctx.store(), ctx.caller.reach, FINDINGS).await?;
    let table = listed(ctx, &rows).await?;
    let words = "A report is being made: it stands here as soon as it is whole.";
    let (mut parts, again) = jobs::awaited(ctx, &jobs::fairness_report::KIND, |_| true, words).await?;
    parts.push(Part::Table(findings(ctx, &found).await?));
    parts.push(Part::List(Listed { table, total, page: number, pages: pages(total, PER_PAGE) }));
    parts.push(Part::Form(ask(ctx).await?));
    Ok(Page { parts, again, ..Page::default() })
}

/// All reports, for a file.
pub(crate) async fn more(ctx: &Ctx, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    let page = Cursor::page(after);
    let (rows, _) = fairness::list(ctx.store(), ctx.caller.reach, (page, PER_PAGE)).await?;
    let further = (rows.len() as u64 == PER_PAGE).then_some(Cursor::Page(page + 1));
    Ok((listed(ctx, &rows).await?, further))
}

async fn listed(ctx: &Ctx, rows: &[Report]) -> Result<Table> {
    let registry = models::list::Registry::of(ctx).await?;
    let names = Names::of(ctx, rows.iter().map(|r| r.company.to_string()).collect::<Vec<_>>()).await?;
    let mut table = Table::new(
        "Reports",
        &["Made", "Company", "Model", "#Outcomes", "#Findings"],
        "No report has been made yet. One is made on the second of each month, from 100 true outcomes on.",
    );
    for row in rows {
        table.row(vec![
            Cell::link(words(row.at), format!("/fairness?id={}", row.id)),
            Cell::Text(names.company(row.company)),
            Cell::Text(registry.named(row.model).unwrap_or_default()),
            Cell::Number(row.claims.into()),
            Cell::Number(row.found.into()),
        ]);
    }
    Ok(table)
}

fn standing(finding: &Finding, today: chrono::NaiveDate) -> Cell {
    let late = has_expired(finding.due_on, today) && finding.state != State::Closed;
    let tone = match finding.state {
        State::Closed => Tone::Good,
        _ if late => Tone::Bad,
        State::Found => Tone::Bad,
        State::Intervention | State::Retest | State::Accepted => Tone::Notice,
    };
    let late = if late { ", overdue" } else { "" };
    Cell::Badge(format!("{}{late}", finding.state.label()), tone)
}

async fn findings(ctx: &Ctx, found: &[Finding]) -> Result<Table> {
    let today = london_date(ctx.now);
    let ids = found.iter().flat_map(|f| [Some(f.company.to_string()), f.owner.map(|o| o.to_string())]).flatten();
    let names = Names::of(ctx, ids.collect::<Vec<_>>()).await?;
    let mut table = Table::new(
        "Findings",
        &["About", "Company", "#Gap", "Found", "Owner", "By", "Standing"],
        "Nothing has been found.",
    );
    for f in found {
        table.row(vec![
            Cell::link(&f.about, format!("/fairness?finding={}", f.id)),
            Cell::Text(names.company(f.company)),
            Cell::Figure(signed(f.gap)),
            Cell::Time(f.found_at.into()),
            f.owner.map_or(Cell::Empty, |o| Cell::Text(names.actor(&o.to_string()))),
            f.due_on.map_or(Cell::Empty, |day| Cell::Date(day.into())),
            standing(f, today),
        ]);
    }
    Ok(table)
}

async fn ask(ctx: &Ctx) -> Result<Form> {
    let mut inputs = Vec::new();
    if ctx.caller.reach_company().is_none() {
        let all = store::companies::list(ctx.store(), ctx.caller.reach).await?;
        let choices: Vec<_> = all.into_iter().filter(|c| !c.operator).map(|c| (c.id.to_string(), c.name)).collect();
        inputs.push(Input::new("company", "Company", Asks::Choice(choices)).required());
    }
    Ok(Form {
        act: acts::ASK.name.into(),
        id: "ask".into(),
        title: "A report now".into(),
        lead: "Of the model that serves, and of what people decided, on the newest true outcomes.".into(),
        inputs,
        submit: "Make a report".into(),
        folded: true,
        ..Form::default()
    })
}

fn signed(value: f64) -> String {
    domain::Money::from_pence((100.0 * value).round() as i64).signed()
}

fn between(mean: &Mean) -> String {
    if mean.low.is_finite() { format!("{} to {}", signed(mean.low), signed(mean.high)) } else { "–".into() }
}

/// A report. That it was read is recorded.
async fn one(ctx: &Ctx, id: &str) -> Result<Page> {
    let report = fairness::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let tx = ctx.begin().await?;
    tx.commit(ctx.audit(Some(report.company), "fairness.read", "fairness", report.id, json!({}))).await?;
    let body: Body = serde_json::from_str(&report.body)?;
    let registry = models::list::Registry::of(ctx).await?;
    let names = Names::of(ctx, [report.company.to_string()]).await?;
    let mut parts = vec![Part::Text(format!(
        "On {} true outcomes of {}, served by {}. Groups of fewer than {SHOWN} claims are not shown, of fewer than {JUDGED} \
         not judged. The bias is what was said less what was finally paid, on average, with its sign; the gap is the group’s \
         bias less that of all others: above nil more was said or decided for the group than was finally paid, compared with the \
         others.",
        grouped(report.claims.unsigned_abs().into()),
        names.company(report.company),
        registry.named(report.model).unwrap_or_default(),
    ))];
    parts.push(match body.flip {
        Some(flip) if flip.max == 0.0 => Part::Notice(
            Tone::Good,
            format!(
                "The model is told neither gender nor age, so that changing them alone changes no prediction: tried on all {} \
                 claims, £0. What it could tell of them from the rest stands below.",
                grouped(flip.rows as u64)
            ),
        ),
        Some(flip) => Part::Notice(
            Tone::Bad,
            format!("Changing gender and age alone changes {} predictions, by {} at the most: the model must not serve.", flip.changed, pounds(flip.max)),
        ),
        None => Part::Notice(Tone::Plain, "What changing gender and age alone would do could not be said.".into()),
    });
    for attribute in &body.attributes {
        parts.extend(of_attribute(attribute));
    }
    parts.push(Part::Text(format!("Data: SHA-256 {}.", body.data)));
    Ok(Page {
        title: format!("Fairness, {}", words(report.at)),
        actions: vec![("All reports".into(), "/fairness".into())],
        parts,
        ..Page::default()
    })
}

fn of_attribute(attribute: &Attribute) -> Vec<Part> {
    let mut parts = vec![Part::Head(attribute.name.clone())];
    for (who, title) in [("model", "Predictions"), ("people", "What was decided")] {
        let served = |g: &super::Group| if who == "model" { g.model.clone() } else { g.people.clone() };
        let name = format!("{title} by {}", attribute.name.to_lowercase());
        parts.push(Part::Chart(chart(&name, attribute, served)));
    }
    let mut notes = Vec::new();
    if attribute.hidden > 0 {
        notes.push(format!("{} claims are of groups that are too small to be shown.", attribute.hidden));
    }
    if let Some(p) = attribute.parity {
        notes.push(format!(
            "Predictions are {} between groups (p = {p:.3}); that may be because their claims are.",
            if p < 0.01 { "not alike" } else { "alike" }
        ));
    }
    for group in attribute.groups.iter().filter(|g| g.proxy.is_some_and(is_proxy)) {
        if let Some((auc, _)) = group.proxy {
            notes.push(format!(
                "{} can be told from what the model sees better than by chance (AUC {auc:.2}).",
                group.name
            ));
        }
    }
    if !notes.is_empty() {
        parts.push(Part::Text(notes.join(" ")));
    }
    parts
}

fn chart(title: &str, attribute: &Attribute, served: impl Fn(&super::Group) -> Option<Served>) -> Chart {
    let mut table = Table::new(
        title,
        &["Group", "#Claims", "#Mean error", "#Bias", "#Gap", "#95% interval", "#p of all errors", "Verdict"],
        "",
    );
    let mut all = Vec::new();
    for group in &attribute.groups {
        let mut row = vec![Cell::text(&group.name), Cell::Number(group.claims as i64)];
        match served(group) {
            Some(s) => {
                all.push(dots::Dot {
                    label: group.name.clone(),
                    group: "",
                    value: s.gap.value,
                    interval: s.gap.low.is_finite().then_some((s.gap.low, s.gap.high)),
                    expected: None,
                });
                row.extend([
                    Cell::Figure(pounds(s.mae.value)),
                    Cell::Figure(signed(s.bias.value)),
                    Cell::Figure(signed(s.gap.value)),
                    Cell::Figure(between(&s.gap)),
                    Cell::Figure(format!("{:.3}", s.p)),
                    match s.finding {
                        true => Cell::Badge("Finding".into(), Tone::Bad),
                        false => Cell::Badge("Alike".into(), Tone::Good),
                    },
                ]);
            }
            None => {
                row.extend((0..5).map(|_| Cell::Empty));
                row.push(Cell::Badge(format!("Not judged: {} of {JUDGED}", group.claims), Tone::Plain));
            }
        }
        table.row(row);
    }
    Chart {
        title: title.into(),
        hint: "The gap to all others in pounds; lines are 95% intervals over claims.".into(),
        svg: dots::draw(title, &all, Some(0.0), signed),
        table,
    }
}

/// A finding and what can be done about it.
async fn answer(ctx: &Ctx, id: &str) -> Result<Page> {
    let finding = fairness::find_finding(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let ids = [Some(finding.company.to_string()), finding.owner.map(|o| o.to_string())];
    let names = Names::of(ctx, ids.into_iter().flatten().collect::<Vec<_>>()).await?;
    let mut facts = Table::new("How it stands", &["What", "Of this finding"], "");
    facts.row(vec![Cell::text("Standing"), standing(&finding, london_date(ctx.now))]);
    facts.row(vec![Cell::text("Company"), Cell::Text(names.company(finding.company))]);
    facts.row(vec![Cell::text("Gap to all others"), Cell::Figure(signed(finding.gap))]);
    facts.row(vec![Cell::text("Found"), Cell::Time(finding.found_at.into())]);
    if let Some(owner) = finding.owner {
        facts.row(vec![Cell::text("Owner"), Cell::Text(names.actor(&owner.to_string()))]);
    }
    if let Some(day) = finding.due_on {
        facts.row(vec![Cell::text("By"), Cell::Date(day.into())]);
    }
    if !finding.note.is_empty() {
        facts.row(vec![Cell::text("Note"), Cell::text(&finding.note)]);
    }
    let mut parts =
        vec![Part::Table(facts), Part::Links(vec![("The report".into(), format!("/fairness?id={}", finding.report))])];
    for next in State::ALL.into_iter().filter(|next| finding.state.may_become(*next)) {
        parts.push(Part::Form(form(ctx, &finding, next).await?));
    }
    Ok(Page {
        title: finding.about.clone(),
        actions: vec![("All findings".into(), "/fairness".into())],
        parts,
        ..Page::default()
    })
}

async fn form(ctx: &Ctx, finding: &Finding, next: State) -> Result<Form> {
    let (title, lead) = match next {
        State::Intervention => {
            ("Mend it", "Somebody mends it by a day: another recipe, other data, guidance for handlers.")
        }
        State::Retest => (
            "It is mended",
            "The next report tests it again: it is closed if nothing is found, and comes back if it is.",
        ),
        _ => ("Accept the risk", "It stays as it is until a day, for a reason that is kept."),
    };
    let mut inputs = Vec::new();
    if next == State::Intervention {
        let people = acts::owners(ctx, finding.company).await?;
        let people = people.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        inputs.push(Input::new("owner", "Who", Asks::Choice(people)).required());
    }
    if next != State::Retest {
        inputs.push(Input::new("due_on", "By", Asks::Date).required());
    }
    inputs.push(Input::new("note", "What and why", Asks::Words).required());
    Ok(Form {
        act: acts::ANSWER.name.into(),
        id: next.key().into(),
        title: title.into(),
        lead: lead.into(),
        with: vec![
            ("id".into(), finding.id.to_string()),
            ("version".into(), finding.version.to_string()),
            ("state".into(), next.key().into()),
        ],
        inputs,
        submit: title.into(),
        folded: true,
        ..Form::default()
    })
}
