//! The pages of all contracts and of one company’s.

use billing::agreement::{self, Amendment as Agreed, Counters};
use billing::{Cycle, Month, RateCard, TaxCategory, component};
use chrono::{Days, NaiveDate};
use contract::page::{Asks, Filter, Form, Input, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::calendar::london_date;
use domain::policy::Permission;
use store::companies;
use store::companies::Company;
use store::contracts::{self, Amendment, Contract};
use store::rate_cards::{self, Card};
use store::tiers::{self, ServiceTier};
use store::usage::Stands;

use super::super::agreements::{self, Usage, agreed, rules};
use super::super::prices;
use super::{AMEND, END};
use crate::names::Names;
use crate::reports::Query;
use crate::reports::parts::{filter, unnamed};
use crate::tiers::{catalogue, requests};
use crate::{Ctx, Result, id_from};

/// The page of all contracts; an insurer sees its own.
pub(crate) async fn list(ctx: &Ctx) -> Result<Report> {
    let today = london_date(ctx.now);
    let reach = ctx.caller.reach;
    let companies: Vec<_> = companies::list(ctx.store(), reach).await?.into_iter().filter(|c| !c.operator).collect();
    let all = contracts::in_force(ctx.store(), reach, today).await?;
    let contracts = contracts::list(ctx.store(), reach).await?;
    let offered = tiers::list(ctx.store()).await?;
    let named = |a: &Amendment| {
        let found = a.tier.and_then(|id| offered.iter().find(|t| t.id == id));
        found.map_or(Cell::Empty, |t| Cell::Text(t.tier.to_string()))
    };
    let asked = tiers::open(ctx.store(), reach).await?;
    let columns = ["Company", "Tier", "Rate card", "Prices", "Invoiced", "#Days to pay", "Since", "Ends"];
    let mut table = Table::new("In force today", &columns, "No company yet.");
    for company in companies {
        let link = Cell::link(&company.name, format!("/contracts/{}", company.id));
        let contract = contracts.iter().find(|c| c.company == company.id);
        match all.iter().find(|a| a.company == company.id) {
            Some(a) => table.row(vec![
                link,
                named(a),
                Cell::Text(format!("{}, version {}", a.agreed.card.name, a.card_version)),
                Cell::Text(a.agreed.card.items.iter().map(prices::item_words).collect::<Vec<_>>().join("; ")),
                Cell::text(a.agreed.cycle.label()),
                Cell::Number(a.agreed.payment_days.into()),
                Cell::Date(a.agreed.from.into()),
                contract.and_then(|c| c.ends_on).map_or(Cell::Empty, |d| Cell::Date(d.into())),
            ]),
            None => table.row(vec![
                link,
                Cell::Empty,
                Cell::Badge("No price".into(), Tone::Notice),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
            ]),
        }
    }
    let mut actions = Vec::new();
    if ctx.caller.holds(Permission::ManagePrices) {
        actions.push(("Prices".into(), "/prices".into()));
    }
    let mut parts = Vec::new();
    if !asked.is_empty() && ctx.caller.holds(Permission::ManagePrices) {
        let names = Names::of(ctx, asked.iter().map(|r| r.company.to_string()).collect::<Vec<_>>()).await?;
        let mut waiting = Table::new("Requests for another tier", &["Company", "Tier", "From", "Asked"], "None.");
        for request in &asked {
            let tier = offered.iter().find(|t| t.id == request.tier).map(|t| t.tier.to_string());
            waiting.row(vec![
                Cell::link(names.company(request.company), format!("/contracts/{}", request.company)),
                Cell::Text(tier.unwrap_or_default()),
                Cell::Date(request.from.into()),
                Cell::Time(request.made_at.into()),
            ]);
        }
        parts.push(Part::Table(waiting));
    }
    parts.push(Part::Table(table));
    Ok(Report { parts, actions, ..Report::default() })
}

/// With what a contract is compared: tiers by both sides, every card by finance.
pub(crate) async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let none = |words: &str| std::iter::once((String::new(), words.to_owned()));
    let mut filters = Vec::new();
    let offered = tiers::offered(ctx.store()).await?;
    if !offered.is_empty() {
        let choices = none("Choose a tier").chain(catalogue::choices(&offered)).collect();
        filters.push(filter(query, "tier", "What it would have cost on the tier", Asks::Choice(choices)));
    }
    if ctx.caller.holds(Permission::ManagePrices) {
        let cards = rate_cards::list(ctx.store()).await?;
        let choices = none("Choose a card").chain(prices::choices(&cards)).collect();
        filters.push(filter(query, "card", "Or on the rate card", Asks::Choice(choices)));
    }
    Ok(filters)
}

/// The page of one company's contract.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        return Ok(unnamed("Choose a company.", "Contracts", "/contracts"));
    }
    let company = companies::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    if company.operator {
        return Err(store::StoreError::NotFound.into());
    }
    let contract = contracts::of_company(ctx.store(), ctx.caller.reach, company.id).await?;
    let all = agreed(ctx.store(), company.id).await?;
    let names = Names::of(ctx, all.iter().map(|a| a.made_by.clone()).collect::<Vec<_>>()).await?;
    let manages = ctx.caller.holds(Permission::ManagePrices);
    let mut parts = Vec::new();
    if let Some(contract) = &contract {
        parts.extend(dates(contract, london_date(ctx.now)));
    }
    let tiers = tiers::list(ctx.store()).await?;
    parts.push(Part::Table(history(&all, &tiers, &names)));
    if !all.is_empty() {
        let card = compared_with(ctx, query).await?;
        parts.extend(would_have_cost(ctx, &company, &all, card).await?);
    }
    parts.extend(requests::parts(ctx, &company, &all).await?);
    if manages {
        let cards = rate_cards::list(ctx.store()).await?;
        parts.push(Part::Form(form(&company, &cards, &tiers, all.last())));
        if let Some(contract) = &contract {
            parts.push(Part::Form(end_form(contract)));
        }
    }
    Ok(Report {
        title: format!("Contract of {}", company.name),
        lead: "What was agreed from which day on. Amendments are added, never rewritten.".into(),
        actions: vec![("Contracts".into(), "/contracts".into())],
        filter: "Compare".into(),
        parts,
        ..Report::default()
    })
}

/// When it began and ends, and by when notice is to be given.
fn dates(contract: &Contract, today: NaiveDate) -> Option<Part> {
    let day = |date: NaiveDate| date.format("%-d %B %Y").to_string();
    let begins = format!("Begun on {}.", day(contract.begins_on));
    let Some(ends) = contract.ends_on else {
        return Some(Part::Text(format!("{begins} It has no end; notice is {} days.", contract.notice_days)));
    };
    let notice = ends.checked_sub_days(Days::new(contract.notice_days.into())).unwrap_or(ends);
    let goes_on = if contract.renews { "renews for another year" } else { "ends" };
    let words = format!("{begins} It {goes_on} on {}; notice is to be given by {}.", day(ends), day(notice));
    let near = today <= notice && (notice - today).num_days() <= 60;
    Some(Part::Notice(if near { Tone::Notice } else { Tone::Plain }, words))
}

fn history(all: &[Amendment], tiers: &[ServiceTier], names: &Names) -> Table {
    let columns = [
        "From",
        "Tier",
        "Rate card",
        "Prices",
        "Also agreed",
        "Invoiced",
        "#Days",
        "Purchase order",
        "Agreed by",
        "Note",
    ];
    let tier = |a: &Amendment| match a.tier.and_then(|id| tiers.iter().find(|t| t.id == id)) {
        Some(found) => Cell::Text(found.tier.to_string()),
        None => Cell::text("Everything"),
    };
    let mut table = Table::new(
        "What was agreed, newest first",
        &columns,
        "Nothing yet: predictions without a price cannot be invoiced.",
    );
    for a in all.iter().rev() {
        table.row(vec![
            Cell::Date(a.agreed.from.into()),
            tier(a),
            Cell::Text(format!("{}, version {}", a.agreed.card.name, a.card_version)),
            Cell::Text(a.agreed.card.items.iter().map(prices::item_words).collect::<Vec<_>>().join("; ")),
            Cell::Text(beside(&a.agreed)),
            Cell::text(a.agreed.cycle.label()),
            Cell::Number(a.agreed.payment_days.into()),
            Cell::text(&a.po_number),
            Cell::Text(names.actor(&a.made_by)),
            Cell::text(&a.note),
        ]);
    }
    table
}

/// What is agreed beside the card.
fn beside(agreed: &Agreed) -> String {
    let mut words: Vec<String> = agreed
        .discounts
        .iter()
        .map(|d| match d.until {
            Some(until) => format!("{} {} until {}", d.name, d.rate, until.format("%-d %b %Y")),
            None => format!("{} {}", d.name, d.rate),
        })
        .collect();
    words.extend(agreed.commitment.map(|c| format!("committed to {c}")));
    words.extend(agreed.cap.map(|c| format!("at most {c}")));
    if agreed.counters == Counters::Reset {
        words.push("tiers begin anew".into());
    }
    if agreed.tax != TaxCategory::Standard {
        words.push(agreed.tax.label().to_lowercase());
    }
    words.join(", ")
}

/// The card that is compared with, and what it is called.
async fn compared_with(ctx: &Ctx, query: &Query) -> Result<Option<(RateCard, String)>> {
    if let Some(tier) = catalogue::chosen(ctx, query.text("tier")).await? {
        let card = rate_cards::find(ctx.store(), tier.card).await?;
        return Ok(Some((card.card, format!("the tier {}", tier.tier))));
    }
    let id = query.text("card");
    if id.is_empty() || !ctx.caller.holds(Permission::ManagePrices) {
        return Ok(None);
    }
    let card = rate_cards::find(ctx.store(), id_from(id)?).await?;
    let name = format!("{}, version {}", card.card.name, card.version);
    Ok(Some((card.card, name)))
}

/// The last three periods that ended, as they are charged and as a card would charge them.
async fn would_have_cost(
    ctx: &Ctx,
    company: &Company,
    all: &[Amendment],
    card: Option<(RateCard, String)>,
) -> Result<Vec<Part>> {
    let own = rules(all);
    let columns = match &card {
        Some(_) => vec!["Period", "#Predictions", "#As agreed", "#On that", "#Difference"],
        None => vec!["Period", "#Predictions", "#As agreed"],
    };
    // A contract that is charged by quarter is compared by quarter: what is due for a period is due once.
    let cycle = agreement::on(&own, Month::at(ctx.now).previous().last_day()).map(|a| a.cycle).unwrap_or_default();
    let of = if cycle == Cycle::Quarterly { "quarters" } else { "months" };
    let caption = match &card {
        Some((_, name)) => format!("The last three {of} on {name}"),
        None => format!("The last three {of}"),
    };
    let mut table = Table::new(&caption, &columns, "No month has ended yet.");
    let mut period = cycle.period(Month::at(ctx.now));
    for _ in 0..3 {
        period = period.previous(cycle);
        if own.first().is_none_or(|first| Month::of(first.from) > period.last) {
            break;
        }
        let span = period.span();
        let (from, until) = agreements::instants(span);
        let used = Usage::read(ctx.store(), company.id, (Some(from), until), Stands::Anywhere).await?;
        let net = |rules: &[Agreed]| -> Result<Money> {
            let bill = agreements::bill(span, rules, &used.used, &company.name)?;
            Ok(component::net(&bill.components).unwrap_or_default())
        };
        let now = net(&own)?;
        let mut row = vec![Cell::Text(period.words()), Cell::Number(used.units() as i64), Cell::Money(now)];
        if let Some((card, _)) = &card {
            let other = net(&agreements::as_if(&own, card, span.from))?;
            row.extend([Cell::Money(other), Cell::Figure(Money::from_pence(other.pence() - now.pence()).signed())]);
        }
        table.row(row);
    }
    Ok(vec![Part::Table(table)])
}

fn form(company: &Company, cards: &[Card], tiers: &[ServiceTier], last: Option<&Amendment>) -> Form {
    let keys = |all: &[(&str, &str)]| all.iter().map(|(k, l)| ((*k).to_owned(), (*l).to_owned())).collect::<Vec<_>>();
    let cycles = Cycle::ALL.map(|c| (c.key(), c.label()));
    let taxes = TaxCategory::ALL.map(|c| (c.key(), c.label()));
    let counters = Counters::ALL.map(|c| (c.key(), c.label()));
    let offered = std::iter::once((String::new(), "A price of its own".to_owned())).chain(prices::choices(cards));
    let tiers = std::iter::once((String::new(), "Everything".to_owned())).chain(catalogue::choices(tiers));
    let tier = last.and_then(|a| a.tier).map(|id| id.to_string()).unwrap_or_default();
    let now = last.map(|a| &a.agreed);
    // An individual price is shown as the price that it is; every other card by its name.
    let price = last.and_then(|a| prices::individual_price(&a.agreed.card));
    let card = last.filter(|_| price.is_none()).map(|a| a.card.to_string()).unwrap_or_default();
    let amount = |of: Option<Money>| of.map(Money::plain).unwrap_or_default();
    let discount = now.and_then(|a| a.discounts.first());
    Form {
        act: AMEND.name.into(),
        id: "m".into(),
        title: if last.is_some() { "Amend it" } else { "Agree to terms" }.into(),
        with: vec![("company_id".into(), company.id.to_string())],
        inputs: vec![
            Input::new("effective_from", "In force from", Asks::Date)
                .hint("Not before what is invoiced. In the middle of a period both sides of the day are charged apart.")
                .required(),
            Input::new("price", "Price a prediction, in pounds", Asks::Pounds)
                .hint("Up to six decimal places, such as 1.85. Or choose a rate card.")
                .value(price.unwrap_or_default()),
            Input::new("card_id", "Rate card", Asks::Choice(offered.collect())).value(card),
            Input::new("tier_id", "Service tier", Asks::Choice(tiers.collect()))
                .hint("What it opens. Without a price and a card here, the tier’s own card is agreed.")
                .value(tier),
            Input::new("same_price", "Another tier at the price that was agreed before", Asks::Tick),
            Input::new("cycle", "Invoiced", Asks::Choice(keys(&cycles)))
                .value(now.map_or(Cycle::Monthly, |a| a.cycle).key())
                .hint("By calendar month or quarter; changed where a quarter begins.")
                .required(),
            Input::new("payment_days", "Days to pay", Asks::Text)
                .value(now.map_or(30, |a| a.payment_days).to_string())
                .required(),
            Input::new("tax", "VAT", Asks::Choice(keys(&taxes)))
                .value(now.map_or(TaxCategory::Standard, |a| a.tax).key())
                .required(),
            Input::new("discount", "Discount on everything, in percent", Asks::Text)
                .value(discount.map(|d| d.rate.plain()).unwrap_or_default()),
            Input::new("discount_name", "What the discount is called", Asks::Text)
                .value(discount.map(|d| d.name.clone()).unwrap_or_default()),
            Input::new("discount_until", "First day without the discount", Asks::Date)
                .value(discount.and_then(|d| d.until).map(|d| d.to_string()).unwrap_or_default()),
            Input::new("commitment", "Committed spend a period, in pounds", Asks::Pounds)
                .hint("What is missing from it is charged, also where nothing was used.")
                .value(amount(now.and_then(|a| a.commitment))),
            Input::new("cap", "At most a period, in pounds", Asks::Pounds).value(amount(now.and_then(|a| a.cap))),
            Input::new("counters", "Tiers in a period that this divides", Asks::Choice(keys(&counters)))
                .value(Counters::Continue.key()),
            Input::new("po_number", "Purchase order", Asks::Text)
                .value(last.map(|a| a.po_number.clone()).unwrap_or_default()),
            Input::new("note", "Note", Asks::Words),
        ],
        submit: "Agree to these terms".into(),
        primary: true,
        ..Form::default()
    }
}

fn end_form(contract: &Contract) -> Form {
    Form {
        act: END.name.into(),
        id: "e".into(),
        title: "End, renewal and notice".into(),
        with: vec![("company_id".into(), contract.company.to_string())],
        inputs: vec![
            Input::new("ends_on", "Ends or renews on", Asks::Date)
                .value(contract.ends_on.map(|d| d.to_string()).unwrap_or_default())
                .hint("Empty: it has no end."),
            Input::new("notice_days", "Days of notice", Asks::Text).value(contract.notice_days.to_string()).required(),
            Input::new("renews", "It renews for another year where nobody gives notice", Asks::Tick)
                .value(if contract.renews { "true" } else { "" }),
        ],
        submit: "Save".into(),
        folded: true,
        ..Form::default()
    }
}
