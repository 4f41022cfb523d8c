//! Companies and their departments (stories 42, 43).

use contract::admin::{CompanyInput, CompanyView};
use contract::table::{Cell, Table};
use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::json;
use store::StoreError;
use store::companies::{self, Company, Department};

use super::people::{check_email, check_name, count_by_company};
use super::profile;
use crate::{Ctx, Error, Result, id_from};

pub async fn list(ctx: &Ctx) -> Result<Table> {
    ctx.require(Permission::ReadCompanies)?;
    let people = count_by_company(ctx).await?;
    let departments = companies::departments(ctx.store(), ctx.caller.reach, None).await?;
    let mut table =
        Table::new("Companies", &["Company", "#People", "#Departments", "Billing contact", "Since"], "No company yet.");
    for company in companies::list(ctx.store(), ctx.caller.reach).await? {
        table.row(vec![
            Cell::link(&company.name, format!("/companies/{}", company.id)),
            Cell::Number(people.get(&company.id).copied().unwrap_or_default() as i64),
            Cell::Number(departments.iter().filter(|d| d.company == company.id).count() as i64),
            Cell::Text(company.billing_email),
            Cell::Time(company.created_at.into()),
        ]);
    }
    Ok(table)
}

pub async fn view(ctx: &Ctx, id: &str) -> Result<CompanyView> {
    ctx.require(Permission::ReadCompanies)?;
    let company = companies::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let mut departments = Table::new("Departments", &["Department"], "No department yet.");
    for department in companies::departments(ctx.store(), ctx.caller.reach, Some(company.id)).await? {
        departments.row(vec![Cell::Text(department.name)]);
    }
    Ok(CompanyView {
        id: company.id,
        name: company.name,
        address: company.address,
        billing_email: company.billing_email,
        vat_number: company.vat_number,
        country: company.country,
        registration: company.registration,
        endpoint: company.endpoint,
        bank_details: company.bank_details,
        operator: company.operator,
        departments,
        people: count_by_company(ctx).await?.get(&company.id).copied().unwrap_or_default(),
        may_edit: ctx.caller.holds(Permission::ManageCompanies),
        may_add_departments: ctx.caller.holds(Permission::ManageDepartments),
    })
}

fn checked(ctx: &Ctx, input: &CompanyInput) -> Result<Company> {
    let billing_email = match input.billing_email.trim() {
        "" => String::new(),
        email => check_email(email)
            .map_err(|_| Error::field("billing_email", "enter an e-mail address, or leave it empty"))?,
    };
    let address: Vec<&str> = input.address.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if address.len() > 8 || input.address.len() > 500 {
        return Err(Error::field("address", "enter at most eight lines"));
    }
    profile::readable(&address)?;
    let country = profile::country(&input.country)?;
    let bank: Vec<&str> = input.bank_details.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if bank.len() > 6 || input.bank_details.len() > 300 {
        return Err(Error::field("bank_details", "enter at most six lines"));
    }
    Ok(Company {
        id: ctx.id(),
        name: check_name("name", &input.name)?,
        operator: false,
        address: address.join("\n"),
        billing_email,
        vat_number: profile::vat_number(&input.vat_number, &country)?,
        country,
        registration: profile::registration(&input.registration)?,
        endpoint: profile::endpoint(&input.endpoint)?,
        bank_details: bank.join("\n"),
        created_at: ctx.now,
    })
}

fn taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::field("name", "there is one with this name already"),
        other => other.into(),
    }
}

pub async fn create(ctx: &Ctx, input: &CompanyInput) -> Result<CompanyId> {
    ctx.require(Permission::ManageCompanies)?;
    let company = checked(ctx, input)?;
    let tx = ctx.begin().await?;
    companies::create(&tx, &company).await.map_err(taken)?;
    tx.commit(ctx.audit(Some(company.id), "company.created", "company", company.id, json!({ "name": company.name })))
        .await?;
    Ok(company.id)
}

pub async fn update(ctx: &Ctx, input: &CompanyInput) -> Result<()> {
    ctx.require(Permission::ManageCompanies)?;
    let stored = companies::find(ctx.store(), ctx.caller.reach, id_from(&input.id)?).await?;
    let company =
        Company { id: stored.id, operator: stored.operator, created_at: stored.created_at, ..checked(ctx, input)? };
    let tx = ctx.begin().await?;
    companies::update(&tx, &company).await.map_err(taken)?;
    profile::note(ctx, &tx, &company).await?;
    tx.commit(ctx.audit(Some(company.id), "company.updated", "company", company.id, json!({ "name": company.name })))
        .await?;
    Ok(())
}

pub async fn add_department(ctx: &Ctx, company_id: &str, name: &str) -> Result<()> {
    ctx.require(Permission::ManageDepartments)?;
    let company = companies::find(ctx.store(), ctx.caller.reach, id_from(company_id)?).await?;
    let department = Department { id: ctx.id(), company: company.id, name: check_name("name", name)? };
    let tx = ctx.begin().await?;
    companies::create_department(&tx, &department, ctx.now).await.map_err(taken)?;
    let details = json!({ "name": department.name });
    tx.commit(ctx.audit(Some(company.id), "department.created", "department", department.id, details)).await?;
    Ok(())
}
