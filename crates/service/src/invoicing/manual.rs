//! Invoices that a person writes: a service beside the usage, or what an earlier invoice left out (stories 52, 56).

use billing::document::{self, DocumentKind, Status};
use billing::{Component, ComponentKind, Span, TaxCategory, UnitPrice};
use chrono::Days;
use contract::ErrorKind;
use contract::page::{Asks, Form, Input};
use domain::calendar::london_date;
use domain::claim::LARGEST_AMOUNT;
use domain::id::{CompanyId, InvoiceId};
use domain::policy::Permission;
use serde_json::json;
use store::invoices::{self, Line, New};
use store::{StoreError, companies, tax_rates};

use super::agreements::agreed;
use super::drafts::tax_of;
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::{Ctx, Error, Result};

/// Drafts an invoice of one line.
pub static WRITE: Kind = Kind {
    name: "invoice.write",
    needs: Some(Permission::PrepareInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            let id = write(ctx, entries).await?;
            Ok(Done::said("The invoice is drafted: send it for review.").leads_to(format!("/invoices/{id}")))
        })
    },
};

async fn write(ctx: &Ctx, entries: &Entries) -> Result<InvoiceId> {
    let mut wrong = Wrong::default();
    let company = match entries.text("company").parse::<CompanyId>() {
        Ok(id) => companies::find(ctx.store(), ctx.caller.reach, id).await.ok().filter(|c| !c.operator),
        Err(_) => None,
    };
    if company.is_none() {
        wrong.of::<()>(Err(Error::field("company", "choose a company")))?;
    }
    let description = wrong.of(entries.line("description", 160, "say what is charged"))?;
    let quantity =
        entries.text("quantity").replace(',', "").parse::<u32>().ok().filter(|q| (1..=1_000_000).contains(q));
    if quantity.is_none() {
        wrong.of::<()>(Err(Error::field("quantity", "write a whole number from 1 to 1,000,000")))?;
    }
    let price = UnitPrice::parse(entries.text("price")).map_err(|e| Error::field("price", sentence(&e.to_string())));
    let price = wrong.of(price)?;
    let from = wrong.of(entries.day("from"))?.unwrap_or_else(|| london_date(ctx.now));
    let until = wrong.of(entries.day("until"))?.unwrap_or(from);
    if until < from {
        wrong.of::<()>(Err(Error::field("until", "choose an end after the start")))?;
    }
    wrong.told()?;
    let (Some(company), Some(quantity)) = (company, quantity) else {
        return Err(Error::field("company", "choose a company"));
    };
    let too_large = || Error::field("price", "the amount is more than £10,000,000: check quantity and price");
    let amendments = agreed(ctx.store(), company.id).await?;
    let today = london_date(ctx.now);
    let terms = amendments.iter().rfind(|a| a.agreed.from <= today);
    let component = Component {
        kind: ComponentKind::Manual,
        group: 0,
        description: description.clone(),
        quantity: quantity.into(),
        unit_price: price,
        net: price.times(quantity.into()).filter(|net| *net <= LARGEST_AMOUNT).ok_or_else(too_large)?,
        units: 0,
        span: Span::new(from, until.checked_add_days(Days::new(1)).unwrap_or(until)),
        tax: terms.map_or(TaxCategory::Standard, |a| a.agreed.tax),
        steps: vec![format!("{quantity} × {price}, as it was written")],
    };
    let tax = tax_of(&tax_rates::rates(ctx.store()).await?, &component, today)?;
    let totals = document::totals([(component.net, tax)]).map_err(|_| too_large())?;
    // The same form sent twice drafts one.
    let once: Option<InvoiceId> = entries.text("once").parse().ok();
    let new = New {
        id: once.unwrap_or_else(|| ctx.id()),
        company: company.id,
        kind: DocumentKind::Manual,
        status: Status::Draft,
        period: component.span,
        payment_days: terms.map_or(30, |a| a.agreed.payment_days),
        by: &ctx.caller.actor.name(),
        at: ctx.now,
        totals: &totals,
        corrects: None,
        reason: "",
        po_number: terms.map_or("", |a| a.po_number.as_str()),
    };
    let tx = ctx.begin().await?;
    let drafted = invoices::create(&tx, &new, &[Line { id: ctx.id(), position: 1, component, tax }]).await;
    if let (Err(StoreError::Conflict(_)), Some(once)) = (&drafted, once) {
        let words = format!("It is drafted already: look at /invoices/{once}, or open the page anew for another.");
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    drafted?;
    let details = json!({ "net": totals.net });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.written", "invoice", new.id, details)).await?;
    Ok(new.id)
}

/// The form.
pub(super) async fn form(ctx: &Ctx) -> Result<Form> {
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    let choices: Vec<_> = all.into_iter().filter(|c| !c.operator).map(|c| (c.id.to_string(), c.name)).collect();
    let today = london_date(ctx.now).to_string();
    Ok(Form {
        act: WRITE.name.into(),
        id: "w".into(),
        title: "Write an invoice".into(),
        lead: "For a service beside the usage. It is reviewed, approved and issued as every document is.".into(),
        with: vec![("once".into(), ctx.id::<InvoiceId>().to_string())],
        inputs: vec![
            Input::new("company", "Company", Asks::Choice(choices)).required(),
            Input::new("description", "What it is for", Asks::Text).required(),
            Input::new("quantity", "Quantity", Asks::Text).value("1").required(),
            Input::new("price", "Price of one, in pounds", Asks::Pounds).required(),
            Input::new("from", "From", Asks::Date).value(today.clone()),
            Input::new("until", "To, inclusive", Asks::Date).value(today),
        ],
        submit: "Draft it".into(),
        folded: true,
        ..Form::default()
    })
}
