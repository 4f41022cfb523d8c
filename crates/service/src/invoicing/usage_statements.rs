//! The use of a period, frozen before it is invoiced, for the client to confirm or to query (story 77).

use billing::{Month, Period, Span, agreement};
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Page, Table, Tone, grouped, pages};
use domain::calendar::{after_weekdays, london_date};
use domain::id::CompanyId;
use domain::policy::{Permission, Reach};
use serde_json::json;
use store::usage::{self, Stands};
use store::usage_statements::{self as statements, State, Statement};
use store::{StoreError, companies, invoices};

use super::agreements::{self, Usage, agreed, rules};
use crate::acts::{Done, Kind};
use crate::names::Names;
use crate::reports::parts::unnamed;
use crate::reports::{Cursor, Query};
use crate::secret::digest;
use crate::{Ctx, Error, Result, id_from};

/// Weekdays in which a statement can be answered; then it counts as accepted.
const WINDOW: u32 = 5;
const PER_PAGE: u64 = 50;

/// Freezes the use of every period that ended with last month and has no statement, and says how many.
pub async fn freeze_all(ctx: &Ctx) -> Result<u64> {
    ctx.require(Permission::PrepareInvoices)?;
    let month = Month::at(ctx.now).previous();
    let mut made = 0;
    for company in companies::list(ctx.store(), Reach::Operator).await?.into_iter().filter(|c| !c.operator) {
        let rules = rules(&agreed(ctx.store(), company.id).await?);
        let cycle = agreement::on(&rules, month.last_day()).map(|a| a.cycle).unwrap_or_default();
        let period = cycle.period(month);
        if period.last == month {
            made += u64::from(freeze(ctx, company.id, period).await?);
        }
    }
    Ok(made)
}

/// Freezes the use of a period; whether there was none.
pub async fn freeze(ctx: &Ctx, company: CompanyId, period: Period) -> Result<bool> {
    ctx.require(Permission::PrepareInvoices)?;
    let span = period.span();
    if statements::of_period(ctx.store(), company, span.from).await?.is_some() {
        return Ok(false);
    }
    let (from, until) = agreements::instants(span);
    let used = read(ctx, company, span).await?;
    let (_, free) = usage::count(ctx.store(), company, from, until).await?;
    let mut rows: std::collections::BTreeMap<(String, String), u64> = std::collections::BTreeMap::new();
    for u in &used.used {
        *rows.entry((u.of.channel.clone(), u.of.model.clone())).or_default() += u.units;
    }
    let statement = Statement {
        id: ctx.id(),
        company,
        period: span,
        charged: used.units(),
        free,
        rows: rows.into_iter().map(|((channel, model), units)| (channel, model, units)).collect(),
        hash: hash(&used),
        state: State::Open,
        words: String::new(),
        answered_by: None,
        answered_at: None,
        lapses_on: after_weekdays(london_date(ctx.now), WINDOW),
        made_at: ctx.now,
    };
    let tx = ctx.begin().await?;
    match statements::create(&tx, &statement).await {
        Ok(()) => {}
        Err(StoreError::Conflict(_)) => return Ok(false),
        Err(other) => return Err(other.into()),
    }
    let details = json!({ "period": period.words(), "charged": statement.charged });
    tx.commit(ctx.audit(Some(company), "usage.stated", "usage_statement", statement.id, details)).await?;
    Ok(true)
}

/// All billable use of a period, whether it is invoiced or not, a row a day and kind.
async fn read(ctx: &Ctx, company: CompanyId, span: Span) -> Result<Usage> {
    let (from, until) = agreements::instants(span);
    Usage::read(ctx.store(), company, (Some(from), until), Stands::Anywhere).await
}

fn hash(used: &Usage) -> String {
    let rows: Vec<String> =
        used.used.iter().map(|u| format!("{}|{}|{}|{}", u.day, u.of.channel, u.of.model, u.units)).collect();
    digest(rows.join("\n").as_bytes())
}

/// What stands against invoicing a period, in words: the client's question, or that they may still ask.
pub(super) async fn flag(ctx: &Ctx, company: CompanyId, span: Span) -> Result<Option<String>> {
    let Some(found) = statements::of_period(ctx.store(), company, span.from).await? else { return Ok(None) };
    Ok(match found.state {
        State::Queried => Some(format!("The client asks about its usage: {}", found.words)),
        State::Open if london_date(ctx.now) <= found.lapses_on => {
            let day = found.lapses_on.format("%-d %B %Y");
            Some(format!("The client has not confirmed its usage: it may ask about it until {day}."))
        }
        State::Open | State::Confirmed => None,
    })
}

/// Refuses to issue what the client asks about.
pub(super) async fn settled(tx: &store::Tx, company: CompanyId, span: Span) -> Result<()> {
    let found = statements::of_period(tx, company, span.from).await?;
    match found.filter(|s| s.state == State::Queried) {
        Some(found) => {
            let words =
                format!("The client asks about its usage: {} Answer it; when they confirm, issue it.", found.words);
            Err(Error::refused(ErrorKind::Conflict, words))
        }
        None => Ok(()),
    }
}

/// Confirms the use of a period.
pub static CONFIRM: Kind = Kind {
    name: "usage.confirm",
    needs: Some(Permission::AnswerUsage),
    run: |ctx, entries| {
        Box::pin(async move {
            answer(ctx, entries.text("id"), State::Confirmed, "").await?;
            Ok(Done::said("Confirmed."))
        })
    },
};

/// Asks about the use of a period: its invoice waits for somebody to look.
pub static QUERY: Kind = Kind {
    name: "usage.query",
    needs: Some(Permission::AnswerUsage),
    run: |ctx, entries| {
        Box::pin(async move {
            let words = entries.needed("words", 500, "say what is not as you count it")?;
            answer(ctx, entries.text("id"), State::Queried, &words).await?;
            Ok(Done::said("Your question is with Solatium’s finance: the invoice waits for it."))
        })
    },
};

async fn answer(ctx: &Ctx, id: &str, state: State, words: &str) -> Result<()> {
    let statement = statements::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    if london_date(ctx.now) > statement.lapses_on {
        let words = "The time to answer has passed: write to Solatium’s finance about its invoice.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let tx = ctx.begin().await?;
    statements::answer(&tx, statement.id, state, words, &ctx.caller.actor.name(), ctx.now).await?;
    let action = if state == State::Confirmed { "usage.confirmed" } else { "usage.queried" };
    let details = json!({ "period": statement.period.words() });
    tx.commit(ctx.audit(Some(statement.company), action, "usage_statement", statement.id, details)).await?;
    Ok(())
}

fn standing(ctx: &Ctx, statement: &Statement) -> Cell {
    let (words, tone) = match statement.state {
        State::Confirmed => ("Confirmed", Tone::Good),
        State::Queried => ("Queried", Tone::Notice),
        State::Open if london_date(ctx.now) > statement.lapses_on => ("Accepted by lapse", Tone::Plain),
        State::Open => ("To confirm", Tone::Notice),
    };
    Cell::Badge(words.into(), tone)
}

async fn listed(ctx: &Ctx, number: u64) -> Result<(Table, u64)> {
    let (all, total) = statements::page(ctx.store(), ctx.caller.reach, number, PER_PAGE).await?;
    let names = Names::of(ctx, all.iter().map(|s| s.company.to_string()).collect::<Vec<_>>()).await?;
    let columns = ["Period", "Company", "#Charged", "#Free", "Answer by", "Standing"];
    let mut table = Table::new("Usage statements", &columns, "None yet: they are made when a period has ended.");
    for statement in all {
        table.row(vec![
            Cell::link(statement.period.words(), format!("/usage-statements/{}", statement.id)),
            Cell::Text(names.company(statement.company)),
            Cell::Number(statement.charged as i64),
            Cell::Number(statement.free as i64),
            Cell::Date(statement.lapses_on.into()),
            standing(ctx, &statement),
        ]);
    }
    Ok((table, total))
}

/// The page of all statements.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let number = query.page();
    let (table, total) = listed(ctx, number).await?;
    let list = Page { table, total, page: number, pages: pages(total, PER_PAGE) };
    Ok(Report { parts: vec![Part::List(list)], ..Report::default() })
}

pub(crate) async fn more(ctx: &Ctx, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    ctx.require(Permission::ReadUsage)?;
    let number = Cursor::page(after);
    let (table, _) = listed(ctx, number).await?;
    let next = table.rows.len() as u64 == PER_PAGE;
    Ok((table, next.then_some(Cursor::Page(number + 1))))
}

/// The page of one statement.
pub(crate) async fn one(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        return Ok(unnamed("Choose a statement.", "Usage statements", "/usage-statements"));
    }
    let statement = statements::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    let company = companies::find(ctx.store(), Reach::Operator, statement.company).await?;
    let mut table = Table::new("What is to be charged", &["How it came in", "Answered by", "#Predictions"], "Nothing.");
    for (channel, model, units) in &statement.rows {
        let model = if model == "own" { "their own model" } else { "the shared model" };
        table.row(vec![Cell::text(channel), Cell::text(model), Cell::Number(*units as i64)]);
    }
    let mut parts = vec![Part::Table(table)];
    let now = read(ctx, statement.company, statement.period).await?;
    if hash(&now) != statement.hash {
        let words = format!(
            "{} predictions of this period are known now, {} were when this was frozen: the others stand on the next invoice.",
            grouped(now.units()),
            grouped(statement.charged)
        );
        parts.push(Part::Notice(Tone::Notice, words));
    }
    if statement.state == State::Queried {
        parts.push(Part::Notice(Tone::Notice, format!("Queried: {}", statement.words)));
    }
    let answers = statement.state != State::Confirmed && london_date(ctx.now) <= statement.lapses_on;
    if answers && ctx.caller.holds(Permission::AnswerUsage) {
        parts.extend(forms(&statement));
    }
    parts.push(Part::Text(format!(
        "Frozen on {}, SHA-256 {}. Without an answer by {} it counts as accepted.",
        domain::calendar::words(statement.made_at),
        statement.hash,
        statement.lapses_on.format("%-d %B %Y")
    )));
    let mut actions = vec![("Usage statements".into(), "/usage-statements".into())];
    let invoice = invoices::of_period(ctx.store(), statement.company, statement.period.from).await?;
    let seen = |i: &invoices::Invoice| i.number.is_some() || ctx.caller.holds(Permission::PrepareInvoices);
    if let Some(invoice) = invoice.filter(|i| ctx.caller.holds(Permission::ReadInvoices) && seen(i)) {
        actions.insert(0, ("Its invoice".into(), format!("/invoices/{}", invoice.id)));
    }
    Ok(Report {
        title: format!("Usage of {}", statement.period.words()),
        lead: format!(
            "{}: {} charged, {} free (re-runs of a claim)",
            company.name,
            grouped(statement.charged),
            grouped(statement.free)
        ),
        actions,
        parts,
        ..Report::default()
    })
}

fn forms(statement: &Statement) -> Vec<Part> {
    let with = vec![("id".to_owned(), statement.id.to_string())];
    let confirm = Form {
        act: CONFIRM.name.into(),
        id: "y".into(),
        title: "Confirm it".into(),
        lead: "You count it so too: it is charged by your contract.".into(),
        with: with.clone(),
        submit: "Confirm".into(),
        primary: true,
        ..Form::default()
    };
    let query = Form {
        act: QUERY.name.into(),
        id: "q".into(),
        title: "Ask about it".into(),
        with,
        inputs: vec![Input::new("words", "What is not as you count it", Asks::Words).required()],
        submit: "Send the question".into(),
        folded: true,
        ..Form::default()
    };
    vec![Part::Form(confirm), Part::Form(query)]
}
