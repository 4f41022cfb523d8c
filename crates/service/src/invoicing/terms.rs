//! Setting what a company pays (stories 51, 54): dated, so that an old invoice is never changed.

use billing::period::cycle_may_change_on;
use billing::{Cycle, Rate, UnitPrice};
use contract::AppError;
use contract::billing::TermsInput;
use contract::error::FieldError;
use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::json;
use store::terms::{self, Terms};
use store::{Reach, Tx, companies, invoices};

use crate::acts::{Done, Entries, Kind};
use crate::error::sentence;
use crate::input::day;
use crate::names::Names;
use crate::{Ctx, Error, Result};

pub static SET: Kind = Kind {
    name: "terms.set",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            set(ctx, &input(entries)).await?;
            Ok(Done::said("The terms are set."))
        })
    },
};

fn input(entries: &Entries) -> TermsInput {
    let text = |name: &str| entries.text(name).to_owned();
    TermsInput {
        company_id: text("company_id"),
        unit_price: text("unit_price"),
        tax_rate: text("tax_rate"),
        payment_days: text("payment_days"),
        cycle: text("cycle"),
        effective_from: text("effective_from"),
    }
}

/// The page.
pub(crate) async fn page(ctx: &Ctx) -> Result<Report> {
    let today = domain::calendar::london_date(ctx.now);
    let all = terms::list(ctx.store(), ctx.caller.reach).await?;
    let names = Names::of(ctx, all.iter().flat_map(|t| [t.company.to_string(), t.created_by.clone()])).await?;
    let insurers: Vec<_> =
        companies::list(ctx.store(), ctx.caller.reach).await?.into_iter().filter(|c| !c.operator).collect();
    let mut current = Table::new(
        "In force today",
        &["Company", "#Price a prediction", "#VAT", "#Days to pay", "Invoiced", "Since"],
        "No company has a price yet. Set one below: predictions without a price cannot be invoiced.",
    );
    for company in &insurers {
        match all.iter().find(|t| t.company == company.id && t.effective_from <= today) {
            Some(t) => current.row(vec![
                Cell::text(&company.name),
                Cell::Figure(t.unit_price.to_string()),
                Cell::Figure(t.tax_rate.to_string()),
                Cell::Number(t.payment_days.into()),
                Cell::text(t.cycle.label()),
                Cell::Date(t.effective_from.into()),
            ]),
            None => current.row(vec![
                Cell::text(&company.name),
                Cell::Badge("No price".into(), Tone::Notice),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
            ]),
        }
    }
    let mut history = Table::new(
        "All terms, newest first",
        &["From", "Company", "#Price", "#VAT", "#Days", "Invoiced", "Set by"],
        "None yet.",
    );
    for t in &all {
        history.row(vec![
            Cell::Date(t.effective_from.into()),
            Cell::Text(names.company(t.company)),
            Cell::Figure(t.unit_price.to_string()),
            Cell::Figure(t.tax_rate.to_string()),
            Cell::Number(t.payment_days.into()),
            Cell::text(t.cycle.label()),
            Cell::Text(names.actor(&t.created_by)),
        ]);
    }
    let companies = insurers.into_iter().map(|c| (c.id.to_string(), c.name)).collect();
    let parts = vec![Part::Table(current), Part::Form(form(companies)), Part::Table(history)];
    Ok(Report { parts, ..Report::default() })
}

fn form(companies: Vec<(String, String)>) -> Form {
    let cycles = [Cycle::Monthly, Cycle::Quarterly].map(|c| (c.key().to_owned(), c.label().to_owned())).to_vec();
    Form {
        act: SET.name.into(),
        id: "f".into(),
        title: "Set terms".into(),
        inputs: vec![
            Input::new("company_id", "Company", Asks::Choice(companies)).required(),
            Input::new("unit_price", "Price a prediction, in pounds", Asks::Pounds)
                .hint("Up to six decimal places, such as 1.85.")
                .required(),
            Input::new("tax_rate", "VAT rate in percent", Asks::Pounds).value("20").required(),
            Input::new("payment_days", "Days to pay", Asks::Pounds).value("30").required(),
            Input::new("cycle", "Invoiced", Asks::Choice(cycles))
                .value(Cycle::Monthly.key())
                .hint("By calendar month or quarter; changed where a quarter begins.")
                .required(),
            Input::new("effective_from", "In force from", Asks::Date)
                .hint("A period is charged at the terms in force on its last day.")
                .required(),
        ],
        submit: "Set these terms".into(),
        primary: true,
        ..Form::default()
    }
}

pub async fn set(ctx: &Ctx, input: &TermsInput) -> Result<()> {
    ctx.require(Permission::ManagePrices)?;
    let mut errors = Vec::new();
    let mut note = |field: &str, message: String| {
        errors.push(FieldError { field: field.into(), message: sentence(&message) });
    };
    let company = match input.company_id.parse::<CompanyId>() {
        Ok(id) => companies::find(ctx.store(), ctx.caller.reach, id).await.ok().filter(|c| !c.operator),
        Err(_) => None,
    };
    if company.is_none() {
        note("company_id", "choose a company".into());
    }
    let unit_price = UnitPrice::parse(&input.unit_price).map_err(|e| note("unit_price", e.to_string())).ok();
    let tax_rate = Rate::parse(&input.tax_rate).map_err(|e| note("tax_rate", e.to_string())).ok();
    let days = input.payment_days.trim().parse::<u32>().ok().filter(|d| *d <= 120);
    if days.is_none() {
        note("payment_days", "give a whole number of days from 0 to 120".into());
    }
    let from = day("effective_from", &input.effective_from).ok().flatten();
    if from.is_none() {
        note("effective_from", "give a date as year-month-day".into());
    }
    // Empty: as integrations sent it before there were quarters.
    let cycle = if input.cycle.is_empty() { Some(Cycle::Monthly) } else { Cycle::from_key(&input.cycle) };
    if cycle.is_none() {
        note("cycle", "choose monthly or quarterly".into());
    }
    let (Some(company), Some(unit_price), Some(tax_rate), Some(payment_days), Some(cycle), Some(effective_from)) =
        (company, unit_price, tax_rate, days, cycle, from)
    else {
        return Err(Error::Refused(AppError::invalid(errors)));
    };
    let terms = Terms {
        id: ctx.id(),
        company: company.id,
        effective_from,
        unit_price,
        tax_rate,
        payment_days,
        cycle,
        created_by: ctx.caller.actor.name(),
        created_at: ctx.now,
    };
    let tx = ctx.begin().await?;
    check_cycle(&tx, &terms).await?;
    terms::set(&tx, &terms).await?;
    let details = json!({
        "unit_price": unit_price.to_string(), "tax_rate": tax_rate.to_string(),
        "payment_days": payment_days, "cycle": cycle.key(), "effective_from": effective_from,
    });
    tx.commit(ctx.audit(Some(company.id), "terms.set", "company", company.id, details)).await?;
    Ok(())
}

/// No month may be invoiced twice or never: the cycle changes where a quarter begins, and not before
/// what has been invoiced.
async fn check_cycle(tx: &Tx, new: &Terms) -> Result<()> {
    let field = |words: &str| Err(Error::field("effective_from", words));
    let all = terms::list(tx, Reach::Company(new.company)).await?;
    let before = all.iter().find(|t| t.effective_from < new.effective_from);
    // Newest first: the last of the later ones is the next.
    let after = all.iter().rfind(|t| t.effective_from > new.effective_from);
    if after.is_some_and(|t| t.cycle != new.cycle && !cycle_may_change_on(t.effective_from)) {
        return field(
            "the terms after these are invoiced otherwise and do not begin with a quarter: change them first",
        );
    }
    let Some(before) = before else { return Ok(()) };
    if before.cycle == new.cycle {
        return Ok(());
    }
    if !cycle_may_change_on(new.effective_from) {
        return field("the cycle changes where a quarter begins: 1 January, April, July or October");
    }
    if invoices::billed_until(tx, new.company).await?.is_some_and(|until| new.effective_from < until) {
        return field("there are invoices of a later time already: choose the beginning of a later quarter");
    }
    Ok(())
}
