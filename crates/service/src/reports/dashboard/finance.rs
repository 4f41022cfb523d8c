//! Use, invoices and what is owed.

use billing::journal::Account;
use billing::{Month, Status};
use contract::page::{Part, Report};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::policy::Permission;
use store::figures::{self, Measure};
use store::invoices::{self, Wanted};
use store::{journal, tiers};

use crate::invoicing::invoices::{as_seen, name_of, period_words, standing};
use crate::names::Names;
use crate::reports::parts::tile;
use crate::reports::revenue;
use crate::{Ctx, Result};

pub async fn view(ctx: &Ctx) -> Result<Report> {
    ctx.require(Permission::ReadInvoices)?;
    let prepares = ctx.caller.holds(Permission::PrepareInvoices);
    let (reach, store) = (ctx.caller.reach, ctx.store());
    // What is owed is read off the journal, as every figure is.
    let balances = journal::balances(store, reach).await?;
    let of = |account| balances.iter().find(|(a, _)| *a == account).map_or(Money::ZERO, |(_, amount)| *amount);
    let (owed, on_account) = (of(Account::Debtors), Money::from_pence(-of(Account::OnAccount).pence()));
    let overdue = invoices::overdue(store, reach, london_date(ctx.now)).await?;
    let month = Month::at(ctx.now);
    let (first, last) = (month.first_day(), month.last_day());
    let used = figures::by_company(store, reach, Measure::Predicted, first, last).await?;
    let used: i64 = used.iter().map(|s| s.number).sum();
    let mut tiles = vec![
        tile("Predictions", used, month.words(), "/usage"),
        tile("Outstanding", owed, format!("{overdue} overdue"), "/invoices?standing=open"),
    ];
    let mut actions = vec![("Invoices".into(), "/invoices".into())];
    let mut charts = Vec::new();
    if on_account > Money::ZERO {
        let to = if ctx.caller.holds(Permission::RecordPayments) { "/payments?left=true" } else { "" };
        tiles.push(tile("On account", on_account, "paid and not allocated", to));
    }
    if prepares {
        let at_work = invoices::at_work(store, reach).await?;
        let at = |status: Status| -> i64 {
            at_work.iter().filter(|(s, ..)| *s == status).map(|(_, number, _)| number).sum()
        };
        let (review, issue) = (at(Status::InReview), at(Status::Approved));
        let words = format!("{} to issue, {} in draft", issue, at(Status::Draft));
        tiles.push(tile("To approve", review, words, "/invoices?standing=at-work"));
        let asked = tiers::open(store, reach).await?.len() as i64;
        if asked > 0 {
            tiles.push(tile("Tiers asked for", asked, "by clients’ managers", "/contracts"));
        }
        actions.extend([("Payments".into(), "/payments".into()), ("Bank file".into(), "/bank".into())]);
    }
    actions.push(("Contracts".into(), "/contracts".into()));
    if ctx.caller.holds(Permission::ReadRevenue) {
        let (from, to) = revenue::last_year(ctx);
        let revenue = revenue::between(ctx, from, to).await?;
        tiles.push(tile("Net revenue", revenue.total, "last twelve months", "/revenue"));
        charts.push(Part::Chart(revenue.by_month));
    }
    let mut parts = vec![Part::Tiles(tiles), Part::Table(latest(ctx, !prepares).await?)];
    parts.append(&mut charts);
    Ok(Report {
        title: "Billing".into(),
        lead: "Use, invoices and what is owed.".into(),
        actions,
        file: None,
        again: None,
        filters: Vec::new(),
        filter: String::new(),
        parts,
    })
}

/// The invoices of the latest periods.
async fn latest(ctx: &Ctx, issued_only: bool) -> Result<Table> {
    let (latest, _) =
        invoices::page(ctx.store(), ctx.caller.reach, &Wanted { issued_only, ..Wanted::default() }, 1, 8).await?;
    let names = Names::of(ctx, latest.iter().map(|i| i.company.to_string())).await?;
    let columns = ["Invoice", "Company", "Period", "#Gross", "Standing"];
    let mut table = Table::new("Latest invoices", &columns, "No invoice yet.");
    for invoice in latest.into_iter().map(|invoice| as_seen(ctx, invoice)) {
        let standing = standing(ctx, &invoice);
        table.row(vec![
            Cell::link(name_of(&invoice), format!("/invoices/{}", invoice.id)),
            Cell::Text(names.company(invoice.company)),
            Cell::Text(period_words(&invoice)),
            Cell::Money(invoice.totals.gross),
            standing,
        ]);
    }
    Ok(table)
}
