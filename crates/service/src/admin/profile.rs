//! A company's own particulars, changed by its manager, with what they were (story 78).

use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Table};
use domain::policy::Permission;
use serde_json::json;
use store::companies::{self, Company, Profile};
use store::{StoreError, Tx};

use crate::acts::{Done, Kind, Wrong};
use crate::names::Names;
use crate::{Ctx, Error, Result};

/// Settings that are listed.
const LISTED: u64 = 100;

/// The letters of a country; the United Kingdom's where none is said.
pub(super) fn country(text: &str) -> Result<String> {
    einvoice::country(text).map_err(|e| Error::field("country", e.to_string()))
}

/// A VAT number, or none.
pub(super) fn vat_number(text: &str, country: &str) -> Result<String> {
    einvoice::vat_number(text, country).map_err(|e| Error::field("vat_number", e.to_string()))
}

/// An address that has something to be read in it.
pub(super) fn readable(lines: &[&str]) -> Result<()> {
    match lines.iter().all(|line| line.chars().any(char::is_alphanumeric)) {
        true => Ok(()),
        false => Err(Error::field("address", "write letters or figures in each line")),
    }
}

/// A number in the company register: letters and digits.
pub(super) fn registration(text: &str) -> Result<String> {
    let plain: String = text.split_whitespace().collect();
    if plain.len() > 30 || !plain.chars().all(|c| c.is_ascii_alphanumeric() || "-/.".contains(c)) {
        return Err(Error::field("registration", "enter the number in the company register, such as 01234567"));
    }
    Ok(plain)
}

/// An address in the Peppol network, or none.
pub(super) fn endpoint(text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let einvoice::Endpoint { scheme, identifier } =
        einvoice::Endpoint::parse(text).map_err(|e| Error::field("endpoint", e.to_string()))?;
    Ok(format!("{scheme}:{identifier}"))
}

/// Notes a company's particulars as they are from now on.
pub(super) async fn note(ctx: &Ctx, tx: &Tx, company: &Company) -> Result<()> {
    let one_line = |text: &str| text.lines().collect::<Vec<_>>().join(", ");
    let body = [
        ("Name", company.name.clone()),
        ("Postal address", one_line(&company.address)),
        ("Billing contact", company.billing_email.clone()),
        ("VAT number", company.vat_number.clone()),
        ("Country", company.country.clone()),
        ("Company number", company.registration.clone()),
        ("Peppol address", company.endpoint.clone()),
    ];
    let body = body.map(|(label, value)| (label.to_owned(), value)).to_vec();
    let profile = Profile { id: ctx.id(), company: company.id, body, set_by: ctx.caller.actor.name(), set_at: ctx.now };
    Ok(companies::note_profile(tx, &profile).await?)
}

/// Changes one's own company's particulars.
pub static SAVE: Kind = Kind {
    name: "company.profile",
    needs: Some(Permission::ManageProfile),
    run: |ctx, entries| {
        Box::pin(async move {
            let own = ctx.caller.own_company()?;
            let mut company = companies::find(ctx.store(), ctx.caller.reach, own).await?;
            let mut wrong = Wrong::default();
            let address = wrong.of(entries.needed("address", 500, "enter the address that invoices show"))?;
            let lines: Vec<&str> = address.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
            wrong.of(readable(&lines))?;
            if lines.len() > 8 {
                wrong.of::<()>(Err(Error::field("address", "enter at most eight lines")))?;
            }
            let email = super::people::check_email(entries.text("billing_email"))
                .map_err(|_| Error::field("billing_email", "enter the address to which invoices are sent"));
            company.billing_email = wrong.of(email)?;
            company.country = wrong.of(country(entries.text("country")))?;
            company.vat_number = wrong.of(vat_number(entries.text("vat_number"), &company.country))?;
            company.registration = wrong.of(registration(entries.text("registration")))?;
            company.endpoint = wrong.of(endpoint(entries.text("endpoint")))?;
            wrong.told()?;
            company.address = lines.join("\n");
            let tx = ctx.begin().await?;
            companies::update(&tx, &company).await?;
            note(ctx, &tx, &company).await?;
            let details = json!({ "name": company.name });
            tx.commit(ctx.audit(Some(own), "company.updated", "company", own, details)).await?;
            Ok(Done::said("Saved. Documents that were issued stay as they are."))
        })
    },
};

/// The page.
pub(crate) async fn page(ctx: &Ctx) -> Result<Report> {
    let own = ctx.caller.own_company()?;
    let company = companies::find(ctx.store(), ctx.caller.reach, own).await?;
    if company.operator {
        return Err(StoreError::NotFound.into());
    }
    let history = companies::profiles(ctx.store(), own, LISTED).await?;
    let names = Names::of(ctx, history.iter().map(|p| p.set_by.clone()).collect::<Vec<_>>()).await?;
    const SHOWN: [&str; 6] =
        ["Postal address", "Country", "Billing contact", "VAT number", "Company number", "Peppol address"];
    let columns: Vec<&str> = ["Since", "Set by"].into_iter().chain(SHOWN).collect();
    let mut table = Table::new("As it was set, newest first", &columns, "Not changed since the company was set up.");
    for profile in history {
        let of = |label: &str| {
            let found = profile.body.iter().find(|(name, _)| name == label);
            Cell::Text(found.map(|(_, value)| value.clone()).unwrap_or_default())
        };
        let mut row = vec![Cell::Time(profile.set_at.into()), Cell::Text(names.actor(&profile.set_by))];
        row.extend(SHOWN.map(of));
        table.row(row);
    }
    let form = Form {
        act: SAVE.name.into(),
        id: "b".into(),
        title: company.name.clone(),
        lead: "The name stands in your contract: ask Solatium to change it.".into(),
        inputs: vec![
            Input::new("address", "Postal address", Asks::Words)
                .hint("As it stands on invoices.")
                .value(company.address)
                .required(),
            Input::new("billing_email", "Billing contact", Asks::Text)
                .hint("Where invoices and reminders are sent.")
                .value(company.billing_email)
                .required(),
            Input::new("country", "Country", Asks::Text).hint("Two letters, such as GB.").value(company.country),
            Input::new("vat_number", "VAT number", Asks::Text).value(company.vat_number),
            Input::new("registration", "Company number", Asks::Text)
                .hint("In the company register.")
                .value(company.registration),
            Input::new("endpoint", "Peppol address", Asks::Text)
                .hint("Where e-invoices reach you, such as 0088:5012345678900. Empty where there is none.")
                .value(company.endpoint),
        ],
        submit: "Save".into(),
        primary: true,
        ..Form::default()
    };
    let alerts = crate::invoicing::usage_alerts::form(ctx, own).await?;
    Ok(Report { parts: vec![Part::Form(form), alerts, Part::Table(table)], ..Report::default() })
}
