//! The first page after signing in, by role (stories 14, 72), and the team's activity (69).

use std::collections::BTreeMap;

use billing::Month;
use chrono::{DateTime, Duration, Utc};
use contract::dashboard::{Chart, Dashboard, Tile};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::policy::{Gate, Permission, Role};
use domain::settlement::{ClaimStatus, DecisionKind, ReviewStatus};
use store::audit::AuditQuery;
use store::claims::{self, ClaimQuery};
use store::decisions::{self, Decision};
use store::predictions::{self, PredictionQuery};
use store::{audit, companies, invoices, people, reviews, usage};

use crate::claims::decide::QUICK;
use crate::claims::list;
use crate::names::Names;
use crate::{Ctx, Error, Result};
use chart::bars;

/// Days that "lately" covers.
const LATELY: i64 = 30;

pub async fn view(ctx: &Ctx) -> Result<Dashboard> {
    let (_, role, _) = ctx.caller.person()?;
    match role {
        Role::Handler => handler(ctx).await,
        Role::Manager => manager(ctx).await,
        Role::Engineer => engineer(ctx).await,
        Role::Administrator => administrator(ctx).await,
        Role::Finance => finance(ctx).await,
    }
}

fn tile(label: &str, value: impl ToString, hint: impl Into<String>, href: &str) -> Tile {
    let href = (!href.is_empty()).then(|| href.to_owned());
    Tile { label: label.into(), value: value.to_string(), hint: hint.into(), href }
}

fn lately(ctx: &Ctx) -> DateTime<Utc> {
    ctx.now - Duration::days(LATELY)
}

/// `3 of 12 (25%)`, or that there is nothing to share.
fn share(part: usize, of: usize) -> String {
    match of {
        0 => "–".into(),
        of => format!("{}%", (100 * part + of / 2) / of),
    }
}

fn overridden(decisions: &[Decision]) -> usize {
    decisions.iter().filter(|d| d.kind == DecisionKind::Overridden).count()
}

async fn handler(ctx: &Ctx) -> Result<Dashboard> {
    if ctx.caller.gate == Some(Gate::Policy) {
        return Ok(before_policy());
    }
    ctx.require(Permission::ReadClaims)?;
    let me = ctx.caller.actor.name();
    let reach = ctx.caller.reach;
    let mine = ClaimQuery { created_by: Some(me.clone()), page: 1, per_page: 8, ..ClaimQuery::default() };
    let status = |status| ClaimQuery { status: Some(status), ..mine.clone() };
    let open = claims::count(ctx.store(), reach, &status(ClaimStatus::Open)).await?;
    let flagged = claims::count(ctx.store(), reach, &status(ClaimStatus::Flagged)).await?;
    let decided = decisions::between(ctx.store(), reach, lately(ctx), ctx.now, Some(&me)).await?;
    let accepted = decided.iter().filter(|d| d.kind == DecisionKind::Accepted).count();
    let (recent, _) = claims::list(ctx.store(), reach, &mine).await?;
    let mut recently = list::table("Your recent claims", "You have not entered a claim yet.");
    for claim in &recent {
        recently.row(list::row(claim));
    }
    let (oldest, _) = claims::list(
        ctx.store(),
        reach,
        &ClaimQuery { sort: claims::Sort::Oldest, per_page: 5, ..status(ClaimStatus::Open) },
    )
    .await?;
    let mut waiting = list::table("Yours to decide, oldest first", "Nothing waits for your decision.");
    for claim in &oldest {
        waiting.row(list::row(claim));
    }
    Ok(Dashboard {
        title: "Your claims".into(),
        lead: "What waits for you, and what you did lately.".into(),
        tiles: vec![
            tile("To decide", open, "entered by you", "/claims?status=open&mine=true"),
            tile("In review", flagged, "with a manager", "/claims?status=flagged&mine=true"),
            tile("Decided", decided.len(), format!("by you in {LATELY} days"), "/claims?status=decided&mine=true"),
            tile("Accepted", share(accepted, decided.len()), "of your decisions took the predicted amount", ""),
        ],
        charts: vec![weekly(ctx, "Your decisions a week", &decisions_since(ctx, 84, Some(&me)).await?)],
        tables: vec![waiting, recently],
        actions: vec![
            ("Enter a claim".into(), "/claims/new".into()),
            ("Upload a file".into(), "/claims/import".into()),
        ],
    })
}

fn before_policy() -> Dashboard {
    Dashboard {
        title: "Welcome".into(),
        lead: "Before you see your first claim, read and acknowledge the data-protection policy.".into(),
        actions: vec![("Read the policy".into(), "/policy".into())],
        ..Dashboard::default()
    }
}

async fn decisions_since(ctx: &Ctx, days: i64, by: Option<&str>) -> Result<Vec<Decision>> {
    Ok(decisions::between(ctx.store(), ctx.caller.reach, ctx.now - Duration::days(days), ctx.now, by).await?)
}

/// Decisions of the last twelve weeks.
fn weekly(ctx: &Ctx, title: &str, decisions: &[Decision]) -> Chart {
    let mut table = Table::new(title, &["Week ending", "#Decisions", "#Accepted", "#Overridden"], "No decision yet.");
    let mut heights = Vec::new();
    for back in (0..12).rev() {
        let until = ctx.now - Duration::days(7 * back);
        let week: Vec<_> = decisions.iter().filter(|d| d.at <= until && d.at > until - Duration::days(7)).collect();
        let kind = |kind| Cell::Number(week.iter().filter(|d| d.kind == kind).count() as i64);
        let day = london_date(until);
        heights.push((day.format("%-d %b").to_string(), week.len() as f64));
        table.row(vec![
            Cell::Date(day),
            Cell::Number(week.len() as i64),
            kind(DecisionKind::Accepted),
            kind(DecisionKind::Overridden),
        ]);
    }
    Chart { hint: String::new(), title: title.into(), svg: bars::draw(title, &heights, |v| format!("{v:.0}")), table }
}

async fn manager(ctx: &Ctx) -> Result<Dashboard> {
    if ctx.caller.gate == Some(Gate::Policy) {
        return Ok(before_policy());
    }
    ctx.require(Permission::ReadTeam)?;
    let reach = ctx.caller.reach;
    let waiting = reviews::count(ctx.store(), reach, ReviewStatus::Waiting).await?;
    let entered = ClaimQuery { from: Some(lately(ctx)), ..ClaimQuery::default() };
    let entered = claims::count(ctx.store(), reach, &entered).await?;
    let open = ClaimQuery { status: Some(ClaimStatus::Open), ..ClaimQuery::default() };
    let open = claims::count(ctx.store(), reach, &open).await?;
    let quarter = decisions_since(ctx, 84, None).await?;
    let decided: Vec<Decision> = quarter.iter().filter(|d| d.at >= lately(ctx)).cloned().collect();
    let settled = sum(decided.iter().map(|d| d.amount))?;
    let quick = decisions::count_quick(ctx.store(), reach, lately(ctx), ctx.now, QUICK).await?;
    Ok(Dashboard {
        title: "Your company".into(),
        lead: format!("Claims of the last {LATELY} days."),
        tiles: vec![
            tile("Waiting for review", waiting, "flagged by handlers", "/reviews"),
            tile("Entered", entered, format!("in {LATELY} days"), "/claims"),
            tile("To decide", open, "open in all", "/claims?status=open"),
            tile("Decided", decided.len(), format!("for {settled} in all"), "/claims?status=decided"),
            tile("Overridden", share(overridden(&decided), decided.len()), "of decisions", ""),
            tile("Accepted at once", quick, format!("within {QUICK} seconds of the prediction"), ""),
        ],
        charts: vec![weekly(ctx, "Decisions a week", &quarter)],
        tables: vec![team_table(ctx).await?],
        actions: vec![("Review queue".into(), "/reviews".into()), ("The team".into(), "/team".into())],
    })
}

/// What each member of the team did lately (story 69).
pub async fn team(ctx: &Ctx) -> Result<Table> {
    ctx.require(Permission::ReadTeam)?;
    team_table(ctx).await
}

async fn team_table(ctx: &Ctx) -> Result<Table> {
    let reach = ctx.caller.reach;
    let decided = decisions_since(ctx, LATELY, None).await?;
    let mut table = Table::new(
        &format!("The team’s last {LATELY} days"),
        &["Name", "Role", "#Entered", "#Decided", "#Accepted", "#Overridden", "#Still open", "Last sign-in"],
        "Nobody handles claims in your company yet.",
    );
    for person in people::list(ctx.store(), reach).await? {
        if !matches!(person.role, Role::Handler | Role::Manager) {
            continue;
        }
        let id = person.id.to_string();
        let entered = ClaimQuery { created_by: Some(id.clone()), from: Some(lately(ctx)), ..ClaimQuery::default() };
        let open =
            ClaimQuery { created_by: Some(id.clone()), status: Some(ClaimStatus::Open), ..ClaimQuery::default() };
        let own: Vec<_> = decided.iter().filter(|d| d.by == id).collect();
        let kind = |kind| Cell::Number(own.iter().filter(|d| d.kind == kind).count() as i64);
        table.row(vec![
            Cell::link(&person.name, format!("/people/{}", person.id)),
            Cell::text(person.role.label()),
            Cell::Number(claims::count(ctx.store(), reach, &entered).await? as i64),
            Cell::Number(own.len() as i64),
            kind(DecisionKind::Accepted),
            kind(DecisionKind::Overridden),
            Cell::Number(claims::count(ctx.store(), reach, &open).await? as i64),
            Cell::time(person.last_sign_in),
        ]);
    }
    Ok(table)
}

async fn engineer(ctx: &Ctx) -> Result<Dashboard> {
    ctx.require(Permission::ReadModels)?;
    let registry = crate::models::list::list(ctx).await?;
    let query = PredictionQuery { from: Some(lately(ctx)), page: 1, per_page: 1, ..PredictionQuery::default() };
    let (_, predicted) = predictions::list(ctx.store(), ctx.caller.reach, &query).await?;
    let quarter = decisions_since(ctx, 84, None).await?;
    let decided: Vec<Decision> = quarter.iter().filter(|d| d.at >= lately(ctx)).cloned().collect();
    let mut reasons: BTreeMap<&str, i64> = BTreeMap::new();
    for decision in &quarter {
        if let Some(reason) = decision.reason.filter(|_| decision.kind == DecisionKind::Overridden) {
            *reasons.entry(reason.label()).or_default() += 1;
        }
    }
    let mut table = Table::new(
        "Why people overrode, last twelve weeks",
        &["Reason", "#Overrides"],
        "Nobody has overridden a prediction.",
    );
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(label, count)| (-count, *label));
    for (label, count) in reasons {
        table.row(vec![Cell::text(label), Cell::Number(count)]);
    }
    Ok(Dashboard {
        title: "Models".into(),
        lead: match &registry.serving {
            Some(name) => format!("{name} serves now."),
            None => "No model is deployed: claims are decided by hand.".into(),
        },
        tiles: vec![
            tile(
                "Serving",
                registry.serving.clone().unwrap_or_else(|| "None".into()),
                "the deployed version",
                "/models",
            ),
            tile("Versions", registry.choices.len(), "in the registry", "/models"),
            tile("Predictions", predicted, format!("in {LATELY} days"), "/predictions"),
            tile(
                "Overridden",
                share(overridden(&decided), decided.len()),
                format!("of decisions in {LATELY} days"),
                "/predictions?overridden=true",
            ),
        ],
        charts: vec![weekly(ctx, "Decisions a week", &quarter)],
        tables: vec![table],
        actions: vec![
            ("Upload a model".into(), "/models/upload".into()),
            ("Compare versions".into(), "/models/compare".into()),
        ],
    })
}

async fn administrator(ctx: &Ctx) -> Result<Dashboard> {
    ctx.require(Permission::ReadPeople)?;
    let everyone = people::list(ctx.store(), ctx.caller.reach).await?;
    let active = everyone.iter().filter(|p| p.active).count();
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    let since = |action: &str| AuditQuery {
        action: action.into(),
        from: Some(ctx.now - Duration::days(1)),
        page: 1,
        per_page: 1,
        ..AuditQuery::default()
    };
    let (_, refused) = audit::list(ctx.store(), ctx.caller.reach, &since("session.refused")).await?;
    let (_, actions) = audit::list(ctx.store(), ctx.caller.reach, &since("")).await?;
    let query = AuditQuery { page: 1, per_page: 10, ..AuditQuery::default() };
    let recent = crate::admin::audit::page(ctx, ctx.caller.reach, &query, "Latest actions").await?;
    Ok(Dashboard {
        title: "Administration".into(),
        lead: "People, companies and what happens in the system.".into(),
        tiles: vec![
            tile("People", active, format!("active of {}", everyone.len()), "/people"),
            tile("Companies", all.iter().filter(|c| !c.operator).count(), "insurers", "/companies"),
            tile("Actions", actions, "in 24 hours", "/audit"),
            tile("Refused sign-ins", refused, "in 24 hours", "/audit?action=session.refused"),
        ],
        charts: Vec::new(),
        tables: vec![recent.table],
        actions: vec![("Add a person".into(), "/people/new".into())],
    })
}

fn sum(amounts: impl Iterator<Item = Money>) -> Result<Money> {
    Money::sum(amounts).ok_or_else(|| Error::internal("a sum is too large"))
}

async fn finance(ctx: &Ctx) -> Result<Dashboard> {
    ctx.require(Permission::ReadInvoices)?;
    let manages = ctx.caller.holds(Permission::ManageInvoices);
    let all = invoices::list(ctx.store(), ctx.caller.reach, !manages).await?;
    let with = |status: billing::InvoiceStatus| all.iter().filter(move |i| i.status == status);
    let owed = sum(with(billing::InvoiceStatus::Issued).map(|i| i.gross))?;
    let today = london_date(ctx.now);
    let overdue = with(billing::InvoiceStatus::Issued).filter(|i| i.due_on.is_some_and(|d| d < today)).count();
    let month = Month::at(ctx.now);
    let used = usage::between(ctx.store(), ctx.caller.reach, month.from(), month.until()).await?;
    let drafts = with(billing::InvoiceStatus::Draft).count() + with(billing::InvoiceStatus::Approved).count();
    let names = Names::of(ctx, all.iter().take(8).map(|i| i.company.to_string())).await?;
    let mut table =
        Table::new("Latest invoices", &["Invoice", "Company", "Period", "#Gross", "Standing"], "No invoice yet.");
    for invoice in all.iter().take(8) {
        table.row(vec![
            Cell::link(invoice.number.clone().unwrap_or_else(|| "Draft".into()), format!("/invoices/{}", invoice.id)),
            Cell::Text(names.company(invoice.company)),
            Cell::Text(Month::of(invoice.period_from).words()),
            Cell::Money(invoice.gross),
            Cell::text(invoice.status.label()),
        ]);
    }
    let mut tiles = vec![
        tile("Predictions", used.len(), month.words(), "/usage"),
        tile("Outstanding", owed, format!("{overdue} overdue"), "/invoices"),
    ];
    let mut charts = Vec::new();
    let mut actions = vec![("Invoices".into(), "/invoices".into())];
    if manages {
        let revenue = crate::invoicing::revenue::view(ctx, "", "").await?;
        tiles.push(tile("To review or issue", drafts, "drafts and approved invoices", "/invoices"));
        tiles.push(tile("Net revenue", revenue.total, "last twelve months", "/revenue"));
        charts.push(Chart {
            hint: String::new(),
            title: "Net revenue by month".into(),
            svg: revenue.by_month_svg,
            table: revenue.by_month,
        });
        actions.push(("Prices".into(), "/prices".into()));
    }
    Ok(Dashboard {
        title: "Billing".into(),
        lead: "Use, invoices and what is owed.".into(),
        tiles,
        charts,
        tables: vec![table],
        actions,
    })
}
