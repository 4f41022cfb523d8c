//! Revenue beside its budget, and what is left of it after costs (stories 65, 66).

use std::collections::BTreeMap;

use billing::journal::EntryKind;
use billing::variance::{self, Sold};
use billing::{ComponentKind, Cycle, Month, component};
use contract::page::{Asks, Filter, Form, Input, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::json;
use store::budgets::{self, Kind as Cost, Said};
use store::companies::{self, Company};
use store::figures::{self, Measure};
use store::journal;

use super::parts::filter;
use super::{Kind, Query};
use crate::acts::{Done, Kind as Act, Wrong};
use crate::invoicing::agreements::{agreed, bill, rules};
use crate::{Ctx, Error, Result};

/// Months that a budget is made for, and that are offered.
const YEAR: usize = 12;

pub static BUDGET: Kind = Kind {
    name: "budget",
    title: "Budget",
    lead: "Revenue of a month of service beside what was planned, and why it is otherwise.",
    needs: Some(Permission::ReadRevenue),
    filters: |ctx, query| Box::pin(async move { Ok(months(ctx, query)) }),
    body: |ctx, query| Box::pin(budget(ctx, query)),
    more: None,
};

pub static PROFIT: Kind = Kind {
    name: "profit",
    title: "Profitability",
    lead: "What is left of each client’s revenue after the costs that are allocated to it.",
    needs: Some(Permission::ReadRevenue),
    filters: |ctx, query| Box::pin(async move { Ok(months(ctx, query)) }),
    body: |ctx, query| Box::pin(profit(ctx, query)),
    more: None,
};

/// The month that ended last, unless another is asked for.
fn months(ctx: &Ctx, query: &Query) -> Vec<Filter> {
    let mut month = Month::at(ctx.now);
    let mut choices = Vec::new();
    for _ in 0..YEAR {
        month = month.previous();
        choices.push((month.to_string(), month.words()));
    }
    let mut by = filter(query, "month", "Month", Asks::Choice(choices));
    if by.value.is_empty() {
        by.value = Month::at(ctx.now).previous().to_string();
    }
    vec![by]
}

fn month(ctx: &Ctx, query: &Query) -> Result<Month> {
    match query.text("month") {
        "" => Ok(Month::at(ctx.now).previous()),
        text => text.parse().map_err(|e| Error::field("month", e)),
    }
}

async fn clients(ctx: &Ctx) -> Result<Vec<Company>> {
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    Ok(all.into_iter().filter(|c| !c.operator).collect())
}

/// Charged predictions of a month by company.
async fn used(ctx: &Ctx, month: Month) -> Result<BTreeMap<CompanyId, u64>> {
    let (first, last) = (month.first_day(), month.last_day());
    let sums = figures::by_company(ctx.store(), ctx.caller.reach, Measure::Predicted, first, last).await?;
    let mut of: BTreeMap<CompanyId, u64> = BTreeMap::new();
    for sum in sums.iter().filter(|s| s.label.ends_with("|charged")) {
        *of.entry(sum.of).or_default() += sum.number.unsigned_abs();
    }
    Ok(of)
}

/// Net revenue for the service of a month by company, of the journal.
async fn revenue(ctx: &Ctx, month: Month) -> Result<BTreeMap<CompanyId, Money>> {
    let rows = journal::revenue_by_service(ctx.store(), ctx.caller.reach, (month, month)).await?;
    Ok(rows.into_iter().map(|(company, _, net)| (company, net)).collect())
}

async fn budget(ctx: &Ctx, query: &Query) -> Result<Report> {
    let month = month(ctx, query)?;
    let planned = budgets::planned(ctx.store(), (month, month)).await?;
    let (units, nets) = (used(ctx, month).await?, revenue(ctx, month).await?);
    let columns = ["Company", "#Planned use", "#Used", "#Planned net", "#Invoiced net", "#Difference"];
    let mut table = Table::new("By company", &columns, "No company yet.");
    let mut pairs = Vec::new();
    for company in clients(ctx).await? {
        let plan = planned.get(&(company.id, month)).copied().unwrap_or_default();
        let real = Sold {
            units: units.get(&company.id).copied().unwrap_or_default(),
            net: nets.get(&company.id).copied().unwrap_or_default(),
        };
        pairs.push((plan, real));
        table.row(vec![
            Cell::link(&company.name, format!("/invoices?company={}&month={month}", company.id)),
            Cell::Number(plan.units as i64),
            Cell::Number(real.units as i64),
            Cell::Money(plan.net),
            Cell::Money(real.net),
            Cell::Figure(Money::from_pence(real.net.pence() - plan.net.pence()).signed()),
        ]);
    }
    let mut parts = Vec::new();
    if planned.is_empty() {
        parts.push(Part::Notice(Tone::Plain, format!("Nothing was planned for {}.", month.words())));
    } else {
        let found = variance::variance(&pairs).map_err(Error::internal)?;
        let total = found.total().unwrap_or_default();
        let mut why = Table::new("Why it is otherwise", &["Part", "#Net", "What it is"], "");
        for (label, amount, words) in [
            ("Volume", found.volume, "more or less was used, at the planned average price"),
            ("Mix", found.mix, "clients of other planned prices used it"),
            ("Price", found.price, "it was charged at other prices than planned"),
            ("Difference", total, "invoiced less planned"),
        ] {
            why.row(vec![Cell::text(label), Cell::Figure(amount.signed()), Cell::text(words)]);
        }
        parts.push(Part::Table(why));
    }
    parts.push(Part::Table(table));
    if ctx.caller.holds(Permission::ManagePrices) {
        parts.push(Part::Form(budget_form(ctx)));
    }
    Ok(BUDGET.page(parts))
}

fn budget_form(ctx: &Ctx) -> Form {
    let next = Month::at(ctx.now).next();
    Form {
        act: PLAN.name.into(),
        id: "b".into(),
        title: "Plan a year".into(),
        lead: "Twelve months of every client: the use of the same month a year before (or its average where there is none), grown, and charged by each contract. What was planned before stays on record; the newest counts.".into(),
        inputs: vec![
            Input::new("from", "First month", Asks::Text).hint("As 2027-01.").value(next.to_string()).required(),
            Input::new("growth", "Growth in percent", Asks::Text).value("10").required(),
        ],
        submit: "Make the budget".into(),
        folded: true,
        ..Form::default()
    }
}

/// Plans twelve months of every client.
pub static PLAN: Act = Act {
    name: "budget.plan",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let mut wrong = Wrong::default();
            let from = entries.text("from").parse::<Month>();
            let from = match from {
                Ok(month) => month,
                Err(error) => {
                    wrong.of::<()>(Err(Error::field("from", error)))?;
                    Month::at(ctx.now)
                }
            };
            let growth = entries.text("growth").parse::<f64>().ok().filter(|g| (-100.0..=1_000.0).contains(g));
            if growth.is_none() {
                wrong.of::<()>(Err(Error::field("growth", "write a percentage from -100 to 1000, such as 10")))?;
            }
            wrong.told()?;
            let planned = plan(ctx, from, 1.0 + growth.unwrap_or_default() / 100.0).await?;
            Ok(Done::said(format!("Twelve months from {} are planned for {planned} clients.", from.words())))
        })
    },
};

async fn plan(ctx: &Ctx, from: Month, factor: f64) -> Result<usize> {
    let mut months = vec![from];
    while months.len() < YEAR {
        months.push(months[months.len() - 1].next());
    }
    let mut known: Vec<BTreeMap<CompanyId, u64>> = Vec::new();
    for month in &months {
        let before = (0..YEAR).fold(*month, |month, _| month.previous());
        known.push(used(ctx, before).await?);
    }
    let tx = ctx.begin().await?;
    let by = ctx.caller.actor.name();
    let clients = clients(ctx).await?;
    for company in &clients {
        let rules = rules(&agreed(&tx, company.id).await?);
        let some: Vec<u64> = known.iter().filter_map(|of| of.get(&company.id).copied()).collect();
        let average = some.iter().sum::<u64>() / some.len().max(1) as u64;
        let mut rows = Vec::new();
        for (month, of) in months.iter().zip(&known) {
            let units = (of.get(&company.id).copied().unwrap_or(average) as f64 * factor).round() as u64;
            let span = Cycle::Monthly.period(*month).span();
            let use_of = billing::meter::Use { channel: "form".into(), model: "shared".into() };
            let used = [billing::agreement::Used { day: span.from, of: use_of, units }];
            let net = bill(span, &rules, &used, &company.name).ok().and_then(|b| component::net(&b.components));
            rows.push((ctx.id(), *month, Sold { units, net: net.unwrap_or_default() }));
        }
        budgets::plan(&tx, company.id, &rows, Said { by: &by, at: ctx.now }).await?;
    }
    let details = json!({ "from": from.to_string(), "clients": clients.len() });
    tx.commit(ctx.audit(ctx.caller.company, "budget.planned", "budget", from, details)).await?;
    Ok(clients.len())
}

async fn profit(ctx: &Ctx, query: &Query) -> Result<Report> {
    let month = month(ctx, query)?;
    let (units, nets) = (used(ctx, month).await?, revenue(ctx, month).await?);
    let costs = budgets::costs(ctx.store(), (month, month)).await?;
    let documents = store::documents::by_company(
        ctx.store(),
        (domain::calendar::midnight(month.first_day()), domain::calendar::midnight(month.next().first_day())),
    )
    .await?;
    let clients = clients(ctx).await?;
    let weights = |of: &BTreeMap<CompanyId, u64>| {
        clients.iter().map(|c| of.get(&c.id).copied().unwrap_or_default()).collect::<Vec<u64>>()
    };
    let mut allocated: Vec<Vec<Money>> = Vec::new();
    for kind in Cost::ALL {
        let amount = costs.get(&(month, kind)).copied().unwrap_or_default();
        let by = if kind == Cost::Documents && !documents.is_empty() { weights(&documents) } else { weights(&units) };
        allocated.push(variance::allocate(amount, &by));
    }
    let columns = [
        "Company",
        "#Predictions",
        "#Revenue (net)",
        "#Compute",
        "#Support",
        "#Reading documents",
        "#Margin",
        "#Of revenue",
    ];
    let mut table = Table::new("By client", &columns, "No company yet.");
    let mut sums = [0i64; 5];
    for (i, company) in clients.iter().enumerate() {
        let net = nets.get(&company.id).copied().unwrap_or_default();
        let of: Vec<Money> = allocated.iter().map(|kind| kind[i]).collect();
        let margin = net.pence() - of.iter().map(|m| m.pence()).sum::<i64>();
        for (sum, pence) in sums.iter_mut().zip([net.pence(), of[0].pence(), of[1].pence(), of[2].pence(), margin]) {
            *sum += pence;
        }
        let units = Cell::Number(units.get(&company.id).copied().unwrap_or_default() as i64);
        let link = Cell::link(&company.name, format!("/invoices?company={}&month={month}", company.id));
        let mut row = vec![link, units, Cell::Money(net)];
        row.extend(of.into_iter().map(Cell::Money));
        row.extend([Cell::Money(Money::from_pence(margin)), share(margin, net.pence())]);
        table.row(row);
    }
    let mut last = vec![Cell::text("Together"), Cell::Empty];
    last.extend(sums.map(|pence| Cell::Money(Money::from_pence(pence))));
    last.push(share(sums[4], sums[0]));
    table.row(last);
    let spent = |kind: Cost| costs.get(&(month, kind)).copied().unwrap_or_default();
    let services = by_service(ctx, month, spent).await?;
    let mut parts = vec![Part::Table(table), Part::Table(services)];
    if costs.is_empty() {
        let words = format!("No cost is entered for {}: the margin is all of the revenue.", month.words());
        parts.insert(0, Part::Notice(Tone::Notice, words));
    }
    if ctx.caller.holds(Permission::ManagePrices) {
        parts.push(Part::Form(cost_form(month)));
    }
    let waiting = store::invoices::unissued(ctx.store(), month).await?;
    if waiting > Money::ZERO {
        let words = format!("{waiting} (net) of this month is drafted and not issued yet: it is not in here.");
        parts.insert(0, Part::Notice(Tone::Notice, words));
    }
    let words = "Compute and support are allocated by charged predictions, the reading of documents by documents, each to the penny.";
    parts.push(Part::Text(words.into()));
    Ok(PROFIT.page(parts))
}

/// Of what revenue is made, by what it was charged for.
const SERVICES: [&str; 5] = ["Predictions", "Fees", "Minimum and committed spend", "Other services", "Credited"];

/// Where among the services a line of a document counts.
const fn service_of(entry: EntryKind, line: ComponentKind) -> usize {
    use ComponentKind as K;
    match (entry, line) {
        (EntryKind::CreditNote, _) => 4,
        (_, K::Fee) => 1,
        (_, K::Minimum | K::Commitment) => 2,
        (_, K::Manual | K::Interest | K::FixedSum) => 3,
        // What is taken off is taken off what predictions cost.
        (_, K::Usage | K::Package | K::Free | K::Late | K::Discount | K::Cap) => 0,
    }
}

/// A month's margin by service: compute and the reading of documents are what predictions cost, support is shared by revenue.
async fn by_service(ctx: &Ctx, month: Month, spent: impl Fn(Cost) -> Money) -> Result<Table> {
    let mut nets = [0i64; SERVICES.len()];
    for (entry, line, net) in journal::revenue_by_kind(ctx.store(), (month, month)).await? {
        nets[service_of(entry, line)] += net.pence();
    }
    let mut weights: Vec<u64> = nets.iter().map(|net| u64::try_from(*net).unwrap_or_default()).collect();
    if weights.iter().all(|weight| *weight == 0) {
        // Where nothing is invoiced yet it is what predictions cost.
        weights[0] = 1;
    }
    let support = variance::allocate(spent(Cost::Support), &weights);
    let of_predictions = spent(Cost::Compute).pence() + spent(Cost::Documents).pence();
    let columns = ["Service", "#Revenue (net)", "#Compute and documents", "#Support", "#Margin", "#Of revenue"];
    let mut table = Table::new("By service", &columns, "Nothing was charged for this month.");
    let mut sums = [0i64; 4];
    for (i, name) in SERVICES.iter().enumerate() {
        let own = if i == 0 { of_predictions } else { 0 };
        let shared = support.get(i).copied().unwrap_or_default().pence();
        let margin = nets[i] - own - shared;
        if (nets[i], own, shared) == (0, 0, 0) {
            continue;
        }
        for (sum, pence) in sums.iter_mut().zip([nets[i], own, shared, margin]) {
            *sum += pence;
        }
        let mut row = vec![Cell::text(*name)];
        row.extend([nets[i], own, shared, margin].map(|pence| Cell::Money(Money::from_pence(pence))));
        row.push(share(margin, nets[i]));
        table.row(row);
    }
    let mut last = vec![Cell::text("Together")];
    last.extend(sums.map(|pence| Cell::Money(Money::from_pence(pence))));
    last.push(share(sums[3], sums[0]));
    table.row(last);
    Ok(table)
}

fn share(part: i64, whole: i64) -> Cell {
    match whole {
        ..=0 => Cell::Empty,
        whole => Cell::Figure(format!("{:.1}%", 100.0 * part as f64 / whole as f64)),
    }
}

fn cost_form(month: Month) -> Form {
    let kinds = Cost::ALL.map(|k| (k.key().to_owned(), k.label().to_owned())).to_vec();
    Form {
        act: COST.name.into(),
        id: "c".into(),
        title: "Enter a cost".into(),
        inputs: vec![
            Input::new("month", "Month", Asks::Text).hint("As 2026-10.").value(month.to_string()).required(),
            Input::new("kind", "Kind", Asks::Choice(kinds)).value(Cost::Compute.key()).required(),
            Input::new("amount", "Amount", Asks::Pounds).required(),
        ],
        submit: "Enter the cost".into(),
        folded: true,
        ..Form::default()
    }
}

/// Says what a month cost.
pub static COST: Act = Act {
    name: "cost.set",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let mut wrong = Wrong::default();
            let month =
                wrong.of(entries.text("month").parse::<Month>().map(Some).map_err(|e| Error::field("month", e)))?;
            let kind =
                Cost::from_key(entries.text("kind")).ok_or_else(|| Error::field("kind", "choose the kind of cost"));
            let kind = wrong.of(kind.map(Some))?;
            let amount = wrong.of(entries.amount("amount"))?;
            wrong.told()?;
            let (Some(month), Some(kind)) = (month, kind) else {
                return Err(Error::field("month", "write a month as 2026-10"));
            };
            let tx = ctx.begin().await?;
            let said = Said { by: &ctx.caller.actor.name(), at: ctx.now };
            budgets::set_cost(&tx, ctx.id(), (month, kind), amount, said).await?;
            let details = json!({ "month": month.to_string(), "kind": kind.key(), "amount": amount });
            tx.commit(ctx.audit(ctx.caller.company, "cost.set", "cost", month, details)).await?;
            Ok(Done::said(format!("{} of {} cost {amount}.", kind.label(), month.words())))
        })
    },
};
