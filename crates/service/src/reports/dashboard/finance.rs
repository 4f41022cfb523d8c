//! Use, invoices and what is owed.

use billing::{InvoiceStatus, Month};
use contract::page::{Part, Report};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::policy::Permission;
use store::figures::{self, Measure};
use store::invoices;

use crate::invoicing::invoices::standing;
use crate::names::Names;
use crate::reports::parts::tile;
use crate::reports::revenue;
use crate::{Ctx, Result};

pub async fn view(ctx: &Ctx) -> Result<Report> {
    ctx.require(Permission::ReadInvoices)?;
    let manages = ctx.caller.holds(Permission::ManageInvoices);
    let (reach, store) = (ctx.caller.reach, ctx.store());
    let totals = invoices::standing(store, reach).await?;
    let of = |wanted: &[InvoiceStatus]| -> (i64, i64) {
        let fitting = totals.iter().filter(|(status, ..)| wanted.contains(status));
        fitting.fold((0, 0), |(number, pence), (_, n, gross)| (number + n, pence + gross.pence()))
    };
    let (_, owed) = of(&[InvoiceStatus::Issued]);
    let overdue = invoices::overdue(store, reach, london_date(ctx.now)).await?;
    let month = Month::at(ctx.now);
    let (first, last) = (month.first_day(), month.last_day());
    let used = figures::by_company(store, reach, Measure::Predicted, first, last).await?;
    let used: i64 = used.iter().map(|s| s.number).sum();
    let mut tiles = vec![
        tile("Predictions", used, month.words(), "/usage"),
        tile("Outstanding", Money::from_pence(owed), format!("{overdue} overdue"), "/invoices"),
    ];
    let mut actions = vec![("Invoices".into(), "/invoices".into())];
    let mut charts = Vec::new();
    if manages {
        let (drafts, _) = of(&[InvoiceStatus::Draft, InvoiceStatus::Approved]);
        tiles.push(tile("To review or issue", drafts, "drafts and approved invoices", "/invoices"));
        actions.push(("Prices".into(), "/prices".into()));
    }
    if ctx.caller.holds(Permission::ReadRevenue) {
        let (from, to) = revenue::last_year(ctx);
        let revenue = revenue::between(ctx, from, to).await?;
        tiles.push(tile("Net revenue", revenue.total, "last twelve months", "/revenue"));
        charts.push(Part::Chart(revenue.by_month));
    }
    let mut parts = vec![Part::Tiles(tiles), Part::Table(latest(ctx, !manages).await?)];
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
    let (latest, _) = invoices::page(ctx.store(), ctx.caller.reach, issued_only, 1, 8).await?;
    let names = Names::of(ctx, latest.iter().map(|i| i.company.to_string())).await?;
    let columns = ["Invoice", "Company", "Period", "#Gross", "Standing"];
    let mut table = Table::new("Latest invoices", &columns, "No invoice yet.");
    for invoice in latest {
        let standing = standing(ctx, &invoice);
        table.row(vec![
            Cell::link(invoice.number.unwrap_or_else(|| "Draft".into()), format!("/invoices/{}", invoice.id)),
            Cell::Text(names.company(invoice.company)),
            Cell::Text(Month::of(invoice.period_from).words()),
            Cell::Money(invoice.gross),
            standing,
        ]);
    }
    Ok(table)
}
