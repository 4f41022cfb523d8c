//! The pages of payments and of one of them.

use contract::page::{Asks, Filter, Form, Input, Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::Money;
use domain::id::PaymentId;
use domain::policy::{Permission, Reach};
use store::companies;
use store::invoices;
use store::payments::{self, Payment};

use super::super::invoices::name_of;
use super::{REFUND, RELEASE, REVERSE, method_words};
use crate::acts::Kind;
use crate::names::Names;
use crate::reports::parts::{any, unnamed};
use crate::reports::{Cursor, Query};
use crate::{Ctx, Result, id_from};

const PER_PAGE: u64 = 50;

pub(crate) async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    let choices = all.into_iter().filter(|c| !c.operator).map(|c| (c.id.to_string(), c.name));
    let left = crate::reports::parts::only(query, "left", "With money left");
    Ok(vec![any(query, "company", "Company", choices), left])
}

async fn listed(ctx: &Ctx, query: &Query, number: u64) -> Result<(Table, u64)> {
    let company = match query.text("company") {
        "" => None,
        id => Some(id_from(id)?),
    };
    let left = query.text("left") == "true";
    let (all, total) = payments::page(ctx.store(), ctx.caller.reach, company, left, number, PER_PAGE).await?;
    let names = Names::of(ctx, all.iter().map(|p| p.company.to_string()).collect::<Vec<_>>()).await?;
    let columns = ["Payment", "Company", "#Amount", "#Left", "How", "Reference", "Standing"];
    let mut table = Table::new("Payments", &columns, "No payment yet.");
    for payment in all {
        let date = payment.received_on.format("%-d %b %Y").to_string();
        table.row(vec![
            Cell::link(date, format!("/payments/{}", payment.id)),
            Cell::Text(names.company(payment.company)),
            Cell::Money(payment.amount),
            Cell::Money(payment.left),
            Cell::text(method_words(&payment.method)),
            Cell::text(&payment.reference),
            standing(&payment),
        ]);
    }
    Ok((table, total))
}

fn standing(payment: &Payment) -> Cell {
    let (words, tone) = match payment {
        p if p.reversed_on.is_some() => ("Reversed", Tone::Bad),
        p if p.left == Money::ZERO => ("Allocated", Tone::Good),
        p if p.left == p.amount => ("On account", Tone::Notice),
        _ => ("Part allocated", Tone::Notice),
    };
    Cell::Badge(words.into(), tone)
}

/// The page of all payments.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let number = query.page();
    let (table, total) = listed(ctx, query, number).await?;
    let list = Page { table, total, page: number, pages: pages(total, PER_PAGE) };
    Ok(Report {
        parts: vec![Part::List(list)],
        actions: vec![("Bank file".into(), "/bank".into())],
        ..Report::default()
    })
}

pub(crate) async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    ctx.require(Permission::RecordPayments)?;
    let number = Cursor::page(after);
    let (table, _) = listed(ctx, query, number).await?;
    let next = table.rows.len() as u64 == PER_PAGE;
    Ok((table, next.then_some(Cursor::Page(number + 1))))
}

/// The page of one payment.
pub(crate) async fn one(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        return Ok(unnamed("Choose a payment.", "Payments", "/payments"));
    }
    let payment = payments::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    let company = companies::find(ctx.store(), Reach::Operator, payment.company).await?;
    let mut table = Table::new("What it settled", &["On", "Document", "#Amount"], "Nothing yet.");
    for allocation in payments::of_source(ctx.store(), &payment.id.to_string()).await? {
        let document = invoices::find(ctx.store(), ctx.caller.reach, allocation.document).await?;
        let link = Cell::link(name_of(&document), format!("/invoices/{}", document.id));
        table.row(vec![Cell::Date(allocation.on.into()), link, Cell::Money(allocation.amount)]);
    }
    let mut parts = Vec::new();
    if let Some(on) = payment.reversed_on {
        parts.push(Part::Notice(Tone::Bad, format!("Reversed on {}: {}", on.format("%-d %B %Y"), payment.note)));
    }
    let left = payment.left;
    let allocated =
        payments::of_source(ctx.store(), &payment.id.to_string()).await?.iter().any(|a| a.amount > Money::ZERO);
    parts.push(Part::Table(table));
    let with = vec![("id".to_owned(), payment.id.to_string()), ("once".to_owned(), ctx.id::<PaymentId>().to_string())];
    let form = |act: &Kind, id: &str, title: &str, lead: String, inputs: Vec<Input>| {
        Part::Form(Form {
            act: act.name.into(),
            id: id.into(),
            title: title.into(),
            lead,
            with: with.clone(),
            inputs,
            submit: title.into(),
            folded: true,
            ..Form::default()
        })
    };
    if payment.reversed_on.is_none() && left < payment.amount && allocated {
        parts.push(form(
            &RELEASE,
            "l",
            "Take the allocations back",
            "What it settled is owed again; the money stands on account.".into(),
            Vec::new(),
        ));
    }
    if left > Money::ZERO {
        let amount = Input::new("amount", "Amount", Asks::Pounds).value(left.plain()).required();
        parts.push(form(
            &REFUND,
            "f",
            "Refund",
            format!("{left} are left. The bank transfer itself is made at the bank."),
            vec![amount],
        ));
    }
    if payment.reversed_on.is_none() && payment.method != "credit_note" {
        let reason = Input::new("reason", "Why", Asks::Words).required();
        parts.push(form(
            &REVERSE,
            "v",
            "Reverse",
            "It did not hold: everything that it settled is owed again.".into(),
            vec![reason],
        ));
    }
    Ok(Report {
        title: format!("{} of {}", payment.amount, payment.received_on.format("%-d %B %Y")),
        lead: format!("{}, {}, {left} left", company.name, method_words(&payment.method).to_lowercase()),
        actions: vec![("Payments".into(), "/payments".into())],
        parts,
        ..Report::default()
    })
}
