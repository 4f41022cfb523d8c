//! Server functions of administration.

use contract::admin::{ApiKeysView, CompanyInput, CompanyView, Issued, PersonChoices, PersonInput, PersonView};
use contract::table::Table;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "people/list")]
pub async fn list_people() -> Result<Table, Failure> {
    reply(service::admin::people::list(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "people/view")]
pub async fn view_person(id: String) -> Result<(PersonView, PersonChoices), Failure> {
    let ctx = ctx()?;
    let person = reply(service::admin::people::view(&ctx, &id).await)?;
    Ok((person, reply(service::admin::people::choices(&ctx).await)?))
}

#[server(prefix = "/fn", output = Text, endpoint = "people/choices")]
pub async fn read_person_choices() -> Result<PersonChoices, Failure> {
    reply(service::admin::people::choices(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "people/create")]
pub async fn create_person(person: PersonInput) -> Result<Issued, Failure> {
    reply(service::admin::people::create(&ctx()?, &person).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "people/update")]
pub async fn update_person(person: PersonInput) -> Result<(), Failure> {
    reply(service::admin::people::update(&ctx()?, &person).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "people/set_active")]
pub async fn set_person_active(id: String, active: bool) -> Result<(), Failure> {
    reply(service::admin::people::set_active(&ctx()?, &id, active).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "people/reset_password")]
pub async fn reset_password(id: String) -> Result<Issued, Failure> {
    reply(service::admin::people::reset_password(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "companies/list")]
pub async fn list_companies() -> Result<(Table, bool), Failure> {
    let ctx = ctx()?;
    let companies = reply(service::admin::companies::list(&ctx).await)?;
    Ok((companies, ctx.caller.holds(domain::policy::Permission::ManageCompanies)))
}

#[server(prefix = "/fn", output = Text, endpoint = "companies/view")]
pub async fn view_company(id: String) -> Result<CompanyView, Failure> {
    reply(service::admin::companies::view(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "companies/create")]
pub async fn create_company(company: CompanyInput) -> Result<(), Failure> {
    let id = reply(service::admin::companies::create(&ctx()?, &company).await)?;
    leptos_axum::redirect(&format!("/companies/{id}"));
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "companies/update")]
pub async fn update_company(company: CompanyInput) -> Result<(), Failure> {
    reply(service::admin::companies::update(&ctx()?, &company).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "companies/add_department")]
pub async fn add_department(company_id: String, name: String) -> Result<(), Failure> {
    reply(service::admin::companies::add_department(&ctx()?, &company_id, &name).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "api_keys/list")]
pub async fn list_api_keys() -> Result<ApiKeysView, Failure> {
    reply(service::admin::api_keys::list(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "api_keys/create")]
pub async fn create_api_key(#[server(default)] company_id: String, name: String) -> Result<Issued, Failure> {
    reply(service::admin::api_keys::create(&ctx()?, &company_id, &name).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "api_keys/revoke")]
pub async fn revoke_api_key(id: String) -> Result<(), Failure> {
    reply(service::admin::api_keys::revoke(&ctx()?, &id).await)
}
