//! The first page after signing in, by role (stories 14, 72), and the team's activity (69).

use std::collections::BTreeMap;

use billing::Month;
use chrono::{Duration, NaiveDate};
use contract::dashboard::{Chart, Dashboard, Tile};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::policy::{Gate, Permission, Role};
use domain::settlement::{ClaimStatus, DecisionKind, OverrideReason, ReviewStatus};
use store::audit::AuditQuery;
use store::claims::{self, ClaimQuery};
use store::figures::{self, Measure};
use store::{audit, companies, invoices, people, reviews};

use crate::claims::decide::QUICK;
use crate::claims::list;
use crate::names::Names;
use crate::{Ctx, Error, Result};
use chart::bars;

/// Days that "lately" covers.
const LATELY: i64 = 30;
/// Twelve weeks.
const QUARTER: i64 = 84;

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

/// `25%`, or that there is nothing to share.
fn share(part: i64, of: i64) -> String {
    match of {
        0 => "–".into(),
        of => format!("{}%", (100 * part + of / 2) / of),
    }
}

/// Numbers by kind of decision, of some days.
#[derive(Debug, Default, Clone, Copy)]
struct Decided {
    accepted: i64,
    overridden: i64,
    all: i64,
    amount: Money,
}

impl Decided {
    /// `label`: a kind, or a kind and who decided.
    fn add(&mut self, label: &str, number: i64, amount: Money) {
        let kind = label.split('|').next().unwrap_or_default();
        self.all += number;
        self.accepted += if kind == DecisionKind::Accepted.key() { number } else { 0 };
        self.overridden += if kind == DecisionKind::Overridden.key() { number } else { 0 };
        self.amount = self.amount.checked_add(amount).unwrap_or(self.amount);
    }
}

/// Today in London, and the first of so many days that end with it.
fn days(ctx: &Ctx, count: i64) -> (NaiveDate, NaiveDate) {
    let today = london_date(ctx.now);
    (today - Duration::days(count - 1), today)
}

/// Decisions by day, of one person or of all.
async fn decided_by_day(ctx: &Ctx, count: i64, by: Option<&str>) -> Result<Vec<(NaiveDate, Decided)>> {
    let (from, to) = days(ctx, count);
    let measure = if by.is_some() { Measure::DecidedBy } else { Measure::Decided };
    let mut all: BTreeMap<NaiveDate, Decided> = BTreeMap::new();
    for sum in figures::by_day(ctx.store(), ctx.caller.reach, measure, from, to).await? {
        if by.is_none_or(|by| sum.label.ends_with(&format!("|{by}"))) {
            all.entry(sum.of).or_default().add(&sum.label, sum.number, sum.amount);
        }
    }
    Ok(all.into_iter().collect())
}

/// Of the last days among them.
fn of_last(ctx: &Ctx, count: i64, all: &[(NaiveDate, Decided)]) -> Decided {
    let (from, _) = days(ctx, count);
    let mut sum = Decided::default();
    for (_, day) in all.iter().filter(|(day, _)| *day >= from) {
        sum.all += day.all;
        sum.accepted += day.accepted;
        sum.overridden += day.overridden;
        sum.amount = sum.amount.checked_add(day.amount).unwrap_or(sum.amount);
    }
    sum
}

/// How many of a measure there were lately.
async fn lately(ctx: &Ctx, measure: Measure) -> Result<i64> {
    let (from, to) = days(ctx, LATELY);
    let sums = figures::by_company(ctx.store(), ctx.caller.reach, measure, from, to).await?;
    Ok(sums.iter().map(|s| s.number).sum())
}

/// How many claims stand so, of one person or of all.
async fn standing(ctx: &Ctx, status: ClaimStatus, by: Option<&str>) -> Result<i64> {
    let fits = |label: &str| match (label.split_once('|'), by) {
        (Some((key, who)), Some(by)) => key == status.key() && who == by,
        (Some((key, _)), None) => key == status.key(),
        (None, _) => false,
    };
    let all = figures::standing(ctx.store(), ctx.caller.reach).await?;
    Ok(all.iter().filter(|(label, _)| fits(label)).map(|(_, n)| n).sum())
}

async fn handler(ctx: &Ctx) -> Result<Dashboard> {
    if ctx.caller.gate == Some(Gate::Policy) {
        return Ok(before_policy());
    }
    ctx.require(Permission::ReadClaims)?;
    let me = ctx.caller.actor.name();
    let reach = ctx.caller.reach;
    let mine = ClaimQuery { created_by: Some(me.clone()), page: 1, per_page: 8, ..ClaimQuery::default() };
    let open = standing(ctx, ClaimStatus::Open, Some(&me)).await?;
    let flagged = standing(ctx, ClaimStatus::Flagged, Some(&me)).await?;
    let quarter = decided_by_day(ctx, QUARTER, Some(&me)).await?;
    let decided = of_last(ctx, LATELY, &quarter);
    let recent = claims::some(ctx.store(), reach, &mine).await?;
    let mut recently = list::table("Your recent claims", "You have not entered a claim yet.");
    for claim in &recent {
        recently.row(list::row(claim));
    }
    let oldest = claims::some(
        ctx.store(),
        reach,
        &ClaimQuery { sort: claims::Sort::Oldest, per_page: 5, status: Some(ClaimStatus::Open), ..mine.clone() },
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
            tile("Decided", decided.all, format!("by you in {LATELY} days"), "/claims?status=decided&mine=true"),
            tile("Accepted", share(decided.accepted, decided.all), "of your decisions took the predicted amount", ""),
        ],
        charts: vec![weekly(ctx, "Your decisions a week", &quarter)],
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

/// Decisions of the last twelve weeks.
fn weekly(ctx: &Ctx, title: &str, decided: &[(NaiveDate, Decided)]) -> Chart {
    let mut table = Table::new(title, &["Week ending", "#Decisions", "#Accepted", "#Overridden"], "No decision yet.");
    let mut heights = Vec::new();
    for back in (0..12).rev() {
        let until = london_date(ctx.now) - Duration::days(7 * back);
        let mut week = Decided::default();
        for (_, day) in decided.iter().filter(|(day, _)| *day <= until && *day > until - Duration::days(7)) {
            week.all += day.all;
            week.accepted += day.accepted;
            week.overridden += day.overridden;
        }
        heights.push((until.format("%-d %b").to_string(), week.all as f64));
        table.row(vec![
            Cell::Date(until),
            Cell::Number(week.all),
            Cell::Number(week.accepted),
            Cell::Number(week.overridden),
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
    let entered = lately(ctx, Measure::Entered).await?;
    let open = standing(ctx, ClaimStatus::Open, None).await?;
    let quarter = decided_by_day(ctx, QUARTER, None).await?;
    let decided = of_last(ctx, LATELY, &quarter);
    let settled = decided.amount;
    let quick = lately(ctx, Measure::Quick).await?;
    Ok(Dashboard {
        title: "Your company".into(),
        lead: format!("Claims of the last {LATELY} days."),
        tiles: vec![
            tile("Waiting for review", waiting, "flagged by handlers", "/reviews"),
            tile("Entered", entered, format!("in {LATELY} days"), "/claims"),
            tile("To decide", open, "open in all", "/claims?status=open"),
            tile("Decided", decided.all, format!("for {settled} in all"), "/claims?status=decided"),
            tile("Overridden", share(decided.overridden, decided.all), "of decisions", ""),
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
    let (from, to) = days(ctx, LATELY);
    let mut decided: BTreeMap<String, Decided> = BTreeMap::new();
    for sum in figures::by_company(ctx.store(), reach, Measure::DecidedBy, from, to).await? {
        let who = sum.label.split('|').nth(1).unwrap_or_default().to_owned();
        decided.entry(who).or_default().add(&sum.label, sum.number, sum.amount);
    }
    let mut entered: BTreeMap<String, i64> = BTreeMap::new();
    for sum in figures::by_company(ctx.store(), reach, Measure::Entered, from, to).await? {
        *entered.entry(sum.label).or_default() += sum.number;
    }
    let open: BTreeMap<String, i64> = figures::standing(ctx.store(), reach).await?.into_iter().collect();
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
        let own = decided.get(&id).copied().unwrap_or_default();
        table.row(vec![
            Cell::link(&person.name, format!("/people/{}", person.id)),
            Cell::text(person.role.label()),
            Cell::Number(entered.get(&id).copied().unwrap_or_default()),
            Cell::Number(own.all),
            Cell::Number(own.accepted),
            Cell::Number(own.overridden),
            Cell::Number(open.get(&format!("{}|{id}", ClaimStatus::Open.key())).copied().unwrap_or_default()),
            Cell::time(person.last_sign_in),
        ]);
    }
    Ok(table)
}

async fn engineer(ctx: &Ctx) -> Result<Dashboard> {
    ctx.require(Permission::ReadModels)?;
    let registry = crate::models::list::list(ctx).await?;
    let predicted = lately(ctx, Measure::Predicted).await?;
    let quarter = decided_by_day(ctx, QUARTER, None).await?;
    let decided = of_last(ctx, LATELY, &quarter);
    let (from, to) = days(ctx, QUARTER);
    let mut reasons: BTreeMap<&str, i64> = BTreeMap::new();
    for sum in figures::by_company(ctx.store(), ctx.caller.reach, Measure::Reason, from, to).await? {
        if let Some(reason) = OverrideReason::from_key(&sum.label) {
            *reasons.entry(reason.label()).or_default() += sum.number;
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
                share(decided.overridden, decided.all),
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
    let (first, last) = (month.first_day(), month.last_day());
    let used = figures::by_company(ctx.store(), ctx.caller.reach, Measure::Predicted, first, last).await?;
    let used: i64 = used.iter().map(|s| s.number).sum();
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
        tile("Predictions", used, month.words(), "/usage"),
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
